//! Who may hold how many bytes: pure bookkeeping, which neither waits nor wakes.
//!
//! Its one idea: bytes are asked for whole before any of them is read, and whoever does not get them at once waits in
//! turn with the other clients, one request of each. The next in turn is never overtaken by one that needs less, so a
//! large request is not starved by small ones.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};

/// A client as fairness sees it: an IPv4 address, or the /64 network of an IPv6 address, which one host owns whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Client(IpAddr);

impl Client {
    /// The client at an address.
    pub(super) fn at(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Self(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// What is known of a request's sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its signature has not been checked; all of these together hold at most half of the bytes.
    Unverified,
    /// Its signature is right, or none is asked for.
    Verified,
}

/// A place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ticket(u64);

/// What is wanted, by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    /// Who wants it.
    pub(super) client: Client,
    /// What is known of them.
    pub(super) standing: Standing,
    /// How much.
    pub(super) bytes: u64,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The bytes are taken.
    Granted,
    /// [`Ledger::next_grant`] names this ticket once they are.
    Waits(Ticket),
    /// As many wait already as may.
    Full,
}

/// The bytes that are taken, and who waits for more.
#[derive(Debug)]
pub(super) struct Ledger {
    total_max: u64,
    waiting_max: usize,
    taken: u64,
    unverified: u64,
    waiting: usize,
    tickets: u64,
    verified_lane: Lane,
    unverified_lane: Lane,
    /// Whose lane is looked at first, so that neither starves the other.
    turn: Standing,
}

/// Those who wait, in turns of one request for each client.
#[derive(Debug, Default)]
struct Lane {
    turns: VecDeque<Client>,
    wishes: HashMap<Client, VecDeque<(Ticket, u64)>>,
}

impl Ledger {
    /// Nothing taken of `total_max` bytes; at most `waiting_max` requests wait.
    pub(super) fn new(total_max: u64, waiting_max: usize) -> Self {
        Self {
            total_max,
            waiting_max,
            taken: 0,
            unverified: 0,
            waiting: 0,
            tickets: 0,
            verified_lane: Lane::default(),
            unverified_lane: Lane::default(),
            turn: Standing::Verified,
        }
    }

    /// The bytes that are taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The requests that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The most a wish of this standing can be granted: one that asks for more must be cut to it, or never be granted.
    pub(super) fn most(&self, standing: Standing) -> u64 {
        match standing {
            Standing::Verified => self.total_max,
            Standing::Unverified => self.total_max / 2,
        }
    }

    /// Takes the bytes, or a place in the queue: nobody overtakes those who wait for the same.
    pub(super) fn ask(&mut self, wish: Wish) -> Asked {
        if !self.overtakes(wish.standing) && self.obstacle(wish.standing, wish.bytes).is_none() {
            self.take(wish.standing, wish.bytes);
            return Asked::Granted;
        }
        if self.waiting >= self.waiting_max {
            return Asked::Full;
        }
        self.tickets += 1;
        self.waiting += 1;
        let ticket = Ticket(self.tickets);
        self.lane(wish.standing).push(wish.client, ticket, wish.bytes);
        Asked::Waits(ticket)
    }

    /// Gives up a place in the queue; false if the wish was granted already, whose bytes are then still taken.
    pub(super) fn withdraw(&mut self, wish: Wish, ticket: Ticket) -> bool {
        let waited = self.lane(wish.standing).remove(wish.client, ticket);
        self.waiting -= usize::from(waited);
        waited
    }

    /// Gives bytes back.
    pub(super) fn give_back(&mut self, standing: Standing, bytes: u64) {
        assert!(bytes <= self.taken, "only what was taken is given back");
        self.taken -= bytes;
        if standing == Standing::Unverified {
            self.unverified -= bytes;
        }
    }

    /// The holder of so many unverified bytes is verified.
    pub(super) fn verify(&mut self, bytes: u64) {
        assert!(bytes <= self.unverified, "only what was taken unverified becomes verified");
        self.unverified -= bytes;
    }

