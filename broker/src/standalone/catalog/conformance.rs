//! The gateway's checks of ranges and catalogs, over a host and a file catalog on a simulated machine and disk.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use forebay_gateway::conformance::{World, check_catalog, check_ranges};
use forebay_log::SimulatedDisk;
use tokio::sync::mpsc;

use super::index::Index;
use super::owner::{Message, Owner};
use super::{FileCatalog, MESSAGES_MAX, simulated};
use crate::machine::{Machine, SimulatedMachine};
use crate::range::Host;

/// Room for the segments of every stream that a check makes.
const DISK_BYTES: u64 = 1 << 30;
/// Few enough that a check can fill it.
const SHARD_LIMIT: u32 = 20;

/// A whole account on one thread: the catalog's owner handles its messages while an answer is waited for.
pub(super) struct Account {
    catalog: FileCatalog<SimulatedDisk>,
    machine: Arc<SimulatedMachine>,
    served: Mutex<(Owner<SimulatedDisk>, mpsc::Receiver<Message>)>,
}

impl Account {
    /// No streams yet.
    pub(super) fn new() -> Self {
        let disk = simulated::disk(1, DISK_BYTES);
        let machine = SimulatedMachine::start(1, simulated::START);
        let workshop = Arc::new(simulated::workshop(&disk, &machine, SHARD_LIMIT));
        let index = Arc::new(Index::default());
        let (messages, inbox) = mpsc::channel(MESSAGES_MAX);
        let owner = Owner::start(Arc::clone(&workshop), Arc::clone(&index), messages.downgrade()).expect("starts");
        let catalog = FileCatalog { credentials: Arc::new(HashMap::new()), index, workshop, messages };
        Self { catalog, machine, served: Mutex::new((owner, inbox)) }
    }

    pub(super) fn machine(&self) -> &SimulatedMachine {
        &self.machine
    }

    /// Lets the catalog or, where it has nothing to do, the ranges take one step.
    fn step(&self) -> bool {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let (owner, inbox) = &mut *served;
        match inbox.try_recv() {
            Ok(message) => {
                owner.handle(message);
                true
            }
            Err(_) => self.machine.step(),
        }
    }
}

impl World for Account {
    type Ranges = Host<SimulatedDisk>;
    type Catalog = FileCatalog<SimulatedDisk>;

    fn ranges(&self) -> &Self::Ranges {
        &self.catalog.workshop.host
    }

    fn catalog(&self) -> &Self::Catalog {
        &self.catalog
    }

    fn pass_ms(&self, elapsed_ms: u64) {
        self.machine.pass(elapsed_ms);
    }

    fn step_back_ms(&self, by_ms: u64) {
        self.machine.set_wall(self.machine.now().wall_ms.0 - by_ms);
    }

    fn answer<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return output;
            }
            assert!(self.step(), "everything waits for something else");
        }
    }
}

#[test]
fn a_host_keeps_what_the_gateway_asks_of_ranges() {
    check_ranges(Account::new);
}

#[test]
fn a_file_catalog_keeps_what_the_gateway_asks_of_a_catalog() {
    check_catalog(Account::new);
}
