use super::Standing::{Unverified, Verified};
use super::*;

fn client(last: u8) -> Client {
    Client::at([10, 0, 0, last].into())
}

fn wish(last: u8, standing: Standing, bytes: u64) -> Wish {
    Wish { client: client(last), standing, bytes }
}

/// A ledger of 100 bytes that somebody holds all of.
fn exhausted() -> Ledger {
    let mut ledger = Ledger::new(100, 10);
    assert_eq!(ledger.ask(wish(0, Verified, 100)), Asked::Granted);
    ledger
}

fn waits(ledger: &mut Ledger, wish: Wish) -> Ticket {
    match ledger.ask(wish) {
        Asked::Waits(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn grants(ledger: &mut Ledger) -> Vec<Ticket> {
    std::iter::from_fn(|| ledger.next_grant()).collect()
}

#[test]
fn bytes_are_granted_while_they_last_and_can_be_given_back() {
    let mut ledger = Ledger::new(100, 10);
    assert_eq!(ledger.ask(wish(1, Verified, 60)), Asked::Granted);
    assert_eq!(ledger.ask(wish(1, Verified, 40)), Asked::Granted);
    let ticket = waits(&mut ledger, wish(1, Verified, 1));
    assert_eq!((ledger.taken(), ledger.waiting()), (100, 1));
    ledger.give_back(Verified, 40);
    assert_eq!(grants(&mut ledger), [ticket]);
    assert_eq!((ledger.taken(), ledger.waiting()), (61, 0));
}

#[test]
fn clients_that_wait_take_turns_whatever_each_asks_for() {
    let mut ledger = exhausted();
    let greedy: Vec<_> = (0..4).map(|_| waits(&mut ledger, wish(1, Verified, 10))).collect();
    let second = waits(&mut ledger, wish(2, Verified, 10));
    let third = waits(&mut ledger, wish(3, Verified, 10));
    ledger.give_back(Verified, 100);
    assert_eq!(grants(&mut ledger), [greedy[0], second, third, greedy[1], greedy[2], greedy[3]]);
}

#[test]
fn a_large_wish_is_not_overtaken_by_small_ones() {
    let mut ledger = exhausted();
    let large = waits(&mut ledger, wish(1, Verified, 80));
    let small = waits(&mut ledger, wish(2, Verified, 10));
    ledger.give_back(Verified, 50);
    assert_eq!(grants(&mut ledger), []);
    let newcomer = waits(&mut ledger, wish(3, Verified, 1));
    ledger.give_back(Verified, 50);
    assert_eq!(grants(&mut ledger), [large, small, newcomer]);
}

#[test]
fn a_stranger_with_a_small_wish_does_not_overtake_a_large_one() {
    let mut ledger = exhausted();
    let large = waits(&mut ledger, wish(1, Verified, 80));
    let stranger = waits(&mut ledger, wish(2, Unverified, 10));
    ledger.give_back(Verified, 20);
    assert_eq!(grants(&mut ledger), []);
    ledger.give_back(Verified, 80);
    assert_eq!(grants(&mut ledger), [large, stranger]);
}

#[test]
fn the_unverified_hold_at_most_half() {
    let mut ledger = Ledger::new(100, 10);
    assert_eq!(ledger.most(Unverified), 50);
    assert_eq!(ledger.ask(wish(1, Unverified, 50)), Asked::Granted);
    let stranger = waits(&mut ledger, wish(2, Unverified, 1));
    assert_eq!(ledger.ask(wish(3, Verified, 50)), Asked::Granted, "they do not keep the verified out");
    assert_eq!(grants(&mut ledger), []);
    ledger.give_back(Verified, 50);
    assert_eq!(grants(&mut ledger), [], "nor does room for the verified let them in");
    ledger.verify(50);
    assert_eq!(grants(&mut ledger), [stranger]);
    assert_eq!(ledger.taken(), 51);
}

#[test]
fn a_stranger_at_the_half_does_not_keep_the_verified_waiting() {
    let mut ledger = Ledger::new(100, 10);
    assert_eq!(ledger.ask(wish(1, Unverified, 50)), Asked::Granted);
    assert_eq!(ledger.ask(wish(2, Verified, 50)), Asked::Granted);
    let stranger = waits(&mut ledger, wish(3, Unverified, 50));
    let verified = waits(&mut ledger, wish(4, Verified, 20));
    ledger.give_back(Verified, 50);
    assert_eq!(grants(&mut ledger), [verified]);
    ledger.give_back(Unverified, 50);
    assert_eq!(grants(&mut ledger), [stranger]);
}

#[test]
fn a_stranger_who_waits_for_room_is_not_overtaken_by_the_verified() {
    let mut ledger = exhausted();
    let stranger = waits(&mut ledger, wish(1, Unverified, 40));
    ledger.give_back(Verified, 30);
    assert_eq!(grants(&mut ledger), []);
    let verified = waits(&mut ledger, wish(2, Verified, 10));
    ledger.give_back(Verified, 20);
    assert_eq!(grants(&mut ledger), [verified, stranger], "in turns, the verified first");
}

#[test]
fn verified_and_unverified_alternate_when_both_wait() {
    let mut ledger = exhausted();
    let verified: Vec<_> = (0..3).map(|_| waits(&mut ledger, wish(1, Verified, 10))).collect();
    let unverified: Vec<_> = (0..3).map(|_| waits(&mut ledger, wish(2, Unverified, 10))).collect();
    ledger.give_back(Verified, 100);
    let expected = [verified[0], unverified[0], verified[1], unverified[1], verified[2], unverified[2]];
    assert_eq!(grants(&mut ledger), expected);
}

#[test]
fn as_many_wait_as_may_and_no_more() {
    let mut ledger = exhausted();
    let tickets: Vec<_> = (0..10).map(|_| waits(&mut ledger, wish(1, Verified, 1))).collect();
    assert_eq!(ledger.ask(wish(2, Verified, 1)), Asked::Full);
    assert!(ledger.withdraw(wish(1, Verified, 1), tickets[4]));
    waits(&mut ledger, wish(2, Verified, 1));
}

#[test]
fn whoever_withdraws_is_passed_over_and_its_bytes_stay_free() {
    let mut ledger = exhausted();
    let gone = waits(&mut ledger, wish(1, Verified, 90));
    let next = waits(&mut ledger, wish(2, Verified, 20));
    ledger.give_back(Verified, 30);
    assert_eq!(grants(&mut ledger), []);
    assert!(ledger.withdraw(wish(1, Verified, 90), gone));
    assert_eq!(grants(&mut ledger), [next]);
    assert!(!ledger.withdraw(wish(2, Verified, 20), next), "granted already");
    assert_eq!((ledger.taken(), ledger.waiting()), (90, 0));
    assert!(ledger.verified_lane.wishes.is_empty());
}

#[test]
fn a_turn_that_was_waited_away_is_the_next_clients() {
    let mut ledger = exhausted();
    let large: Vec<_> = (0..3).map(|_| waits(&mut ledger, wish(1, Verified, 90))).collect();
    let small = waits(&mut ledger, wish(2, Verified, 10));
    ledger.give_back(Verified, 30);
    assert_eq!(grants(&mut ledger), []);
    assert!(ledger.withdraw(wish(1, Verified, 90), large[0]));
    assert_eq!(grants(&mut ledger), [small]);
    // One that gives up behind its client's first takes no turn away.
    let waiting = waits(&mut ledger, wish(2, Verified, 10));
    assert!(ledger.withdraw(wish(1, Verified, 90), large[2]));
    assert_eq!(grants(&mut ledger), []);
    ledger.give_back(Verified, 80);
    assert_eq!(grants(&mut ledger), [large[1], waiting]);
}

#[test]
fn an_ipv6_client_is_its_network_and_a_mapped_address_its_ipv4_one() {
    let at = |address: &str| Client::at(address.parse().unwrap());
    assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
    assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
    assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
    assert_ne!(at("10.0.0.1"), at("10.0.0.2"));
}

/// Any sequence of steps keeps the sums, the bounds and the turns.
#[test]
fn the_sums_hold_whatever_happens() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for _ in 0..200 {
        let mut ledger = Ledger::new(100, 5);
        let mut held: Vec<(Standing, u64)> = Vec::new();
        let mut waiting: HashMap<Ticket, Wish> = HashMap::new();
        for _ in 0..200 {
            let standing = if next(2) == 0 { Verified } else { Unverified };
            let asked = wish(u8::try_from(next(4)).unwrap(), standing, 1 + next(50));
            match next(4) {
                0 | 1 => match ledger.ask(asked) {
                    Asked::Granted => held.push((asked.standing, asked.bytes)),
                    Asked::Waits(ticket) => drop(waiting.insert(ticket, asked)),
                    Asked::Full => assert_eq!(waiting.len(), 5),
                },
                2 if !held.is_empty() => {
                    let index = usize::try_from(next(held.len() as u64)).unwrap();
                    let (standing, bytes) = held.swap_remove(index);
                    if standing == Unverified && next(2) == 0 {
                        ledger.verify(bytes);
                        held.push((Verified, bytes));
                    } else {
                        ledger.give_back(standing, bytes);
                    }
                }
                _ => {
                    if let Some((&ticket, &wish)) = waiting.iter().next() {
                        assert!(ledger.withdraw(wish, ticket));
                        waiting.remove(&ticket);
                    }
                }
            }
            for ticket in grants(&mut ledger) {
                let wish = waiting.remove(&ticket).expect("granted once, and not after it was withdrawn");
                held.push((wish.standing, wish.bytes));
            }
            let unverified: u64 = held.iter().filter(|held| held.0 == Unverified).map(|held| held.1).sum();
            assert_eq!(ledger.taken(), held.iter().map(|held| held.1).sum::<u64>());
            assert_eq!(ledger.waiting(), waiting.len());
            assert!(ledger.taken() <= 100 && unverified <= 50);
            assert!(held.len() + waiting.len() == 0 || !held.is_empty(), "nobody waits for nothing");
        }
    }
}
