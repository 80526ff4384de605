//! ListStreams: names in order, in pages, by name and by token.

use crate::answers::{active, assert_refused};
use crate::server::Server;

#[tokio::test]
async fn names_come_in_order_and_in_pages() {
    let server = Server::start();
    let kinesis = server.client();
    for name in ["d", "a", "e", "b", "c"] {
        kinesis.create_stream().stream_name(name).shard_count(1).send().await.expect("a stream is created");
        active(&kinesis, name).await;
    }
    let first = kinesis.list_streams().limit(2).send().await.expect("a page");
    assert_eq!((first.stream_names.join(""), first.has_more_streams), ("ab".to_owned(), true));
    let by_name = kinesis.list_streams().limit(2).exclusive_start_stream_name("b").send().await.expect("a page");
    let by_token = kinesis.list_streams().limit(2).set_next_token(first.next_token).send().await.expect("a page");
    assert_eq!(by_name.stream_names, ["c", "d"]);
    assert_eq!(by_token.stream_names, by_name.stream_names);
    let last = kinesis.list_streams().exclusive_start_stream_name("d").send().await.expect("a page");
    assert_eq!((last.stream_names.join(""), last.has_more_streams), ("e".to_owned(), false));
    assert!(last.next_token.is_none());
}

#[tokio::test]
async fn a_page_of_none_is_refused() {
    let server = Server::start();
    let least = "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: \
                 Member must have value greater than or equal to 1";
    assert_refused(server.client().list_streams().limit(0).send().await, "ValidationException", least);
}
