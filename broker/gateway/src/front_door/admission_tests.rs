use std::time::Duration;

use super::*;

fn admission() -> Arc<Admission> {
    Arc::new(Admission::new(100, 4, Duration::from_secs(1)))
}

fn client(last: u8) -> Client {
    Client::at([10, 0, 0, last].into())
}

#[tokio::test(start_paused = true)]
async fn a_request_that_gets_no_bytes_within_a_second_goes_without() {
    let admission = admission();
    let all = admission.acquire(client(1), Standing::Verified, 100).await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(admission.acquire(client(2), Standing::Verified, 1).await.unwrap_err(), NoPermit);
    assert_eq!(begun.elapsed().as_millis() / 10, 100);
    assert_eq!((admission.held_bytes(), admission.waiting()), (100, 0));
    drop(all);
    assert_eq!(admission.held_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_given_back_wake_whoever_waits() {
    let admission = admission();
    let all = admission.acquire(client(1), Standing::Verified, 100).await.unwrap();
    let waiting = tokio::spawn({
        let admission = Arc::clone(&admission);
        async move { admission.acquire(client(2), Standing::Verified, 30).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(admission.waiting(), 1);
    all.shrink_to(70);
    let granted = waiting.await.unwrap().unwrap();
    assert_eq!((granted.bytes(), admission.held_bytes()), (30, 100));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_while_it_waits_leaves_nothing_behind() {
    let admission = admission();
    let all = admission.acquire(client(1), Standing::Verified, 100).await.unwrap();
    let waiting = tokio::spawn({
        let admission = Arc::clone(&admission);
        async move { admission.acquire(client(2), Standing::Verified, 30).await }
    });
    tokio::task::yield_now().await;
    // Granted, and gone before it is polled again.
    drop(all);
    assert_eq!(admission.held_bytes(), 30);
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!((admission.held_bytes(), admission.waiting()), (0, 0));
    assert!(admission.lock().bells.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_signature_that_proves_right_makes_room_for_strangers() {
    let admission = admission();
    let mut first = admission.acquire(client(1), Standing::Unverified, 50).await.unwrap();
    assert_eq!(admission.acquire(client(2), Standing::Unverified, 10).await.unwrap_err(), NoPermit);
    first.verified();
    first.verified();
    let second = admission.acquire(client(2), Standing::Unverified, 50).await.unwrap();
    drop(first);
    assert_eq!(admission.held_bytes(), 50);
    drop(second);
    assert_eq!(admission.held_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn more_than_there_will_ever_be_is_cut_to_what_there_is() {
    let admission = admission();
    assert_eq!(admission.acquire(client(1), Standing::Unverified, 1000).await.unwrap().bytes(), 50);
    let mut permit = admission.acquire(client(1), Standing::Verified, 1000).await.unwrap();
    permit.shrink_to(10);
    permit.grow_to(1000).await.unwrap();
    assert_eq!((permit.bytes(), admission.held_bytes()), (100, 100));
}

#[tokio::test(start_paused = true)]
async fn growing_waits_in_turn_and_keeps_what_it_has_when_it_fails() {
    let admission = admission();
    let mut permit = admission.acquire(client(1), Standing::Verified, 20).await.unwrap();
    let other = admission.acquire(client(2), Standing::Verified, 70).await.unwrap();
    assert_eq!(permit.grow_to(40).await, Err(NoPermit));
    assert_eq!((permit.bytes(), admission.held_bytes()), (20, 90));
    drop(other);
    permit.grow_to(40).await.unwrap();
    drop(permit);
    assert_eq!(admission.held_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_says_so_and_a_crowd_no_more_often() {
    let admission = admission();
    let mut pressed = admission.pressed();
    let _all = admission.acquire(client(1), Standing::Verified, 100).await.unwrap();
    assert!(!pressed.has_changed().unwrap());
    for _ in 0..3 {
        let admission = Arc::clone(&admission);
        tokio::spawn(async move { admission.acquire(client(2), Standing::Verified, 1).await });
    }
    let mut times = Vec::new();
    while timeout(Duration::from_secs(2), pressed.changed()).await.is_ok() {
        times.push(Instant::now());
    }
    assert_eq!(times.len(), 4);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(250)));
}
