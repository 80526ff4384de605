//! What the options mean together: the second of two stages, after which nothing is optional that must be known.
//! Decides only; files are read by [`super::credentials`] and [`super::data_dir`].

use std::net::SocketAddr;
use std::path::PathBuf;

use forebay_gateway::front_door::{Bounds, MemoryTooSmall};
use forebay_protocol::words::AccountId;

use super::credentials::{Credentials, CredentialsError};
use crate::cli;

/// What a standalone process was asked to do.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) filenames: Vec<PathBuf>,
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
    /// What to record at first start, or to hold the recorded against.
    pub(crate) region: Option<String>,
    pub(crate) account: Option<AccountId>,
    pub(crate) credentials: Credentials,
    pub(crate) bounds: Bounds,
    pub(crate) durability: cli::Durability,
    pub(crate) limits: cli::Limits,
    pub(crate) shard_limit: u32,
}

/// Options that make no sense, alone or together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("--account {0:?} is not an AWS account: give 12 digits, as in 123456789012")]
    Account(String),
    #[error("--region {0:?} is not a region: give lower-case letters, digits and dashes, as in us-east-1")]
    Region(String),
    #[error(
        "--listen {0} is not loopback, and without credentials anyone who reaches it could read and delete every stream; \
         give --access-key-id and FOREBAY_SECRET_ACCESS_KEY or --credentials FILE, or listen on 127.0.0.1"
    )]
    OpenToTheNetwork(SocketAddr),
    #[error("--memory-budget: {0}")]
    MemoryBudget(MemoryTooSmall),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

impl Settings {
    /// Checks the options and reads the credentials they name.
    pub(crate) fn from_options(options: cli::Standalone) -> Result<Self, SettingsError> {
        let credentials = Credentials::load(
            options.access_key_id.as_deref().zip(options.secret_access_key.as_deref()),
            options.credentials.as_deref(),
        )?;
        if !options.listen.ip().is_loopback() && credentials.is_empty() {
            return Err(SettingsError::OpenToTheNetwork(options.listen));
        }
        if let Some(region) = options.region.as_deref().filter(|region| !is_region(region)) {
            return Err(SettingsError::Region(region.to_owned()));
        }
        let account =
            options.account.map(|account| account.parse().map_err(|_| SettingsError::Account(account.clone())));
        Ok(Self {
            filenames: options.filenames,
            data_dir: options.data_dir,
            listen: options.listen,
            admin_listen: options.admin_listen,
            region: options.region,
            account: account.transpose()?,
            credentials,
            bounds: Bounds::within(options.memory_budget).map_err(SettingsError::MemoryBudget)?,
            durability: options.durability,
            limits: options.limits,
            shard_limit: options.shard_limit,
        })
    }
}

fn is_region(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn settings(arguments: &[&str]) -> Result<Settings, SettingsError> {
        let parsed = cli::Forebay::try_parse_from(["forebay", "standalone"].iter().chain(arguments)).expect("parses");
        let cli::Command::Standalone(options) = parsed.command else { unreachable!("standalone was asked for") };
        Settings::from_options(*options)
    }

    #[test]
    fn the_defaults_need_no_credentials_on_loopback() {
        let settings = settings(&[]).expect("valid");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:4567");
        assert_eq!(settings.bounds, Bounds::within(256 << 20).expect("enough"));
    }

    #[test]
    fn an_open_port_without_credentials_is_refused() {
        let refused = settings(&["--listen", "0.0.0.0:4567"]).expect_err("no credentials");
        assert!(refused.to_string().contains("--access-key-id"), "{refused}");
        settings(&["--listen", "0.0.0.0:4567", "--access-key-id", "AKIAEXAMPLE", "--secret-access-key", "secret"])
            .expect("with credentials it may");
    }

    #[test]
    fn what_is_no_account_region_or_budget_is_refused_with_what_would_be() {
        for (arguments, part) in [
            (["--account", "123"], "12 digits"),
            (["--region", "US East"], "us-east-1"),
            (["--memory-budget", "1MiB"], "at least"),
            (["--access-key-id=", "--secret-access-key="], "may not be empty"),
        ] {
            let refused = settings(&arguments).expect_err("refused").to_string();
            assert!(refused.contains(part), "{refused}");
        }
    }
}
