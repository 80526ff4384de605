//! One stream as the file catalog keeps it, and its text: the manifests of the stream and of its consumers, with what
//! only this installation knows of them in annotations. The file is what `kubectl get -o yaml` would show, so a person
//! can read it and a cluster can take it. Decides nothing.

use std::collections::BTreeMap;
use std::str::FromStr;

use forebay_api::{Consumer, ConsumerSpec, Stream, StreamSpec};
use forebay_protocol::words::{AccountId, ConsumerName, Incarnation, RangeUuid, StreamName, TimestampMs};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A stream, its life and its consumers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) account: AccountId,
    /// The manifest's metadata.name.
    pub(crate) object: String,
    pub(crate) name: StreamName,
    pub(crate) incarnation: Incarnation,
    /// Its only range.
    pub(crate) range: RangeUuid,
    pub(crate) created: TimestampMs,
    pub(crate) phase: Phase,
    /// What is intended.
    pub(crate) spec: StreamSpec,
    /// The shard count of the spec that was last carried out; splits and merges since change nothing of it.
    pub(crate) counted: Option<u32>,
    /// The shard count that the steps under way lead to.
    pub(crate) scaling_to: Option<u32>,
    /// Calls of UpdateShardCount in the last 24 hours.
    pub(crate) shard_count_updates: Vec<TimestampMs>,
    /// Mode switches in the last 24 hours.
    pub(crate) mode_switches: Vec<TimestampMs>,
    pub(crate) consumers: BTreeMap<ConsumerName, ConsumerEntry>,
}

/// A consumer of the stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConsumerEntry {
    /// The manifest's metadata.name.
    pub(crate) object: String,
    pub(crate) created: TimestampMs,
    pub(crate) spec: ConsumerSpec,
}

/// Where a stream is in its life, recorded before the first file of its range is made and before the first one goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The range may or may not be there yet; nobody was told of it.
    Initialising,
    /// The range is there; if it is missing, its data is lost.
    Initialised,
    /// The range is going; if it is missing, it is gone.
    Deleting,
}

/// A text that is none of the catalog's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParseEntryError {
    #[error(transparent)]
    Yaml(#[from] serde_saphyr::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("the annotation {0} is missing or not what this version writes")]
    Annotation(&'static str),
    #[error("document {0} is neither the stream nor one of its consumers")]
    Document(usize),
}

const ACCOUNT: &str = "forebay.dev/account";
const INCARNATION: &str = "forebay.dev/incarnation";
const RANGE: &str = "forebay.dev/range";
const CREATED: &str = "forebay.dev/created-ms";
const PHASE: &str = "forebay.dev/phase";
const COUNTED: &str = "forebay.dev/shard-count-carried-out";
const SCALING_TO: &str = "forebay.dev/scaling-to";
const SHARD_COUNT_UPDATES: &str = "forebay.dev/shard-count-updates-ms";
const MODE_SWITCHES: &str = "forebay.dev/mode-switches-ms";

type Annotations = BTreeMap<String, String>;

impl Phase {
    const ALL: [Self; 3] = [Self::Initialising, Self::Initialised, Self::Deleting];

    const fn word(self) -> &'static str {
        match self {
            Self::Initialising => "Initialising",
            Self::Initialised => "Initialised",
            Self::Deleting => "Deleting",
        }
    }
}

impl Entry {
    /// The documents of the catalog's file.
    pub(crate) fn to_text(&self) -> String {
        let mut stream = self.stream();
        stream.metadata.annotations = Some(self.annotations());
        let consumers = self.consumers.values().map(|consumer| {
            let mut document = consumer.document();
            let created = (CREATED.to_owned(), consumer.created.0.to_string());
            document.metadata.annotations = Some(Annotations::from([created]));
            to_yaml(&document)
        });
        let documents = std::iter::once(to_yaml(&stream)).chain(consumers);
        documents.collect::<Vec<_>>().join("---\n")
    }

