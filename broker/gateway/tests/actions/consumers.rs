//! Registered consumers.

use forebay_gateway::catalog::ChangeRefusal;
use forebay_protocol::api::Operation;
use serde_json::{Value, json};

use crate::world::World;

const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

fn named(name: &str) -> Value {
    json!({"StreamARN": ARN, "ConsumerName": name})
}

#[test]
fn a_consumer_is_registered_described_both_ways_and_deregistered() {
    let world = World::with_orders(1);
    world.pass_ms(1500);
    let registered = world.done(Operation::RegisterStreamConsumer, named("app"))["Consumer"].take();
    let arn = format!("{ARN}/consumer/app:1700000001");
    assert_eq!(registered["ConsumerARN"], json!(arn));
    assert_eq!(registered["ConsumerCreationTimestamp"].as_f64(), Some(1_700_000_001.5));
    for input in [named("app"), json!({"ConsumerARN": arn})] {
        let described = world.done(Operation::DescribeStreamConsumer, input)["ConsumerDescription"].take();
        assert_eq!((&described["ConsumerName"], &described["StreamARN"]), (&json!("app"), &json!(ARN)));
    }
    world.done(Operation::DeregisterStreamConsumer, json!({"ConsumerARN": arn}));
    world.refuses(
        Operation::DescribeStreamConsumer,
        &[
            (named("app"), "ResourceNotFoundException", "Consumer app, account 000000000000 not found."),
            (
                json!({"ConsumerARN": arn}),
                "ResourceNotFoundException",
                &format!("Consumer {arn}, account 000000000000 not found."),
            ),
        ],
    );
}

#[test]
fn a_consumer_registered_again_is_another() {
    let world = World::with_orders(1);
    world.done(Operation::RegisterStreamConsumer, named("app"));
    world.done(Operation::DeregisterStreamConsumer, named("app"));
    world.pass_ms(1000);
    world.done(Operation::RegisterStreamConsumer, named("app"));
    let old = json!({"ConsumerARN": format!("{ARN}/consumer/app:1700000000")});
    let (code, _) = world.ask(Operation::DeregisterStreamConsumer, old).expect_err("an earlier consumer");
    assert_eq!(code, "ResourceNotFoundException");
    world.done(Operation::DescribeStreamConsumer, named("app"));
}

#[test]
fn a_registration_that_is_refused_says_why() {
    let world = World::with_orders(1);
    world.done(Operation::RegisterStreamConsumer, named("app"));
    world.refuses(
        Operation::RegisterStreamConsumer,
        &[(
            named("app"),
            "ResourceInUseException",
            "Consumer app under stream orders already exists for account 000000000000.",
        )],
    );
    world.accounts.refuse_change(ChangeRefusal::ConsumerLimit(20));
    world.refuses(
        Operation::RegisterStreamConsumer,
        &[(
            named("another"),
            "LimitExceededException",
            "Stream orders under account 000000000000 has 20 registered consumers, which is the most allowed.",
        )],
    );
}

#[test]
fn consumers_are_listed_by_name_page_by_page() {
    let world = World::with_orders(1);
    for name in ["c", "a", "b"] {
        world.done(Operation::RegisterStreamConsumer, named(name));
    }
    let names = |answer: &Value| -> Vec<Value> {
        let consumers = answer["Consumers"].as_array().expect("a list");
        consumers.iter().map(|consumer| consumer["ConsumerName"].clone()).collect()
    };
    let first = world.done(Operation::ListStreamConsumers, json!({"StreamARN": ARN, "MaxResults": 2}));
    assert_eq!(names(&first), ["a", "b"]);
    let token = &first["NextToken"];
    let last = world.done(Operation::ListStreamConsumers, json!({"StreamARN": ARN, "NextToken": token}));
    assert_eq!(names(&last), ["c"]);
    assert!(last.get("NextToken").is_none());
    let all = world.done(Operation::ListStreamConsumers, json!({"StreamARN": ARN, "MaxResults": 3}));
    assert_eq!((names(&all).len(), all.get("NextToken")), (3, None));
    let created = json!({"StreamARN": ARN, "StreamCreationTimestamp": 1_600_000_000.0});
    let text = "Stream orders under account 000000000000 not found.";
    world.refuses(Operation::ListStreamConsumers, &[(created, "ResourceNotFoundException", text)]);
    world.done(Operation::CreateStream, json!({"StreamName": "other", "ShardCount": 1}));
    let of_other = json!({"StreamARN": ARN.replace("orders", "other"), "NextToken": token});
    world.refuses(Operation::ListStreamConsumers, &[(of_other, "InvalidArgumentException", "Invalid NextToken.")]);
    world.pass_ms(300_001);
    let (code, _) = world
        .ask(Operation::ListStreamConsumers, json!({"StreamARN": ARN, "NextToken": token}))
        .expect_err("an old token");
    assert_eq!(code, "ExpiredNextTokenException");
}
