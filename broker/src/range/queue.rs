//! What waits for the owner of a range, bounded in bytes, and whether somebody is the owner now.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use forebay_log::Disk;

use super::message::Message;

/// Two entries of the largest size: one may gather while the other is written. More would only add waiting time, and
/// above it a client is told to slow down.
const QUEUE_BYTES_MAX: usize = 32 << 20;
/// Messages cost memory of their own even when they carry few bytes: 256 connections of 64 HTTP/2 requests each.
const QUEUE_MESSAGES_MAX: usize = 16_384;

/// See the module.
#[derive(Debug)]
pub(crate) struct Queue<D: Disk> {
    state: Mutex<State<D>>,
}

#[derive(Debug)]
struct State<D: Disk> {
    messages: VecDeque<Message<D>>,
    bytes: usize,
    /// One is enough, however long the owner waits for its disk.
    maintenance_waits: bool,
    owner: Owner,
}

#[derive(Debug)]
enum Owner {
    /// Nobody; the next message needs one.
    Nobody,
    /// Somebody, who looks here again before leaving.
    Running,
    /// Nobody ever again.
    Stopped(String),
}

/// What became of a message.
#[derive(Debug)]
pub(crate) enum Pushed<D: Disk> {
    /// The running owner takes it.
    Waiting,
    /// The caller must start the owner.
    StartOwner,
    /// The queue is full.
    Full(Message<D>),
    /// The range has stopped.
    Stopped(Message<D>, String),
}

impl<D: Disk> Default for Queue<D> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                messages: VecDeque::new(),
                bytes: 0,
                maintenance_waits: false,
                owner: Owner::Nobody,
            }),
        }
    }
}

impl<D: Disk> Queue<D> {
    /// Adds a message. Only records are refused by a full queue: what else comes is little, and ends waiting.
    pub(crate) fn push(&self, message: Message<D>) -> Pushed<D> {
        let bytes = message.queued_bytes();
        let mut state = self.lock();
        if let Owner::Stopped(why) = &state.owner {
            let why = why.clone();
            return Pushed::Stopped(message, why);
        }
        let full = state.bytes + bytes > QUEUE_BYTES_MAX || state.messages.len() >= QUEUE_MESSAGES_MAX;
        if full && matches!(message, Message::Append(_)) {
            return Pushed::Full(message);
        }
        if matches!(message, Message::Maintain) && std::mem::replace(&mut state.maintenance_waits, true) {
            return Pushed::Waiting;
        }
        state.bytes += bytes;
        state.messages.push_back(message);
        match state.owner {
            Owner::Nobody => {
                state.owner = Owner::Running;
                Pushed::StartOwner
            }
            Owner::Running | Owner::Stopped(_) => Pushed::Waiting,
        }
    }

    /// Everything that waits; none if there is nothing, and then the caller is the owner no more.
    pub(crate) fn take(&self) -> Option<VecDeque<Message<D>>> {
        let mut state = self.lock();
        if state.messages.is_empty() {
            if matches!(state.owner, Owner::Running) {
                state.owner = Owner::Nobody;
            }
            return None;
        }
        (state.bytes, state.maintenance_waits) = (0, false);
        Some(std::mem::take(&mut state.messages))
    }

    /// Refuses what waits and whatever comes.
    pub(crate) fn stop(&self, why: &str) {
        let waiting = {
            let mut state = self.lock();
            state.owner = Owner::Stopped(why.to_owned());
            state.bytes = 0;
            std::mem::take(&mut state.messages)
        };
        for message in waiting {
            message.refuse(why);
        }
    }

    /// Why the range has stopped, if it has.
    pub(crate) fn stopped(&self) -> Option<String> {
        match &self.lock().owner {
            Owner::Stopped(why) => Some(why.clone()),
            Owner::Nobody | Owner::Running => None,
        }
    }

