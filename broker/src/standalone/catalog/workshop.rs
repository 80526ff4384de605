//! What the catalog works with: its files, the ranges, and the settings of the process; how a stream's range is opened or
//! made, and how a stream is shown. Changes nothing that is intended: that is the owner's.

use std::sync::Arc;

use forebay_gateway::catalog::{Consumer, ConsumerStatus, Installation, Stream, StreamStatus};
use forebay_gateway::ranges::RangeAddress;
use forebay_log::{Disk, RealDisk};
use forebay_protocol::words::{AccountId, ConsumerArn, Place, StreamArn, StreamId, StreamName};
use tracing::error;

use super::applied::AppliedFile;
use super::entry::{Entry, Phase};
use super::files::Files;
use super::in_force;
use super::quota::Reservations;
use crate::cli;
use crate::range::{self, Environment, Host, RangeHandle};

/// See the module.
#[derive(Debug)]
pub(crate) struct Workshop<D: Disk = RealDisk> {
    pub(crate) installation: Installation,
    pub(crate) files: Files<D>,
    pub(crate) applied: AppliedFile<D>,
    pub(crate) host: Host<D>,
    pub(crate) environment: Arc<Environment<D>>,
    pub(crate) limits: cli::Limits,
    pub(crate) shard_limit: u32,
    pub(crate) reservations: Reservations,
}

impl<D: Disk> Workshop<D> {
    /// The stream's address.
    pub(super) fn address(entry: &Entry) -> RangeAddress {
        RangeAddress { incarnation: entry.incarnation, range: entry.range }
    }

    /// The range of a stream, if it serves.
    pub(super) fn handle(&self, entry: &Entry) -> Result<RangeHandle<D>, String> {
        self.host.range(Self::address(entry)).map_err(|error| error.to_string())
    }

    pub(super) fn arn(&self, entry: &Entry) -> StreamArn {
        self.arn_of(entry.account, &entry.name)
    }

    /// Of a stream that may not be there yet.
    pub(super) fn arn_of(&self, account: AccountId, name: &StreamName) -> StreamArn {
        let Installation { partition, region, .. } = &self.installation;
        Place { partition: partition.clone(), region: region.clone(), account }.stream(name)
    }

    /// Opens a range that must be there.
    pub(super) fn open(&self, entry: &Entry) {
        let address = Self::address(entry);
        let opened = match range::exists(&self.environment, entry.range) {
            Ok(true) => range::open(&self.environment, self.arn(entry), address).map_err(|refused| causes(&refused)),
            Ok(false) => {
                Err("data lost: the range's directory is missing; put it back, or delete the stream".to_owned())
            }
            Err(unknown) => Err(causes(&unknown)),
        };
        match opened {
            Ok(handle) => self.host.serve(handle),
            Err(why) => {
                error!(stream = %entry.name, range = %entry.range, why, "stream not served");
                self.host.set_down(address, why);
            }
        }
    }

    /// Makes a range.
    pub(super) fn initialise(&self, entry: &Entry) -> Result<(), String> {
        // A try before this one came so far, and what it made is open.
        if self.handle(entry).is_ok() {
            return Ok(());
        }
        let init = super::carry_out::init_of(entry, self.limits);
        let handle = range::create(&self.environment, self.arn(entry), init).map_err(|error| causes(&error))?;
        self.host.serve(handle);
        Ok(())
    }

    /// A stream as the gateway shows it: the settings in force, as far as its range is up.
    pub(super) fn snapshot(&self, entry: &Entry) -> Stream {
        let arn = self.arn(entry);
        let observed = self.handle(entry).map(|handle| super::carry_out::settings_of(&handle)).ok();
        let settings = observed.unwrap_or_else(|| forebay_plan::Settings::of(&entry.spec));
        let consumer = |(name, consumer): (&_, &super::entry::ConsumerEntry)| Consumer {
            arn: ConsumerArn { stream: arn.clone(), name: Clone::clone(name), created_s: consumer.created.seconds() },
            status: ConsumerStatus::Active,
            created: consumer.created,
            tags: consumer.spec.tags.clone(),
        };
        Stream {
            incarnation: entry.incarnation,
            id: StreamId::of(entry.incarnation),
            root: Self::address(entry),
            created: entry.created,
            status: match (entry.phase, entry.scaling_to) {
                (Phase::Initialising, _) => StreamStatus::Creating,
                (Phase::Deleting, _) => StreamStatus::Deleting,
                (Phase::Initialised, None) => StreamStatus::Active,
                (Phase::Initialised, Some(_)) => StreamStatus::Updating,
            },
            mode: in_force::aws_mode(settings.mode),
            retention_hours: settings.retention_hours,
            max_record_size_kib: settings.max_record_size_kib,
            shard_level_metrics: in_force::aws_metrics(&settings.shard_level_metrics),
            tags: entry.spec.tags.clone(),
            consumers: entry.consumers.iter().map(consumer).collect(),
            arn,
        }
    }
}

/// An error with everything that caused it, in one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    range::Causes(error).to_string()
}
