//! Manifests given with -f: forebay-plan says what each changes, the owner carries it out. Nothing of a set is carried
//! out if one of its documents is refused; a disk that fails on the way leaves what was carried out before it.

use forebay_api::manifest::{Document, Problems, Resource};
use forebay_api::{Consumer, ConsumerSpec, Stream, StreamMode};
use forebay_gateway::ranges::Held;
use forebay_log::Disk;
use forebay_plan::apply::{Change, Objects, Outcome, apply};
use forebay_plan::quota::QuotaExceeded;
use forebay_protocol::words::{ConsumerName, Incarnation, StreamArn, StreamName};
use tracing::warn;

use super::super::data_dir::DataDirError;
use super::entry::{ConsumerEntry, Entry, Phase};
use super::owner::Owner;

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Kind and name.
    pub(crate) label: String,
    /// `created`, `changed`, `unchanged`, ….
    pub(crate) what: String,
}

/// Why manifests were not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    #[error("refused, and nothing was applied:\n{0}")]
    Refused(Problems),
    #[error("{label}: {why}")]
    NotCarriedOut { label: String, why: String },
    #[error(transparent)]
    Files(#[from] DataDirError),
    #[error("the catalog's owner is gone")]
    Stopped,
}

impl<D: Disk> Owner<D> {
    /// Applies a set of manifests. A namespace means nothing to one process: all are of the default account.
    pub(super) fn apply(&mut self, mut documents: Vec<Document>) -> Result<Vec<Applied>, ApplyError> {
        for document in &mut documents {
            forget_namespace(&mut document.resource);
        }
        // Streams first, so that a consumer finds the stream of its own file.
        documents.sort_by_key(|document| matches!(document.resource, Resource::Consumer(_)));
        let admission = forebay_api::manifest::Admission::new();
        let mut last = self.workshop.applied.load()?;
        let outcomes = apply(&admission, &documents, &last, &self.objects()).map_err(ApplyError::Refused)?;
        let reserved = self.admit_all(&documents, &outcomes)?;
        let mut applied = Vec::new();
        let mut changed = false;
        for (document, (outcome, reserved)) in documents.into_iter().zip(outcomes.into_iter().zip(reserved)) {
            let label = document.resource.label();
            for conflict in &outcome.conflicts {
                warn!("{label}: {conflict}");
            }
            let what = match self.carry_out_change(outcome.change, reserved) {
                Ok(what) => what,
                Err(why) => {
                    // What came before it is applied: the same set again must not undo what an API call makes of it.
                    if changed {
                        self.workshop.applied.store(&last)?;
                    }
                    return Err(ApplyError::NotCarriedOut { label, why });
                }
            };
            changed |= last.get(&outcome.key) != Some(&document.resource);
            last.insert(outcome.key, document.resource);
            applied.push(Applied { label, what });
        }
        // Once for the set: a stop before it has the same set applied again, which changes nothing.
        if changed {
            self.workshop.applied.store(&last)?;
        }
        Ok(applied)
    }

    /// Whether a set can be carried out, before any of it is: every consumer has its stream, and the account may have what
    /// is created. That is taken of its quota, one entry a document, none where it takes no shards.
    fn admit_all(&self, documents: &[Document], outcomes: &[Outcome]) -> Result<Vec<Option<Held>>, ApplyError> {
        let mut on_demand_streams = 0;
        let mut reserved = Vec::new();
        let mut problems = Vec::new();
        for (document, outcome) in documents.iter().zip(outcomes) {
            let admitted = match &outcome.change {
                Change::Create(Resource::Stream(stream)) => self.admit_stream(stream, &mut on_demand_streams),
                Change::Create(Resource::Consumer(consumer)) | Change::Update(Resource::Consumer(consumer)) => {
                    self.admit_consumer(consumer, outcomes).map(|()| None)
                }
                Change::Update(Resource::Stream(_)) | Change::Unchanged | Change::StaysDeleted => Ok(None),
            };
            match admitted {
                Ok(held) => reserved.push(held),
                Err((path, message)) => problems.push(document.problem(path, message)),
            }
        }
        Problems::or(problems, reserved).map_err(ApplyError::Refused)
    }

    /// Takes of the account's quota what a new stream needs; on-demand streams of the set are counted before they are
    /// made. The field that asks for too much, and why, if the account may not have it.
    fn admit_stream(
        &self,
        stream: &Stream,
        on_demand_streams: &mut u32,
    ) -> Result<Option<Held>, (&'static str, String)> {
        let account = self.workshop.installation.default_account;
        let admitted = match stream.spec.mode() {
            StreamMode::Provisioned => self.admit(account, &stream.spec),
            StreamMode::OnDemand => {
                *on_demand_streams += 1;
                self.admit_on_demand_streams(account, *on_demand_streams).map(|()| None)
            }
        };
        admitted.map_err(|(exceeded, _)| {
            let remedy = match exceeded {
                QuotaExceeded::Shards { .. } => "raise it with --shard-limit",
                QuotaExceeded::OnDemandStreams { .. } => "make some PROVISIONED",
            };
            ("spec", format!("{exceeded}; {remedy}"))
        })
    }

