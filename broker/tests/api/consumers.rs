//! RegisterStreamConsumer and its family.

use aws_sdk_kinesis::types::ConsumerStatus;

use crate::answers::{create, refusal};
use crate::server::Server;

#[tokio::test]
async fn a_consumer_is_registered_listed_described_and_deregistered() {
    let server = Server::start();
    let kinesis = server.client();
    let arn = create(&kinesis, 1).await.stream_arn;
    for name in ["analytics", "billing", "search"] {
        let answer = kinesis.register_stream_consumer().stream_arn(&arn).consumer_name(name).send().await;
        let consumer = answer.expect("a consumer is registered").consumer.expect("given");
        assert!(consumer.consumer_arn.starts_with(&format!("{arn}/consumer/{name}:")), "{}", consumer.consumer_arn);
    }
    let first = kinesis.list_stream_consumers().stream_arn(&arn).max_results(2).send().await.expect("a page");
    assert_eq!(first.consumers.expect("a list").len(), 2);
    let token = first.next_token.expect("there is another page");
    let rest = kinesis.list_stream_consumers().stream_arn(&arn).next_token(token).send().await.expect("a page");
    assert_eq!((rest.consumers.expect("a list").len(), rest.next_token), (1, None));
    let describe = || kinesis.describe_stream_consumer().stream_arn(&arn).consumer_name("billing").send();
    loop {
        let found = describe().await.expect("the consumer is there").consumer_description.expect("given");
        if found.consumer_status == ConsumerStatus::Active {
            break;
        }
    }
    let twice = kinesis.register_stream_consumer().stream_arn(&arn).consumer_name("billing").send().await;
    assert_eq!(refusal(twice).0, "ResourceInUseException");
    let deregister = kinesis.deregister_stream_consumer().stream_arn(&arn).consumer_name("billing").send();
    deregister.await.expect("the consumer is deregistered");
    while describe().await.is_ok() {}
    assert_eq!(refusal(describe().await).0, "ResourceNotFoundException");
}
