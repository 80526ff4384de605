//! From what is intended to what is in force: forebay-plan says the steps, the range takes them. Everything is done
//! before this answers, but for a scaling, which runs beside and reports back.

use std::collections::BTreeSet;

use forebay_api::{Limits, StreamSpec};
use forebay_core::change::{Identity, Init};
use forebay_core::uniform;
use forebay_gateway::catalog::open_shard_count;
use forebay_log::Disk;
use forebay_plan::{Intent, Observed, ObservedStream, Settings, Step, plan, window};
use forebay_protocol::limits::ON_DEMAND_SHARDS;
use forebay_protocol::words::{HashKeyRange, Incarnation, TimestampMs};
use tracing::{error, info, warn};

use super::entry::{Entry, Phase};
use super::in_force::{to_configuration, to_settings};
use super::owner::{Message, Owner};
use super::workshop::causes;
use crate::cli;
use crate::range::{Command, RangeHandle};

/// How a range begins.
pub(super) fn init_of(entry: &Entry, limits: cli::Limits) -> Init {
    let settings = Settings::of(&effective(&entry.spec, limits));
    let identity = Identity { incarnation: entry.incarnation, range: entry.range };
    let shards = entry.spec.shard_count.unwrap_or(ON_DEMAND_SHARDS);
    Init::of_equal_shards(identity, entry.created, shards, settings.retention_hours, to_configuration(&settings))
}

/// The spec under the process's own settings: limits that are off for the process are off for every stream.
fn effective(spec: &StreamSpec, limits: cli::Limits) -> StreamSpec {
    match limits {
        cli::Limits::Aws => spec.clone(),
        cli::Limits::Off => StreamSpec { limits: Limits::Off, ..spec.clone() },
    }
}

/// What a range says of itself in the manifest's words.
pub(super) fn settings_of<D: Disk>(handle: &RangeHandle<D>) -> Settings {
    let published = handle.published();
    to_settings(published.configuration, published.retention_hours)
}

/// How far the steps of a plan have led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// To what is intended, but for a scaling that is under way.
    Complete,
    /// As far as a limit allows.
    HeldUp,
}

impl<D: Disk> Owner<D> {
    /// Takes the steps that lead to what is intended for a stream. What is held up by a limit, or does not come through,
    /// stays intended and is tried again.
    pub(super) fn carry_out(&mut self, stream: Incarnation) -> Result<(), String> {
        self.held_up.insert(stream);
        // Only what is there has steps to take; any other phase is gone on with when it is tried again.
        if self.entries.get(&stream).is_some_and(|entry| entry.phase != Phase::Initialised) {
            return Ok(());
        }
        let outcome = self.take_steps(stream);
        if matches!(outcome, Ok(Progress::Complete)) {
            self.held_up.remove(&stream);
        }
        outcome.map(|_| ())
    }

    fn take_steps(&mut self, stream: Incarnation) -> Result<Progress, String> {
        let Some(entry) = self.entries.get(&stream) else { return Ok(Progress::Complete) };
        let handle = self.workshop.handle(entry)?;
        let spec = effective(&entry.spec, self.workshop.limits);
        let consumers: BTreeSet<_> = entry.consumers.keys().cloned().collect();
        let intent = Intent::Present { spec: &spec, counted: entry.counted, consumers: &consumers };
        let now = self.workshop.environment.machine.wall();
        let observed = Observed::Stream(observed(entry, &handle));
        let plan = self.workshop.admit_plan(&self.index, entry, |account| plan(intent, &observed, account, now));
        for hold in &plan.holds {
            warn!(stream = %entry.name, "not carried out yet: {hold}");
        }
        let progress = if plan.holds.is_empty() { Progress::Complete } else { Progress::HeldUp };
        let settles_shard_count = plan.settles_shard_count();
        let (scale, steps): (Vec<_>, Vec<_>) =
            plan.steps.into_iter().partition(|step| matches!(step, Step::ScaleTo { .. }));
        let mut settled = entry.clone();
        for step in steps {
            self.take_step(&mut settled, &handle, step, now)?;
            // Each step counts by itself, also where the next one fails.
            self.remember(settled.clone())?;
        }
        let stages: Vec<u32> = scale.into_iter().filter_map(|step| stage(&step)).collect();
        if let Some(&target) = stages.last() {
            self.begin_scaling(&mut settled, handle, stages, target, now);
        } else {
            if settles_shard_count {
                settled.counted = settled.spec.shard_count;
            }
            if !self.scaling.contains(&stream) {
                // What it was on its way to is asked for no more.
                settled.scaling_to = None;
            }
        }
        self.remember(settled)?;
        Ok(progress)
    }