    /// Grants the next wish in turn that fits; to be called until it answers none after bytes were given back, verified
    /// or withdrawn from the front.
    pub(super) fn next_grant(&mut self) -> Option<Ticket> {
        let order = match self.turn {
            Standing::Verified => [Standing::Verified, Standing::Unverified],
            Standing::Unverified => [Standing::Unverified, Standing::Verified],
        };
        for standing in order {
            let Some(bytes) = self.lane(standing).front() else { continue };
            match self.obstacle(standing, bytes) {
                None => {
                    self.take(standing, bytes);
                    self.turn = if standing == Standing::Verified { Standing::Unverified } else { Standing::Verified };
                    self.waiting -= 1;
                    return self.lane(standing).pop();
                }
                // What is free is kept for it: a smaller wish would take it away for ever.
                Some(Obstacle::Total) => return None,
                Some(Obstacle::UnverifiedHalf) => {}
            }
        }
        None
    }

    /// Whether somebody waits for what this wish would take. A stranger who waits for the unverified half does not wait
    /// for what the verified take.
    fn overtakes(&self, standing: Standing) -> bool {
        let stranger = self.unverified_lane.front().map(|bytes| self.obstacle(Standing::Unverified, bytes));
        let stranger_waits_for_it = match standing {
            Standing::Unverified => stranger.is_some(),
            Standing::Verified => matches!(stranger, Some(None | Some(Obstacle::Total))),
        };
        stranger_waits_for_it || self.verified_lane.front().is_some()
    }

    fn obstacle(&self, standing: Standing, bytes: u64) -> Option<Obstacle> {
        if standing == Standing::Unverified && self.unverified + bytes > self.most(standing) {
            return Some(Obstacle::UnverifiedHalf);
        }
        (self.taken + bytes > self.total_max).then_some(Obstacle::Total)
    }

    fn take(&mut self, standing: Standing, bytes: u64) {
        self.taken += bytes;
        if standing == Standing::Unverified {
            self.unverified += bytes;
        }
    }

    fn lane(&mut self, standing: Standing) -> &mut Lane {
        match standing {
            Standing::Verified => &mut self.verified_lane,
            Standing::Unverified => &mut self.unverified_lane,
        }
    }
}

/// What keeps a wish from being granted.
enum Obstacle {
    Total,
    UnverifiedHalf,
}

impl Lane {
    fn push(&mut self, client: Client, ticket: Ticket, bytes: u64) {
        let wishes = self.wishes.entry(client).or_default();
        if wishes.is_empty() {
            self.turns.push_back(client);
        }
        wishes.push_back((ticket, bytes));
    }

    fn front(&self) -> Option<u64> {
        let client = self.turns.front()?;
        self.wishes.get(client)?.front().map(|(_, bytes)| *bytes)
    }

    fn pop(&mut self) -> Option<Ticket> {
        let client = self.turns.pop_front()?;
        let wishes = self.wishes.get_mut(&client)?;
        let (ticket, _) = wishes.pop_front()?;
        if wishes.is_empty() {
            self.wishes.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        Some(ticket)
    }

    fn remove(&mut self, client: Client, ticket: Ticket) -> bool {
        let Some(wishes) = self.wishes.get_mut(&client) else { return false };
        let Some(position) = wishes.iter().position(|(waiting, _)| *waiting == ticket) else { return false };
        wishes.remove(position);
        if wishes.is_empty() {
            self.wishes.remove(&client);
            self.turns.retain(|waiting| *waiting != client);
        } else if position == 0 && self.turns.front() == Some(&client) {
            // It has waited its turn away. With another one at once, a client that always has a wish too large for what
            // is free would keep all others waiting for ever.
            self.turns.rotate_left(1);
        }
        true
    }
}

#[cfg(test)]
#[path = "permits_tests.rs"]
mod tests;
