//! Tags by the three calls for streams and the three for any resource.

use crate::answers::{ORDERS, assert_refused, create};
use crate::server::Server;

#[tokio::test]
async fn tags_are_added_listed_in_pages_and_removed() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let request = kinesis.add_tags_to_stream().stream_name(ORDERS).tags("tier", "1").tags("team", "orders");
    request.tags("zone", "eu").send().await.expect("tags are added");
    let first = kinesis.list_tags_for_stream().stream_name(ORDERS).limit(2).send().await.expect("a page");
    let keys = |tags: &[aws_sdk_kinesis::types::Tag]| tags.iter().map(|tag| tag.key.clone()).collect::<Vec<_>>();
    assert_eq!((keys(&first.tags), first.has_more_tags), (vec!["team".to_owned(), "tier".to_owned()], true));
    let rest = kinesis.list_tags_for_stream().stream_name(ORDERS).exclusive_start_tag_key("tier").send();
    let rest = rest.await.expect("a page");
    assert_eq!((keys(&rest.tags), rest.has_more_tags), (vec!["zone".to_owned()], false));
    let remove = kinesis.remove_tags_from_stream().stream_name(ORDERS).tag_keys("tier").tag_keys("none");
    remove.send().await.expect("tags are removed");
    let left = kinesis.list_tags_for_stream().stream_name(ORDERS).send().await.expect("a page");
    assert_eq!(keys(&left.tags), ["team", "zone"]);
}

#[tokio::test]
async fn tags_of_a_resource_are_those_of_the_stream() {
    let server = Server::start();
    let kinesis = server.client();
    let arn = create(&kinesis, 1).await.stream_arn;
    kinesis.tag_resource().resource_arn(&arn).tags("team", "orders").send().await.expect("a tag is added");
    let listed = kinesis.list_tags_for_stream().stream_name(ORDERS).send().await.expect("tags");
    assert_eq!(listed.tags[0].value.as_deref(), Some("orders"));
    kinesis.untag_resource().resource_arn(&arn).tag_keys("team").send().await.expect("a tag is removed");
    let listed = kinesis.list_tags_for_resource().resource_arn(&arn).send().await.expect("tags");
    assert!(listed.tags.unwrap_or_default().is_empty());
}

#[tokio::test]
async fn no_keys_are_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let result = kinesis.remove_tags_from_stream().stream_name(ORDERS).set_tag_keys(Some(Vec::new())).send().await;
    let least = "1 validation error detected: Value '[]' at 'tagKeys' failed to satisfy constraint: \
                 Member must have length greater than or equal to 1";
    assert_refused(result, "ValidationException", least);
}
