//! Tags: of streams by name, and of streams and consumers by ARN.

use forebay_protocol::api::Operation;
use serde_json::{Value, json};

use crate::world::World;

const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

#[expect(clippy::needless_pass_by_value, reason = "tags are written in place")]
fn add(tags: Value) -> Value {
    json!({"StreamName": "orders", "Tags": tags})
}

fn many(count: usize) -> Value {
    (0..count).map(|n| (format!("key{n:02}"), json!("v"))).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn tags_are_added_listed_page_by_page_and_removed() {
    let world = World::with_orders(1);
    world.done(Operation::AddTagsToStream, add(json!({"b": "2", "a": "1", "c": ""})));
    let first = world.done(Operation::ListTagsForStream, json!({"StreamName": "orders", "Limit": 2}));
    assert_eq!(first, json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], "HasMoreTags": true}));
    let rest = world.done(Operation::ListTagsForStream, json!({"StreamName": "orders", "ExclusiveStartTagKey": "b"}));
    assert_eq!(rest, json!({"Tags": [{"Key": "c", "Value": ""}], "HasMoreTags": false}));
    world.done(Operation::RemoveTagsFromStream, json!({"StreamName": "orders", "TagKeys": ["a", "b", "never there"]}));
    let left = world.done(Operation::ListTagsForStream, json!({"StreamName": "orders"}));
    assert_eq!(left["Tags"], json!([{"Key": "c", "Value": ""}]));
}

#[test]
fn fifty_tags_are_the_most_and_a_known_key_is_no_more() {
    let world = World::with_orders(1);
    world.done(Operation::AddTagsToStream, add(many(50)));
    world.done(Operation::AddTagsToStream, add(json!({"key00": "new"})));
    let text = "Failed to add tags to stream orders under account 000000000000 because a given stream cannot have more \
                than 50 tags associated with it.";
    world.refuses(Operation::AddTagsToStream, &[(add(json!({"another": ""})), "InvalidArgumentException", text)]);
    let resource = json!({"ResourceARN": ARN, "Tags": {"another": ""}});
    world.refuses(Operation::TagResource, &[(resource, "InvalidArgumentException", text)]);
    let created = "Failed to add tags to stream more under account 000000000000 because a given stream cannot have more \
                   than 50 tags associated with it.";
    let create = json!({"StreamName": "more", "ShardCount": 1, "Tags": many(51)});
    world.refuses(Operation::CreateStream, &[(create, "InvalidArgumentException", created)]);
}

#[test]
fn characters_that_aws_refuses_are_refused_in_its_two_ways() {
    let world = World::with_orders(1);
    let invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / \
                   = + - % @ :.";
    let illegal = |failed: &str| {
        format!(
            "Failed to {failed} stream orders under account 000000000000 because some tags contained illegal characters. \
             The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'."
        )
    };
    world.refuses(
        Operation::AddTagsToStream,
        &[
            (add(json!({"a;b": ""})), "InvalidArgumentException", invalid),
            (add(json!({"a": "b*"})), "InvalidArgumentException", invalid),
            (add(json!({"a": "100%"})), "InvalidArgumentException", &illegal("add tags to")),
        ],
    );
    let remove = |key: &str| json!({"StreamName": "orders", "TagKeys": ["ok", key]});
    world.refuses(
        Operation::RemoveTagsFromStream,
        &[
            (remove("a;b"), "InvalidArgumentException", invalid),
            (remove("50%"), "InvalidArgumentException", &illegal("remove tags from")),
        ],
    );
    world.done(Operation::AddTagsToStream, add(json!({"Ärger_. /-=+@:9": "日本 𠀋"})));
}

#[test]
fn keys_of_the_reserved_prefix_are_nobodys_to_give() {
    let world = World::with_orders(1);
    let register = |name: &str, tags: Value| json!({"StreamARN": ARN, "ConsumerName": name, "Tags": tags});
    let registered = world.done(Operation::RegisterStreamConsumer, register("app", json!({"a": ""})));
    let consumer = registered["Consumer"]["ConsumerARN"].as_str().expect("an ARN");
    let tags = json!({"a": "aws:b", "aws:cloudformation:stack-name": "c"});
    let create = json!({"StreamName": "orders", "ShardCount": 1, "Tags": tags});
    let text = "Failed to add tags to stream orders under account 000000000000 because the tag key \
                aws:cloudformation:stack-name begins with aws:, a prefix that is reserved.";
    for (operation, input) in [
        (Operation::AddTagsToStream, add(tags.clone())),
        (Operation::TagResource, json!({"ResourceARN": ARN, "Tags": tags})),
        (Operation::TagResource, json!({"ResourceARN": consumer, "Tags": tags})),
        (Operation::CreateStream, create),
        (Operation::RegisterStreamConsumer, register("other", tags.clone())),
    ] {
        world.refuses(operation, &[(input, "InvalidArgumentException", text)]);
    }
    let others = json!({"a": "aws:b", "aws": "c", "AWS:": "d", "my aws:": "e", "awsome:": "f"});
    world.done(Operation::AddTagsToStream, add(others));
    let own = world.done(Operation::ListTagsForResource, json!({"ResourceARN": consumer}));
    assert_eq!(own["Tags"], json!([{"Key": "a", "Value": ""}]));
}

#[test]
fn a_consumers_tags_are_its_own() {
    let world = World::with_orders(1);
    let register = json!({"StreamARN": ARN, "ConsumerName": "app", "Tags": {"a": "1"}});
    let consumer = world.done(Operation::RegisterStreamConsumer, register)["Consumer"]["ConsumerARN"].take();
    world.done(Operation::TagResource, json!({"ResourceARN": consumer, "Tags": {"b": "2"}}));
    world.done(Operation::UntagResource, json!({"ResourceARN": consumer, "TagKeys": ["a"]}));
    let of = |arn: &Value| world.done(Operation::ListTagsForResource, json!({"ResourceARN": arn}))["Tags"].take();
    assert_eq!(of(&consumer), json!([{"Key": "b", "Value": "2"}]));
    assert_eq!(of(&json!(ARN)), json!([]));
    world.done(Operation::TagResource, json!({"ResourceARN": ARN, "Tags": {"s": "t"}}));
    assert_eq!(of(&json!(ARN)), json!([{"Key": "s", "Value": "t"}]));
    world.done(Operation::UntagResource, json!({"ResourceARN": ARN, "TagKeys": ["s"]}));
    assert_eq!(of(&json!(ARN)), json!([]));
}

#[test]
fn a_resource_that_is_not_there_is_not_found() {
    let world = World::with_orders(1);
    let consumer = format!("{ARN}/consumer/app:1700000000");
    let stream = ARN.replace("orders", "none");
    for (operation, mut input) in [
        (Operation::TagResource, json!({"Tags": {"a": ""}})),
        (Operation::UntagResource, json!({"TagKeys": ["a"]})),
        (Operation::ListTagsForResource, json!({})),
    ] {
        input["ResourceARN"] = json!(consumer);
        let text = format!("Consumer {consumer}, account 000000000000 not found.");
        world.refuses(operation, &[(input.clone(), "ResourceNotFoundException", &text)]);
        input["ResourceARN"] = json!(stream);
        let text = "Stream none under account 000000000000 not found.";
        world.refuses(operation, &[(input, "ResourceNotFoundException", text)]);
    }
}
