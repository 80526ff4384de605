//! The registered consumers of a stream. Their ARNs are the gateway's; here they are names and the time of their
//! registration.

use forebay_protocol::limits::CONSUMERS_PER_STREAM_MAX;
use forebay_protocol::words::{ConsumerName, TimestampMs};

use crate::fields::{Fields, Malformed, WriteFields};

/// A registered consumer. It can subscribe from the moment its registration is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its name, one of its stream's.
    pub name: ConsumerName,
    /// When it was registered; its second is part of the ARN.
    pub created: TimestampMs,
}

/// The consumers of a stream, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consumers {
    by_name: Vec<Consumer>,
}

/// Why a consumer is not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterRefusal {
    /// One of this name is registered. AWS: ResourceInUseException.
    #[error("consumer {} is registered", .0.name)]
    Registered(Consumer),
    /// The stream has as many as it may. AWS: LimitExceededException.
    #[error("the stream has {CONSUMERS_PER_STREAM_MAX} consumers")]
    LimitExceeded,
}

/// No such consumer, or it was registered at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such consumer")]
pub struct NoSuchConsumer;

impl Consumers {
    /// Every consumer, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Consumer> {
        self.by_name.iter()
    }

    /// A consumer by name.
    pub fn get(&self, name: &ConsumerName) -> Option<&Consumer> {
        self.position(name).ok().map(|position| &self.by_name[position])
    }

    pub(crate) fn decide_register(&self, consumer: Consumer) -> Result<Consumer, RegisterRefusal> {
        if let Some(registered) = self.get(&consumer.name) {
            return Err(RegisterRefusal::Registered(registered.clone()));
        }
        if self.by_name.len() >= CONSUMERS_PER_STREAM_MAX {
            return Err(RegisterRefusal::LimitExceeded);
        }
        Ok(consumer)
    }

    /// The consumer to deregister: of this name and, if it is given, registered in this second, as its ARN says.
    pub(crate) fn decide_deregister(
        &self,
        name: &ConsumerName,
        created_s: Option<u64>,
    ) -> Result<ConsumerName, NoSuchConsumer> {
        let consumer = self.get(name).ok_or(NoSuchConsumer)?;
        let is_meant = created_s.is_none_or(|created_s| created_s == consumer.created.seconds());
        if is_meant { Ok(consumer.name.clone()) } else { Err(NoSuchConsumer) }
    }

    pub(crate) fn register(&mut self, consumer: &Consumer) {
        if let Err(position) = self.position(&consumer.name) {
            self.by_name.insert(position, consumer.clone());
        }
    }

    pub(crate) fn deregister(&mut self, name: &ConsumerName) {
        self.by_name.retain(|consumer| consumer.name != *name);
    }

    fn position(&self, name: &ConsumerName) -> Result<usize, usize> {
        self.by_name.binary_search_by(|consumer| consumer.name.cmp(name))
    }

    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.put_count(self.by_name.len());
        for consumer in &self.by_name {
            consumer.write(into);
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let by_name = fields.list(Consumer::BYTES_MIN, Consumer::read)?;
        let ascending = by_name.windows(2).all(|pair| pair[0].name < pair[1].name);
        if ascending { Ok(Self { by_name }) } else { Err(fields.malformed()) }
    }
}

impl Consumer {
    const BYTES_MIN: usize = 11;

    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.put_text(self.name.as_str());
        into.put_u64(self.created.0);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self { name: read_name(fields)?, created: fields.time()? })
    }
}

pub(crate) fn read_name(fields: &mut Fields<'_>) -> Result<ConsumerName, Malformed> {
    fields.text()?.parse().map_err(|_| fields.malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer(name: &str, created_s: u64) -> Consumer {
        Consumer { name: name.parse().expect("a name"), created: TimestampMs(created_s * 1000 + 7) }
    }

    #[test]
    fn a_name_is_registered_once() {
        let mut consumers = Consumers::default();
        consumers.register(&consumer("b", 1));
        consumers.register(&consumer("a", 2));
        let names: Vec<_> = consumers.iter().map(|consumer| consumer.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(consumers.decide_register(consumer("b", 9)), Err(RegisterRefusal::Registered(consumer("b", 1))));
    }

    #[test]
    fn a_stream_has_at_most_twenty_consumers() {
        let mut consumers = Consumers::default();
        for index in 0..CONSUMERS_PER_STREAM_MAX {
            let next = consumers.decide_register(consumer(&format!("c{index}"), 1)).expect("admitted");
            consumers.register(&next);
        }
        assert_eq!(consumers.decide_register(consumer("one-more", 1)), Err(RegisterRefusal::LimitExceeded));
    }

    #[test]
    fn a_consumer_registered_anew_is_not_deregistered_by_the_arn_of_the_one_before() {
        let mut consumers = Consumers::default();
        consumers.register(&consumer("a", 20));
        let name = consumer("a", 20).name;
        assert_eq!(consumers.decide_deregister(&name, Some(10)), Err(NoSuchConsumer));
        assert_eq!(consumers.decide_deregister(&name, Some(20)), Ok(name.clone()));
        assert_eq!(consumers.decide_deregister(&name, None), Ok(name.clone()));
        consumers.deregister(&name);
        assert_eq!(consumers.decide_deregister(&name, None), Err(NoSuchConsumer));
    }
}