    /// The bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// A panic while the lock was held leaves counts and messages as they were: each step below is complete in itself.
    fn lock(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use forebay_gateway::ranges::{AppendChunk, Held, RangeError};
    use forebay_log::RealDisk;
    use forebay_protocol::words::ShardId;
    use tokio::sync::oneshot;

    use super::super::append::Batch;
    use super::super::command::Command;
    use super::super::message::{PendingAppend, PendingCommand};
    use super::*;

    type Appended =
        (Message<RealDisk>, oneshot::Receiver<Result<Vec<forebay_gateway::ranges::ChunkOutcome>, RangeError>>);

    fn append(bytes: usize) -> Appended {
        append_holding(bytes, &Arc::new(()))
    }

    fn append_holding(bytes: usize, counted: &Arc<()>) -> Appended {
        let (reply, answer) = oneshot::channel();
        let body = Bytes::from(vec![0; bytes]);
        let chunk = AppendChunk { shard: ShardId(0), records: 1, charged_bytes: 1, body, crc32c: 0 };
        let held = Held::from(Arc::clone(counted));
        (Message::Append(PendingAppend { chunks: vec![chunk], _held: held, reply }), answer)
    }

    #[test]
    fn the_first_message_starts_an_owner_and_the_last_look_ends_it() {
        let queue = Queue::<RealDisk>::default();
        assert!(matches!(queue.push(append(1).0), Pushed::StartOwner));
        assert!(matches!(queue.push(Message::Maintain), Pushed::Waiting));
        assert!(matches!(queue.push(Message::Maintain), Pushed::Waiting));
        assert_eq!(queue.take().expect("maintenance waits once").len(), 2);
        assert!(matches!(queue.push(Message::Maintain), Pushed::Waiting));
        assert_eq!(queue.take().expect("one came meanwhile").len(), 1);
        assert!(queue.take().is_none());
        assert!(matches!(queue.push(Message::Maintain), Pushed::StartOwner));
    }

    #[test]
    fn records_beyond_the_bound_are_refused_and_commands_are_not() {
        let queue = Queue::<RealDisk>::default();
        assert!(matches!(queue.push(append(QUEUE_BYTES_MAX).0), Pushed::StartOwner));
        assert!(matches!(queue.push(append(1).0), Pushed::Full(_)));
        assert!(matches!(queue.push(Message::Maintain), Pushed::Waiting));
        queue.take();
        assert!(matches!(queue.push(append(1).0), Pushed::Waiting));
    }

    #[test]
    fn a_stopped_queue_answers_everybody() {
        let queue = Queue::<RealDisk>::default();
        let (message, mut answer) = append(1);
        queue.push(message);
        queue.stop("the disk failed");
        assert!(matches!(answer.try_recv(), Ok(Err(RangeError::Unavailable(why))) if why == "the disk failed"));
        assert!(matches!(queue.push(Message::Maintain), Pushed::Stopped(..)));
        assert!(queue.take().is_none());
        assert_eq!(queue.stopped().as_deref(), Some("the disk failed"));
    }

    #[test]
    fn records_that_nobody_waits_for_are_counted_until_the_owner_is_done_with_them() {
        let (queue, counted, mut batch) = (Queue::default(), Arc::new(()), Batch::default());
        let (message, answer) = append_holding(1, &counted);
        queue.push(message);
        drop(answer);
        assert_eq!(Arc::strong_count(&counted), 2, "in the queue");
        let Some(Message::Append(append)) = queue.take().expect("one waits").pop_front() else { panic!("not records") };
        batch.add(append).expect("the only one");
        assert_eq!(Arc::strong_count(&counted), 2, "in the batch");
        batch.answer_no_space();
        assert_eq!(Arc::strong_count(&counted), 1, "answered");
    }

    #[test]
    fn a_command_holds_what_it_took_until_it_is_answered() {
        let (queue, counted) = (Queue::<RealDisk>::default(), Arc::new(()));
        let (reply, mut answer) = oneshot::channel();
        let held = Some(Held::from(Arc::clone(&counted)));
        queue.push(Message::Command(PendingCommand { command: Command::Retention(24), held, reply }));
        assert_eq!(Arc::strong_count(&counted), 2, "in the queue");
        queue.stop("the disk failed");
        assert!(answer.try_recv().is_ok());
        assert_eq!(Arc::strong_count(&counted), 1, "answered");
    }
}