    /// The stream's object as a manifest would give it.
    pub(crate) fn stream(&self) -> Stream {
        Stream::new(&self.object, self.spec.clone())
    }

    fn annotations(&self) -> Annotations {
        let mut annotations = Annotations::new();
        let mut put = |key: &str, value: String| annotations.insert(key.to_owned(), value);
        put(ACCOUNT, self.account.to_string());
        put(INCARNATION, self.incarnation.to_string());
        put(RANGE, self.range.to_string());
        put(CREATED, self.created.0.to_string());
        put(PHASE, self.phase.word().to_owned());
        for (key, count) in [(COUNTED, self.counted), (SCALING_TO, self.scaling_to)] {
            if let Some(count) = count {
                put(key, count.to_string());
            }
        }
        for (key, times) in [(SHARD_COUNT_UPDATES, &self.shard_count_updates), (MODE_SWITCHES, &self.mode_switches)] {
            if !times.is_empty() {
                put(key, to_json(&times.iter().map(|time| time.0).collect::<Vec<_>>()));
            }
        }
        annotations
    }

    /// Reads what [`Entry::to_text`] wrote.
    pub(crate) fn from_text(text: &str) -> Result<Self, ParseEntryError> {
        let mut documents = serde_saphyr::from_multiple::<Value>(text)?.into_iter().enumerate();
        let (_, first) = documents.next().ok_or(ParseEntryError::Document(1))?;
        let mut stream: Stream = serde_json::from_value(first)?;
        let annotations = stream.metadata.annotations.take().unwrap_or_default();
        let name = stream.stream_name().parse().map_err(|_| ParseEntryError::Document(1))?;
        let mut consumers = BTreeMap::new();
        for (index, document) in documents {
            let (name, consumer) = consumer_of(document).ok_or(ParseEntryError::Document(index + 1))?;
            consumers.insert(name, consumer);
        }
        Ok(Self {
            account: required(&annotations, ACCOUNT)?,
            object: stream.metadata.name.clone().unwrap_or_default(),
            name,
            incarnation: required(&annotations, INCARNATION)?,
            range: required(&annotations, RANGE)?,
            created: TimestampMs(required(&annotations, CREATED)?),
            phase: phase_of(&annotations)?,
            spec: stream.spec,
            counted: optional_json(&annotations, COUNTED)?,
            scaling_to: optional_json(&annotations, SCALING_TO)?,
            shard_count_updates: times(&annotations, SHARD_COUNT_UPDATES)?,
            mode_switches: times(&annotations, MODE_SWITCHES)?,
            consumers,
        })
    }
}

fn consumer_of(document: Value) -> Option<(ConsumerName, ConsumerEntry)> {
    let consumer: Consumer = serde_json::from_value(document).ok()?;
    let name = consumer.consumer_name().parse().ok()?;
    let object = consumer.metadata.name.clone().unwrap_or_default();
    let annotations = consumer.metadata.annotations.unwrap_or_default();
    let created = TimestampMs(required(&annotations, CREATED).ok()?);
    Some((name, ConsumerEntry { object, created, spec: consumer.spec }))
}

impl ConsumerEntry {
    /// The consumer's object as a manifest would give it.
    pub(crate) fn document(&self) -> Consumer {
        Consumer::new(&self.object, self.spec.clone())
    }
}

fn required<T: FromStr>(annotations: &Annotations, key: &'static str) -> Result<T, ParseEntryError> {
    annotations.get(key).and_then(|text| text.parse().ok()).ok_or(ParseEntryError::Annotation(key))
}

fn optional_json<T: DeserializeOwned>(
    annotations: &Annotations,
    key: &'static str,
) -> Result<Option<T>, ParseEntryError> {
    let parse = |text: &String| serde_json::from_str(text).map_err(|_| ParseEntryError::Annotation(key));
    annotations.get(key).map(parse).transpose()
}

fn times(annotations: &Annotations, key: &'static str) -> Result<Vec<TimestampMs>, ParseEntryError> {
    let times: Option<Vec<u64>> = optional_json(annotations, key)?;
    Ok(times.unwrap_or_default().into_iter().map(TimestampMs).collect())
}

