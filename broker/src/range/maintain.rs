//! What a range does without being asked by a client: the log's background work, closing segments that are old, removing
//! what has expired.

use std::sync::Arc;

use forebay_core::change::Change;
use forebay_core::retention::{Segment, Space};
use forebay_core::state::State;
use forebay_log::{Disk, JobError, Outcome, Section, WriteError};
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::TimestampMs;
use tracing::{debug, error, info, warn};

use super::command::CommandRefusal;
use super::handle::Shared;
use super::message::Message;
use super::writer::{Causes, Failed, Writer};

/// A segment is closed by age at 1/64 of the retention, so that at most that much is kept too long.
const SEGMENTS_PER_RETENTION: u64 = 64;

impl<D: Disk> Writer<D> {
    /// Gives the log the state that a segment ended with, if one ended at the last applied entry.
    pub(super) fn settle_state(&mut self) {
        while let Some(index) = self.log.state_wanted() {
            self.log.give_state(index, sections(self.range.state()));
        }
    }

    /// Hands out the background work there is.
    pub(super) fn start_jobs(&mut self, shared: &Arc<Shared<D>>) {
        for job in self.log.jobs() {
            debug!(stream = shared.label, job = ?job.kind(), "background work started");
            let back = Arc::clone(shared);
            shared.environment.machine.run_blocking(Box::new(move || back.send(Message::JobDone(job.run()))));
        }
        shared.observe_space(self.log.space_need());
    }

    pub(super) fn job_done(&mut self, shared: &Shared<D>, outcome: Outcome<D>) -> Result<(), Failed> {
        match self.log.finished(outcome) {
            Ok(()) => Ok(()),
            Err(JobError::Damaged(damage)) => {
                error!(stream = shared.label, damage = %Causes(&damage), "expired segments not removed");
                Ok(())
            }
            Err(error @ JobError::Failed(_)) => Err(Failed(Causes(&error).to_string())),
        }
    }

    /// Closes what is old, removes what has expired.
    pub(super) fn maintain(&mut self, shared: &Arc<Shared<D>>) -> Result<(), Failed> {
        self.log.try_again();
        let now = self.now(shared);
        let retention_ms = u64::from(self.range.state().retention.hours()) * HOUR_MS;
        let age_ms = HOUR_MS.max(retention_ms / SEGMENTS_PER_RETENTION);
        let time_ms = self.range.read_clock(now).time.0;
        let closed = self.log.close_older_than(time_ms.saturating_sub(age_ms));
        self.settle_state();
        match closed {
            Ok(_) => {}
            Err(refused @ WriteError::NoSpace(_)) => {
                warn!(stream = shared.label, error = %Causes(&refused), "old segment not closed");
            }
            Err(error) => return Err(Failed(Causes(&error).to_string())),
        }
        let space = if shared.environment.volume.is_low() { Space::Low } else { Space::Ample };
        let segments: Vec<Segment> = self
            .log
            .segments()
            .into_iter()
            .map(|facts| Segment { last_index: facts.last_index, newest: facts.newest_time_ms.map(TimestampMs) })
            .collect();
        let Some(change) = self.range.decide_trim(now, space, &segments) else { return Ok(()) };
        match self.log_change(shared, now, &change) {
            Ok(()) => {}
            // Trimming is what makes room, so the volume's last bytes are its own; it is tried again in a minute.
            Err(CommandRefusal::NoSpace) => return Ok(()),
            Err(refused) => return Err(Failed(refused.to_string())),
        }
        if let Change::Trim(trim) = &change {
            self.log.trim_before(trim.before_index);
            trim.forgotten.iter().for_each(|shard| self.log.forget_lane(shard.0));
            info!(
                stream = shared.label,
                before_index = trim.before_index,
                shards = trim.forgotten.len(),
                "expired records removed"
            );
        }
        Ok(())
    }
}

/// The state as the log keeps it.
pub(super) fn sections(state: &State) -> Vec<Section> {
    let section = |section: forebay_core::state::Section| Section {
        id: section.id,
        version: section.version,
        bytes: section.bytes.into(),
    };
    state.sections().into_iter().map(section).collect()
}
