//! DescribeAccountSettings.

use super::ApiError;
use super::decode::Input;
use super::enums::BillingCommitmentStatus;
use crate::wire::{Fields, Output, Shape, Writer};

/// Asks for an account's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribeAccountSettings;

static INPUT: Shape = Shape::structure("DescribeAccountSettingsInput", &[]);

impl Input<'_> for DescribeAccountSettings {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(_: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// An account's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribeAccountSettingsOutput {
    /// Whether it is committed to a minimum throughput; nobody is billed here.
    pub commitment: BillingCommitmentStatus,
}

impl Output for DescribeAccountSettingsOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.name("MinimumThroughputBillingCommitment");
        writer.begin_map();
        writer.member("Status", &self.commitment);
        writer.end_map();
        writer.end_map();
    }
}
