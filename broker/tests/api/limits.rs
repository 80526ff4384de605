//! AWS's limits of a shard, which hold unless they are switched off.

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use crate::answers::{ORDERS, assert_refused, create, horizon, page, shard_id};
use crate::server::{ACCOUNT, Server};

fn rate_exceeded() -> String {
    format!("Rate exceeded for shard {} in stream {ORDERS} under account {ACCOUNT}.", shard_id(0))
}

#[tokio::test]
async fn a_shard_takes_a_mebibyte_a_second() {
    let server = Server::start_with_limits("aws");
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let put = || {
        let request = kinesis.put_record().stream_name(ORDERS).partition_key("a");
        request.data(Blob::new(vec![b'x'; 1024 * 1024 - 1])).send()
    };
    // The first is let in whole; what follows at once finds the balance used up.
    put().await.expect("a record of 1 MiB fits");
    put().await.ok();
    assert_refused(put().await, "ProvisionedThroughputExceededException", &rate_exceeded());
}

#[tokio::test]
async fn records_beyond_the_limit_fail_one_by_one() {
    let server = Server::start_with_limits("aws");
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let entry =
        PutRecordsRequestEntry::builder().partition_key("a").data(Blob::new("x")).build().expect("data is given");
    let put = || kinesis.put_records().stream_name(ORDERS).set_records(Some(vec![entry.clone(); 500])).send();
    let mut acknowledged = 0;
    for _ in 0..5 {
        let answer = put().await.expect("a throttled record does not fail the request");
        for result in &answer.records {
            if result.sequence_number.is_some() {
                acknowledged += 1;
            } else {
                assert_eq!(result.error_code.as_deref(), Some("ProvisionedThroughputExceededException"));
                assert_eq!(result.error_message.as_deref(), Some(rate_exceeded().as_str()));
            }
        }
        let failed = answer.records.iter().filter(|result| result.error_code.is_some()).count();
        assert_eq!(answer.failed_record_count, i32::try_from(failed).ok());
    }
    assert!((1000..2500).contains(&acknowledged), "{acknowledged} of 2,500 at 1,000 a second");
}

#[tokio::test]
async fn a_shard_is_read_five_times_a_second() {
    let server = Server::start_with_limits("aws");
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let position = horizon(&kinesis, 0).await;
    for _ in 0..5 {
        page(&kinesis, &position).await;
    }
    let sixth = kinesis.get_records().shard_iterator(&position).send().await;
    assert_refused(sixth, "ProvisionedThroughputExceededException", &rate_exceeded());
}
