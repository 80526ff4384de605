//! A registered consumer as answers show it.

use super::enums::ConsumerStatus;
use crate::wire::{Output, Writer};
use crate::words::{ConsumerArn, TimestampMs};

/// A registered consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its ARN, which holds its name and its stream's.
    pub arn: ConsumerArn,
    /// What it is doing.
    pub status: ConsumerStatus,
    /// When it was registered.
    pub created: TimestampMs,
}

impl Consumer {
    /// The members, without the structure around them.
    pub(super) fn write_members(&self, writer: &mut impl Writer) {
        writer.member("ConsumerName", &self.arn.name);
        writer.member("ConsumerARN", &self.arn);
        writer.member("ConsumerStatus", &self.status);
        writer.member("ConsumerCreationTimestamp", &self.created);
    }
}

impl Output for Consumer {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        self.write_members(writer);
        writer.end_map();
    }
}
