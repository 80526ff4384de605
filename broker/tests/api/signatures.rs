//! Requests that are not signed with the server's credentials.

use crate::answers::{assert_refused, refusal};
use crate::server::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Server};

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let server = Server::start();
    let stranger = server.client_with(REGION, "AKIDSTRANGER", SECRET_ACCESS_KEY);
    let message = "The security token included in the request is invalid.";
    assert_refused(stranger.list_streams().send().await, "UnrecognizedClientException", message);
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let server = Server::start();
    let impostor = server.client_with(REGION, ACCESS_KEY_ID, "not the secret");
    let (code, message) = refusal(impostor.list_streams().send().await);
    assert_eq!(code, "InvalidSignatureException");
    let start = "The request signature we calculated does not match the signature you provided.";
    assert!(message.starts_with(start), "{message}");
    assert!(!message.contains(SECRET_ACCESS_KEY));
}

#[tokio::test]
async fn another_region_is_refused() {
    let server = Server::start();
    let elsewhere = server.client_with("us-west-2", ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let (code, message) = refusal(elsewhere.list_streams().send().await);
    assert_eq!(code, "InvalidSignatureException");
    assert_eq!(message.trim_end(), "Credential should be scoped to a valid region, not 'us-west-2'.");
}