fn phase_of(annotations: &Annotations) -> Result<Phase, ParseEntryError> {
    let word = annotations.get(PHASE);
    let phase = Phase::ALL.into_iter().find(|phase| word.is_some_and(|word| word == phase.word()));
    phase.ok_or(ParseEntryError::Annotation(PHASE))
}

fn to_yaml(object: &impl serde::Serialize) -> String {
    serde_saphyr::to_string(object).expect("a resource has string keys and finite numbers")
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a spec has string keys and finite numbers")
}

#[cfg(test)]
mod tests {
    use forebay_api::{StreamMode, StreamModeDetails, StreamRef};

    use super::*;

    fn entry() -> Entry {
        let spec = StreamSpec {
            stream_mode_details: Some(StreamModeDetails { stream_mode: StreamMode::Provisioned }),
            shard_count: Some(4),
            tags: BTreeMap::from([("team: a".to_owned(), "yes".to_owned()), ("n".to_owned(), "0x10".to_owned())]),
            name: Some("Orders.v1".to_owned()),
            ..StreamSpec::default()
        };
        let consumer = ConsumerEntry {
            object: "analytics".to_owned(),
            created: TimestampMs(1_700_000_000_456),
            spec: ConsumerSpec {
                stream_ref: Some(StreamRef { name: "orders-1".to_owned() }),
                stream_arn: None,
                consumer_name: Some("Analytics".to_owned()),
                tags: BTreeMap::from([("a".to_owned(), String::new())]),
            },
        };
        Entry {
            account: "000000000001".parse().expect("12 digits"),
            object: "orders-1".to_owned(),
            name: "Orders.v1".parse().expect("a name"),
            incarnation: Incarnation([1; 16]),
            range: RangeUuid([2; 16]),
            created: TimestampMs(1_700_000_000_123),
            phase: Phase::Initialised,
            counted: Some(4),
            spec,
            scaling_to: Some(8),
            shard_count_updates: vec![TimestampMs(1_700_000_000_200)],
            mode_switches: vec![],
            consumers: BTreeMap::from([("Analytics".parse().expect("a name"), consumer)]),
        }
    }

    #[test]
    fn an_entry_survives_its_text() {
        let entry = entry();
        assert_eq!(Entry::from_text(&entry.to_text()).expect("readable"), entry);
        let bare = Entry { counted: None, scaling_to: None, consumers: BTreeMap::new(), ..entry };
        assert_eq!(Entry::from_text(&bare.to_text()).expect("readable"), bare);
    }

    #[test]
    fn the_text_is_a_manifest_that_would_be_accepted_again() {
        let text = entry().to_text();
        let documents = forebay_api::manifest::Admission::new().read("entry.yaml", &text).expect("valid manifests");
        assert_eq!(documents.len(), 2);
    }

    /// Rules hold for what is asked for; what an earlier version took stays.
    #[test]
    fn an_entry_that_no_manifest_could_ask_for_any_more_is_read_all_the_same() {
        let mut entry = entry();
        entry.spec.tags.insert("aws:kept".to_owned(), "from before".to_owned());
        let refused = forebay_api::manifest::Admission::new().read("entry.yaml", &entry.to_text());
        assert!(refused.expect_err("a tag of AWS's own").to_string().contains("aws:"));
        assert_eq!(Entry::from_text(&entry.to_text()).expect("readable"), entry);
    }

    #[test]
    fn a_text_that_lost_a_part_is_refused_with_the_part() {
        for key in [ACCOUNT, INCARNATION, RANGE, CREATED, PHASE] {
            let text = entry().to_text().replacen(key, "forebay.dev/other", 1);
            let refused = Entry::from_text(&text).expect_err("a part is missing").to_string();
            assert!(refused.contains(key), "{key}: {refused}");
        }
        for text in ["", "{}", "a: [", "- 1"] {
            assert!(Entry::from_text(text).is_err(), "{text}");
        }
    }
}
