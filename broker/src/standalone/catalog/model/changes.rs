//! What is asked of the catalog, and what may come of it.

use std::collections::BTreeMap;

use forebay_gateway::catalog::{ChangeRefusal, CreateRefusal, CreateStream, StreamChange, StreamMode, StreamStatus};
use tokio::sync::oneshot;

use super::super::ApplyError;
use super::super::owner::Message;
use super::super::simulated;
use super::account::{Allowed, Stream};
use super::world::{Tally, World};

const CONSUMER: &str = "reader";

impl World {
    pub(super) fn create(&mut self, name: &str, tally: &mut Tally) {
        let create = CreateStream {
            name: name.parse().expect("a name"),
            shard_count: 1 + u32::try_from(self.random.below(3)).expect("small"),
            mode: StreamMode::Provisioned,
            max_record_size_kib: 1024,
            tags: BTreeMap::new(),
        };
        let answer = self.ask(|reply| Message::Create(simulated::account(), create.clone(), reply));
        let model = self.account.entry(name.to_owned()).or_default();
        match answer {
            Ok(()) => {
                assert!(model.exists.holds(&false), "seed {}: {name} was made twice", self.seed);
                *model = model.made(create.shard_count);
                tally.created += 1;
            }
            Err(CreateRefusal::Exists) => {
                assert!(model.exists.holds(&true), "seed {}: {name} is in nobody's way", self.seed);
            }
            Err(CreateRefusal::Unavailable(why)) => {
                assert!(self.weather.faulty || self.weather.full, "seed {}: {why}", self.seed);
                // It was not in the way, so whatever had the name is gone.
                assert!(model.exists.holds(&false), "seed {}: {name} was there", self.seed);
                *model = model.gone();
                model.exists.perhaps(true);
                tally.failed_changes += 1;
            }
            Err(other) => panic!("seed {}: {other:?}", self.seed),
        }
    }

    pub(super) fn delete(&mut self, name: &str, tally: &mut Tally) {
        let Some(stream) = self.served().index.stream(simulated::account(), &name.parse().expect("a name")) else {
            return;
        };
        let answer = self.ask(|reply| Message::Delete(simulated::account(), stream.incarnation, reply));
        let model = self.account.entry(name.to_owned()).or_default();
        match answer {
            Ok(()) => {
                model.deletions += 1;
                *model = model.gone();
                tally.deleted += 1;
            }
            Err(ChangeRefusal::Unavailable(why)) => {
                assert!(self.weather.faulty || self.weather.full, "seed {}: {why}", self.seed);
                model.exists.perhaps(false);
                model.deletions += 1;
                tally.failed_changes += 1;
            }
            Err(other) => panic!("seed {}: {other:?}", self.seed),
        }
    }

    pub(super) fn change(&mut self, name: &str, tally: &mut Tally) {
        let Some(stream) = self.served().index.stream(simulated::account(), &name.parse().expect("a name")) else {
            return;
        };
        let number = self.random.below(1000);
        let consumer = || CONSUMER.parse().expect("a name");
        let change = match self.random.below(6) {
            0 => StreamChange::RetentionHours([24, 25, 48][usize::try_from(number % 3).expect("small")]),
            1 => StreamChange::AddTags(BTreeMap::from([("key".to_owned(), number.to_string())])),
            2 => StreamChange::RegisterConsumer { name: consumer(), tags: BTreeMap::new() },
            3 => StreamChange::DeregisterConsumer(consumer()),
            _ => StreamChange::ShardCount(1 + u32::try_from(number % 6).expect("small")),
        };
        let answer = self.ask(|reply| Message::Change(simulated::account(), stream.incarnation, change.clone(), reply));
        let model = self.account.get_mut(name).expect("it was asked for");
        match answer {
            Ok(()) => {
                tally.changed += 1;
                tally.scaled += u64::from(matches!(change, StreamChange::ShardCount(_)));
                in_force(model, &change);
            }
            Err(ChangeRefusal::Unavailable(why)) => {
                let blamed = self.weather.faulty || self.weather.full;
                assert!(blamed, "seed {}: {name}: {why}", self.seed);
                tally.failed_changes += 1;
                perhaps_in_force(model, &change);
            }
            Err(ChangeRefusal::ConsumerExists(_)) => assert!(model.consumed.holds(&true), "seed {}: {name}", self.seed),
            Err(ChangeRefusal::NoSuchConsumer(_)) => {
                assert!(model.consumed.holds(&false), "seed {}: {name}", self.seed);
            }
            Err(ChangeRefusal::NotActive(status)) => {
                assert_ne!(status, StreamStatus::Active, "seed {}: {name}", self.seed);
            }
            Err(ChangeRefusal::ShardCountUpdates(_)) => assert!(matches!(change, StreamChange::ShardCount(_))),
            Err(other) => panic!("seed {}: {name}: {change:?}: {other:?}", self.seed),
        }
    }

