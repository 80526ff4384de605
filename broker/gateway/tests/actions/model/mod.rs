//! Ranges and a catalog in memory: as much of their contracts as the actions' own decisions need, and nothing of how
//! the real ones keep their promises.

mod accounts;
mod shards;

pub(crate) use accounts::{Accounts, INSTALLATION_ACCOUNT, incarnation_of};
pub(crate) use shards::Shards;
