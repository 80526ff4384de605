//! The model keeps what every implementation of ranges and catalogs keeps: what the actions are shown to do over it, they
//! do over the broker.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use forebay_gateway::conformance::{World as Conforming, check_catalog, check_ranges};
use forebay_protocol::words::TimestampMs;

use crate::model::{Accounts, Shards};
use crate::world::World;

impl Conforming for World {
    type Ranges = Shards;
    type Catalog = Accounts;

    fn ranges(&self) -> &Shards {
        &self.shards
    }

    fn catalog(&self) -> &Accounts {
        &self.accounts
    }

    fn pass_ms(&self, elapsed_ms: u64) {
        self.at(TimestampMs(self.now().0 + elapsed_ms));
    }

    fn step_back_ms(&self, by_ms: u64) {
        self.at(TimestampMs(self.now().0 - by_ms));
    }

    fn answer<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("the model waits for nothing"),
        }
    }
}

#[test]
fn the_models_shards_keep_what_is_asked_of_ranges() {
    check_ranges(World::new);
}

#[test]
fn the_models_accounts_keep_what_is_asked_of_a_catalog() {
    check_catalog(World::new);
}
