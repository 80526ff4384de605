//! What is not there says so by its name: no success with nothing behind it.

use aws_sdk_kinesis::types::EncryptionType;

use crate::answers::{ORDERS, create, refusal};
use crate::server::Server;

#[tokio::test]
async fn an_absent_operation_is_named() {
    let server = Server::start();
    let kinesis = server.client();
    let arn = create(&kinesis, 1).await.stream_arn;
    let encrypt = kinesis.start_stream_encryption().stream_name(ORDERS).encryption_type(EncryptionType::Kms);
    let (_, message) = refusal(encrypt.key_id("alias/aws/kinesis").send().await);
    assert!(message.contains("StartStreamEncryption"), "{message}");
    let (_, message) = refusal(kinesis.get_resource_policy().resource_arn(arn).send().await);
    assert!(message.contains("GetResourcePolicy"), "{message}");
}