    /// Asks the catalog; it answers before it takes anything else.
    fn ask<T>(&mut self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> T {
        if self.random.one_in(8) {
            // Not only somewhere: in the few syncs that record what is asked.
            let soon = u32::try_from(self.random.below(12)).expect("small");
            match self.random.below(3) {
                0 => self.disk.fail_sync_in(soon / 2),
                1 => self.disk.fail_write_in(soon),
                _ => {
                    self.disk.fail_write_in(soon);
                    self.disk.die_in(soon + u32::try_from(self.random.below(12)).expect("small"));
                }
            }
            self.weather.faulty = true;
        }
        let (reply, mut answer) = oneshot::channel();
        self.served().owner.handle(message(reply));
        answer.try_recv().expect("the owner answers")
    }

    /// Applies a file with one stream.
    pub(super) fn apply(&mut self, name: &str, tally: &mut Tally) {
        let hours = [24, 25, 48][usize::try_from(self.random.below(3)).expect("small")];
        let manifest = format!(
            "apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: {name}}}\n\
             spec: {{shardCount: 2, retentionPeriodHours: {hours}}}\n"
        );
        let documents = forebay_api::manifest::Admission::new().read("streams.yaml", &manifest).expect("valid");
        let was_there = self.served().index.stream(simulated::account(), &name.parse().expect("a name")).is_some();
        let answer = self.ask(|reply| Message::Apply(documents, reply));
        let model = self.account.entry(name.to_owned()).or_default();
        if !was_there && answer.is_err() {
            *model = model.gone();
        }
        match answer.map(|applied| applied[0].what.clone()) {
            Ok(what) if what == "created" => {
                assert!(model.exists.holds(&false), "seed {}: {name} was made twice", self.seed);
                *model = model.made(2);
                model.retention_hours = Allowed::only(hours);
                tally.applied += 1;
            }
            Ok(what) if what == "changed" => {
                // Only what differs from the file before acts, and that is not known here.
                model.retention_hours.perhaps(hours);
                model.shard_count = None;
                tally.applied += 1;
            }
            // An API call may have changed it since.
            Ok(_) => {}
            Err(ApplyError::NotCarriedOut { .. } | ApplyError::Files(_)) => {
                assert!(self.weather.faulty || self.weather.full, "seed {}: {name} not applied", self.seed);
                model.exists.perhaps(true);
                model.retention_hours.perhaps(hours);
                model.shard_count = None;
                tally.failed_changes += 1;
            }
            Err(other) => panic!("seed {}: {name}: {other}", self.seed),
        }
    }
}

/// The change was acknowledged.
fn in_force(model: &mut Stream, change: &StreamChange) {
    match change {
        StreamChange::RetentionHours(hours) => model.retention_hours = Allowed::only(*hours),
        StreamChange::ShardCount(count) => {
            // A split or a merge that is on its way may come after it.
            let alone = model.reshards_asked == model.reshards_answered;
            model.shard_count = alone.then(|| Allowed::only(*count));
        }
        StreamChange::AddTags(tags) => model.tag = Allowed::only(tag(tags)),
        StreamChange::RegisterConsumer { .. } => model.consumed = Allowed::only(true),
        StreamChange::DeregisterConsumer(_) => model.consumed = Allowed::only(false),
        other => unreachable!("no step asks for {other:?}"),
    }
}

/// The change met an error.
fn perhaps_in_force(model: &mut Stream, change: &StreamChange) {
    match change {
        StreamChange::RetentionHours(hours) => model.retention_hours.perhaps(*hours),
        StreamChange::ShardCount(count) => model.shard_count.iter_mut().for_each(|allowed| allowed.perhaps(*count)),
        StreamChange::AddTags(tags) => model.tag.perhaps(tag(tags)),
        StreamChange::RegisterConsumer { .. } => model.consumed.perhaps(true),
        StreamChange::DeregisterConsumer(_) => model.consumed.perhaps(false),
        other => unreachable!("no step asks for {other:?}"),
    }
}

fn tag(tags: &BTreeMap<String, String>) -> Option<u64> {
    tags.get("key").map(|value| value.parse().expect("a number"))
}
