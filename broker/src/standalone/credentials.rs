//! The keys that may sign requests: one from the options, any number from a file in the form of AWS's shared
//! credentials file, so that a file people already have works as it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forebay_gateway::catalog::Credential;
use forebay_protocol::words::AccountId;

/// Keys by access key id. Printing shows ids, never secrets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials {
    by_access_key_id: HashMap<String, Key>,
}

/// A key before the installation's default account is known.
#[derive(Clone)]
struct Key {
    account: Option<AccountId>,
    secret: String,
    session_token: Option<String>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A credentials file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error("cannot read the credentials file {path}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}:{line}: {what}")]
    Line { path: PathBuf, line: usize, what: &'static str },
    #[error("{path}: profile [{profile}] has no {missing}")]
    Incomplete { path: PathBuf, profile: String, missing: &'static str },
    #[error(
        "--access-key-id (FOREBAY_ACCESS_KEY_ID) and --secret-access-key (FOREBAY_SECRET_ACCESS_KEY) may not be empty: \
         give both, or leave both out"
    )]
    EmptyOption,
    #[error("{path}: no profile; write [default], then aws_access_key_id = … and aws_secret_access_key = …")]
    Empty { path: PathBuf },
}

impl Credentials {
    /// The key of the options, if any, and those of the file, if any.
    pub(crate) fn load(option: Option<(&str, &str)>, file: Option<&Path>) -> Result<Self, CredentialsError> {
        let mut by_access_key_id = HashMap::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| CredentialsError::Read { path: path.to_owned(), source })?;
            by_access_key_id = parse(path, &text)?;
        }
        if let Some((id, secret)) = option {
            if id.is_empty() || secret.is_empty() {
                return Err(CredentialsError::EmptyOption);
            }
            let key = Key { account: None, secret: secret.to_owned(), session_token: None };
            by_access_key_id.insert(id.to_owned(), key);
        }
        Ok(Self { by_access_key_id })
    }

    /// Whether no request needs a signature.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_access_key_id.is_empty()
    }

    /// By access key id, each with its account: the one it names, else the id itself if that is 12 digits, else the
    /// installation's.
    pub(crate) fn resolve(&self, default_account: AccountId) -> HashMap<String, Arc<Credential>> {
        let resolve = |(id, key): (&String, &Key)| {
            let account = key.account.or_else(|| id.parse().ok()).unwrap_or(default_account);
            let credential =
                Credential { account, secret_access_key: key.secret.clone(), session_token: key.session_token.clone() };
            (id.clone(), Arc::new(credential))
        };
        self.by_access_key_id.iter().map(resolve).collect()
    }
}

/// One `[profile]` while its lines are read.
#[derive(Default)]
struct Profile {
    name: String,
    values: HashMap<String, String>,
}

fn parse(path: &Path, text: &str) -> Result<HashMap<String, Key>, CredentialsError> {
    let refuse = |line: usize, what| CredentialsError::Line { path: path.to_owned(), line, what };
    let mut profiles: Vec<Profile> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').ok_or_else(|| refuse(index + 1, "a profile's name ends with ]"))?;
            profiles.push(Profile { name: name.trim().to_owned(), values: HashMap::new() });
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| refuse(index + 1, "expected NAME = VALUE"))?;
        let profile = profiles.last_mut().ok_or_else(|| refuse(index + 1, "a [profile] line comes first"))?;
        profile.values.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
    }
    if profiles.is_empty() {
        return Err(CredentialsError::Empty { path: path.to_owned() });
    }
    profiles.into_iter().map(|profile| key_of(path, profile)).collect()
}

fn key_of(path: &Path, mut profile: Profile) -> Result<(String, Key), CredentialsError> {
    let incomplete = |missing, profile: &str| CredentialsError::Incomplete {
        path: path.to_owned(),
        profile: profile.to_owned(),
        missing,
    };
    let mut take = |name: &'static str| profile.values.remove(name).filter(|value| !value.is_empty());
    let id = take("aws_access_key_id").ok_or_else(|| incomplete("aws_access_key_id", &profile.name))?;
    let secret = take("aws_secret_access_key").ok_or_else(|| incomplete("aws_secret_access_key", &profile.name))?;
    let account = match take("aws_account_id") {
        Some(text) => Some(text.parse().map_err(|_| incomplete("aws_account_id of 12 digits", &profile.name))?),
        None => None,
    };
    Ok((id, Key { account, secret, session_token: take("aws_session_token") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Credentials, String> {
        let parsed = parse(Path::new("credentials"), text).map_err(|error| error.to_string())?;
        Ok(Credentials { by_access_key_id: parsed })
    }

    fn account(text: &str) -> AccountId {
        text.parse().expect("12 digits")
    }

    #[test]
    fn a_shared_credentials_file_is_read_as_it_is() {
        let text = "# people's own\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key=s=1\n\n\
                    [other]\naws_access_key_id=AKIA2\naws_secret_access_key = s2\naws_session_token = t\naws_account_id = 111122223333\n";
        let keys = parsed(text).expect("valid").resolve(account("000000000000"));
        assert_eq!(keys["AKIA1"].secret_access_key, "s=1");
        assert_eq!(keys["AKIA1"].account, account("000000000000"));
        assert_eq!(keys["AKIA2"].account, account("111122223333"));
        assert_eq!(keys["AKIA2"].session_token.as_deref(), Some("t"));
    }

    #[test]
    fn an_access_key_id_of_12_digits_is_the_account() {
        let text = "[a]\naws_access_key_id = 444455556666\naws_secret_access_key = s\n";
        let keys = parsed(text).expect("valid").resolve(account("000000000000"));
        assert_eq!(keys["444455556666"].account, account("444455556666"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, part) in [
            ("", "no profile"),
            ("aws_access_key_id = a", "credentials:1: a [profile] line comes first"),
            ("[a]\nrubbish", "credentials:2: expected NAME = VALUE"),
            ("[a\n", "ends with ]"),
            ("[a]\naws_access_key_id = x\n", "[a] has no aws_secret_access_key"),
            ("[a]\naws_access_key_id = x\naws_secret_access_key = y\naws_account_id = 1", "12 digits"),
        ] {
            let refused = parsed(text).expect_err("refused");
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let text = "[a]\naws_access_key_id = id\naws_secret_access_key = hidden\naws_session_token = hidden\n";
        assert!(!format!("{:?}", parsed(text)).contains("hidden"));
    }
}
