//! AWS Signature Version 4, header form: signing, and verification in two steps so that a request is refused from its
//! headers alone wherever that is possible; reads no clock and keeps no credentials.
//!
//! The pieces in the order of their use: [`Authorization`] parses the header, the canonical request is built from a
//! [`RequestHead`], a [`SigningKey`] is derived from a secret, and [`Verifier`] and [`sign()`] put them together.

mod authorization;
mod canonical;
mod date;
mod error;
mod sign;
mod signing_key;
mod verify;

pub use authorization::{Authorization, CredentialScope, DateHeader};
pub use canonical::RequestHead;
pub use date::AmzDate;
pub use error::{MissingParameter, SignatureError};
pub use sign::{Signer, SigningScope, sign};
pub use signing_key::{Credential, Secret, SigningKey};
pub use verify::{Pending, Verifier};

/// The only algorithm: AWS's asymmetric and streaming forms are for other services.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The end of every credential scope.
const TERMINATOR: &str = "aws4_request";