    fn take_step(
        &self,
        entry: &mut Entry,
        handle: &RangeHandle<D>,
        step: Step,
        now: TimestampMs,
    ) -> Result<(), String> {
        let mut settings = settings_of(handle);
        let command = match step {
            Step::SetRetention { hours } => Command::Retention(hours),
            Step::RegisterConsumer(name) => Command::RegisterConsumer(name),
            Step::DeregisterConsumer(name) => Command::DeregisterConsumer(name),
            Step::SetMode(mode) => {
                entry.mode_switches = window::recent(&entry.mode_switches, now);
                entry.mode_switches.push(now);
                settings.mode = mode;
                Command::Configure(to_configuration(&settings))
            }
            Step::SetMaxRecordSize { kib } => {
                settings.max_record_size_kib = kib;
                Command::Configure(to_configuration(&settings))
            }
            Step::SetLimits(limits) => {
                settings.limits = limits;
                Command::Configure(to_configuration(&settings))
            }
            Step::SetMonitoring(metrics) => {
                settings.shard_level_metrics = metrics;
                Command::Configure(to_configuration(&settings))
            }
            Step::Init(_) | Step::Delete | Step::ScaleTo { .. } => {
                unreachable!("an initialised stream that is to be there needs no such step")
            }
        };
        self.workshop.environment.machine.wait_for(handle.command(command)).map_err(|error| causes(&error))
    }

    /// Starts the splits and merges that lead to a count, unless they are under way.
    fn begin_scaling(
        &mut self,
        entry: &mut Entry,
        handle: RangeHandle<D>,
        stages: Vec<u32>,
        target: u32,
        now: TimestampMs,
    ) {
        if !self.scaling.insert(entry.incarnation) {
            return;
        }
        if entry.scaling_to != Some(target) {
            entry.scaling_to = Some(target);
            entry.shard_count_updates = window::recent(&entry.shard_count_updates, now);
            entry.shard_count_updates.push(now);
        }
        let (stream, messages) = (entry.incarnation, self.messages.clone());
        self.workshop.environment.machine.run(Box::pin(async move {
            let outcome = scale(&handle, &stages).await;
            if let Some(messages) = messages.upgrade() {
                let _ = messages.send(Message::Scaled(stream, target, outcome)).await;
            }
        }));
    }

    /// A scaling came to an end.
    pub(super) fn scaled(&mut self, stream: Incarnation, count: u32, outcome: Result<(), String>) {
        self.scaling.remove(&stream);
        let Some(entry) = self.entries.get(&stream).filter(|entry| entry.phase == Phase::Initialised) else { return };
        match outcome {
            Ok(()) => {
                info!(stream = %entry.name, shards = count, "shard count updated");
                let entry = Entry { scaling_to: None, counted: Some(count), ..entry.clone() };
                let name = entry.name.clone();
                if let Err(why) = self.remember(entry).and_then(|()| self.carry_out(stream)) {
                    self.held_up.insert(stream);
                    error!(stream = %name, why, "shard count updated, and not recorded; tried again in a minute");
                }
                self.show(stream);
            }
            Err(why) => {
                self.held_up.insert(stream);
                error!(stream = %entry.name, shards = count, why, "shard count not reached; tried again in a minute");
            }
        }
    }

    /// Tries again what was held up or did not come through.
    pub(super) fn retry(&mut self) {
        for stream in self.held_up.clone() {
            self.go_on(stream);
        }
    }

    /// Records what is known of a stream, if it changed.
    fn remember(&mut self, entry: Entry) -> Result<(), String> {
        if self.entries.get(&entry.incarnation) == Some(&entry) {
            return Ok(());
        }
        self.workshop.files.store(&entry).map_err(|error| causes(&error))?;
        self.entries.insert(entry.incarnation, entry);
        Ok(())
    }
}

fn observed<D: Disk>(entry: &Entry, handle: &RangeHandle<D>) -> ObservedStream {
    ObservedStream {
        settings: settings_of(handle),
        open_shards: open_shard_count(&handle.shard_map()),
        scaling_to: entry.scaling_to,
        consumers: handle.published().consumers,
        mode_switches: entry.mode_switches.clone(),
        shard_count_updates: entry.shard_count_updates.clone(),
    }
}

fn stage(step: &Step) -> Option<u32> {
    match step {
        Step::ScaleTo { shards } => Some(*shards),
        _ => None,
    }
}

/// Splits and merges, one step at a time, each a logged entry of its own.
async fn scale<D: Disk>(handle: &RangeHandle<D>, stages: &[u32]) -> Result<(), String> {
    for &shards in stages {
        let map = handle.shard_map();
        let open: Vec<HashKeyRange> =
            map.open.iter().map(|open| map.shard(open.shard).expect("an open shard is listed").hash_keys).collect();
        for step in uniform::plan(&open, shards) {
            handle.command(Command::Scale(step)).await.map_err(|error| causes(&error))?;
        }
    }
    Ok(())
}