    /// Whether a consumer's stream is there, or is made by the same set. The field that names it, and what is wrong, if
    /// it is not.
    fn admit_consumer(&self, consumer: &Consumer, outcomes: &[Outcome]) -> Result<(), (&'static str, String)> {
        let is_made = outcomes.iter().any(|outcome| match &outcome.change {
            Change::Create(Resource::Stream(stream)) => self.is_of(consumer, stream),
            _ => false,
        });
        if is_made || self.stream_of_consumer(consumer).is_some() {
            return Ok(());
        }
        let ConsumerSpec { stream_ref, stream_arn, .. } = &consumer.spec;
        let remedy = "apply it first, or together with its consumer";
        Err(match (stream_ref, stream_arn) {
            (Some(named), _) => ("spec.streamRef.name", format!("there is no Stream {}; {remedy}", named.name)),
            (None, arn) => {
                let arn = arn.as_deref().unwrap_or_default();
                ("spec.streamARN", format!("there is no stream {arn}; {remedy}"))
            }
        })
    }

    /// Whether a stream that is not made yet is the one that a consumer names.
    fn is_of(&self, consumer: &Consumer, stream: &Stream) -> bool {
        if let Some(named) = &consumer.spec.stream_ref {
            return stream.metadata.name.as_ref() == Some(&named.name);
        }
        let account = self.workshop.installation.default_account;
        let name = stream.stream_name().parse().ok();
        let arn = name.map(|name: StreamName| self.workshop.arn_of(account, &name));
        arn.is_some() && arn == arn_of(consumer)
    }

    /// The objects of the default account.
    fn objects(&self) -> Objects {
        let account = self.workshop.installation.default_account;
        let own = self.entries.values().filter(|entry| entry.account == account);
        let resources = own.flat_map(|entry| {
            let stream = Resource::Stream(Box::new(entry.stream()));
            let consumers = entry.consumers.values().map(|consumer| Resource::Consumer(Box::new(consumer.document())));
            std::iter::once(stream).chain(consumers)
        });
        resources.map(|resource| (resource.key(), resource)).collect()
    }

    fn carry_out_change(&mut self, change: Change, reserved: Option<Held>) -> Result<String, String> {
        match change {
            Change::Unchanged => Ok("unchanged".to_owned()),
            Change::StaysDeleted => {
                Ok("stays deleted, as an API call left it; change the manifest to have it again".to_owned())
            }
            Change::Create(Resource::Stream(stream)) => self.create_stream(*stream, reserved),
            Change::Create(Resource::Consumer(consumer)) | Change::Update(Resource::Consumer(consumer)) => {
                self.put_consumer(*consumer)
            }
            Change::Update(Resource::Stream(stream)) => self.update_stream(*stream),
        }
    }

    fn create_stream(&mut self, stream: Stream, reserved: Option<Held>) -> Result<String, String> {
        let account = self.workshop.installation.default_account;
        let name: StreamName = stream.stream_name().parse().map_err(|error| format!("{error}"))?;
        let object = stream.metadata.name.unwrap_or_default();
        self.make(account, object, name, stream.spec, reserved)?;
        Ok("created".to_owned())
    }

    fn update_stream(&mut self, stream: Stream) -> Result<String, String> {
        let object = stream.metadata.name.unwrap_or_default();
        let incarnation = self.stream_of_object(&object).ok_or("the stream is gone")?;
        let entry = Entry { spec: stream.spec, ..self.entries[&incarnation].clone() };
        self.replace(entry)?;
        Ok("changed".to_owned())
    }

    /// Registers a consumer, or changes its tags.
    fn put_consumer(&mut self, consumer: Consumer) -> Result<String, String> {
        let incarnation = self.stream_of_consumer(&consumer).ok_or("the stream is gone")?;
        let name: ConsumerName = consumer.consumer_name().parse().map_err(|error| format!("{error}"))?;
        let object = consumer.metadata.name.clone().unwrap_or_default();
        let mut entry = self.entries[&incarnation].clone();
        let what = if let Some(existing) = entry.consumers.get_mut(&name) {
            existing.spec = consumer.spec;
            "changed"
        } else {
            let created = self.workshop.environment.machine.wall();
            entry.consumers.insert(name, ConsumerEntry { object, created, spec: consumer.spec });
            "registered"
        };
        self.replace(entry)?;
        Ok(what.to_owned())
    }

    fn stream_of_consumer(&self, consumer: &Consumer) -> Option<Incarnation> {
        if let Some(named) = &consumer.spec.stream_ref {
            return self.stream_of_object(&named.name);
        }
        let arn = arn_of(consumer)?;
        let entry = self.entries.values().find(|entry| self.workshop.arn(entry) == arn);
        entry.filter(|entry| entry.phase != Phase::Deleting).map(|entry| entry.incarnation)
    }

    fn stream_of_object(&self, object: &str) -> Option<Incarnation> {
        let account = self.workshop.installation.default_account;
        let entry = self.entries.values().find(|entry| entry.account == account && entry.object == object);
        entry.filter(|entry| entry.phase != Phase::Deleting).map(|entry| entry.incarnation)
    }
}

/// The stream that a consumer names by its ARN.
fn arn_of(consumer: &Consumer) -> Option<StreamArn> {
    consumer.spec.stream_arn.as_deref()?.parse().ok()
}

fn forget_namespace(resource: &mut Resource) {
    match resource {
        Resource::Stream(stream) => stream.metadata.namespace = None,
        Resource::Consumer(consumer) => consumer.metadata.namespace = None,
    }
}
