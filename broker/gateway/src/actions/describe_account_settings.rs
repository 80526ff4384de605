//! DescribeAccountSettings.

use forebay_protocol::api::{BillingCommitmentStatus, DescribeAccountSettingsOutput};

/// Nobody is billed here, so that no account is committed to anything.
pub(super) fn describe_account_settings() -> DescribeAccountSettingsOutput {
    DescribeAccountSettingsOutput { commitment: BillingCommitmentStatus::Disabled }
}
