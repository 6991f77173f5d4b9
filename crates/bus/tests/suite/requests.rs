//! Requests: read once, claimed from readers that died, refused into the dead letters, requeued.

use std::time::Duration;

use bus::{DEAD, DeadLetters, QueuedRequest, REQUESTS, RedisBus, RequestQueue};

use crate::{Setup, redis_server::RedisServer};

fn send(redis: &RedisServer, event: &str) {
    redis.cli(&["xadd", REQUESTS, "*", "event", event]);
}

fn texts(requests: &[QueuedRequest]) -> Vec<&str> {
    requests.iter().filter_map(|request| request.event.as_deref()).collect()
}

/// A reader that claims what others left at once.
fn reader(bus: &RedisBus, name: &str) -> RequestQueue {
    RequestQueue::new(bus.clone(), name).claiming_after(Duration::ZERO)
}

#[tokio::test]
async fn request_is_read_until_it_is_answered() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    send(&setup.redis, "a");
    send(&setup.redis, "b");
    let mut died = reader(&setup.bus, "died");
    assert_eq!(texts(&died.next().await.unwrap()), ["a", "b"]);
    drop(died);
    let mut lives = reader(&setup.bus, "lives");
    let claimed = lives.next().await.unwrap();
    assert_eq!(texts(&claimed), ["a", "b"]);
    assert_eq!(claimed[0].deliveries, 2);
    lives.answered(&claimed[0]).await.unwrap();
    let left = lives.next().await.unwrap();
    assert_eq!((texts(&left), left[0].deliveries), (vec!["b"], 3));
    // Keeping it counts as no delivery.
    lives.keep(&left).await.unwrap();
    lives.answered(&left[0]).await.unwrap();
    assert_eq!(RequestQueue::backlog(&setup.bus).await.unwrap(), 0);
}

#[tokio::test]
async fn refused_request_is_a_dead_letter_until_it_is_requeued() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    send(&setup.redis, "bad");
    setup.redis.cli(&["xadd", REQUESTS, "*", "other", "field"]);
    let mut queue = reader(&setup.bus, "one");
    let requests = queue.next().await.unwrap();
    for request in &requests {
        queue.refuse(request, "because").await.unwrap();
    }
    let dead = DeadLetters::new(setup.bus.clone());
    let letters = dead.newest(10).await.unwrap();
    assert_eq!(dead.count().await.unwrap(), 2);
    assert_eq!((letters[0].reason.as_str(), letters[0].event.as_str()), ("because", ""));
    assert_eq!((letters[1].event.as_str(), &letters[1].entry), ("bad", &requests[0].entry));
    assert!(dead.requeue(&letters[1].id).await.unwrap());
    assert!(!dead.requeue(&letters[1].id).await.unwrap());
    assert_eq!(texts(&queue.next().await.unwrap()), ["bad"]);
    assert_eq!(setup.redis.cli(&["xlen", DEAD]), "1");
}

#[tokio::test]
async fn reader_survives_a_restart_and_the_loss_of_its_group() {
    let Some(mut setup) = Setup::start_or_skip().await else { return };
    send(&setup.redis, "a");
    let mut queue = reader(&setup.bus, "one");
    let first = queue.next().await.unwrap();
    queue.answered(&first[0]).await.unwrap();
    setup.redis.kill();
    assert!(queue.next().await.is_err());
    setup.redis.start();
    send(&setup.redis, "b");
    let second = queue.next().await.unwrap();
    assert_eq!(texts(&second), ["b"]);
    queue.answered(&second[0]).await.unwrap();
    setup.redis.kill_and_erase();
    setup.redis.start();
    send(&setup.redis, "c");
    // The connection breaks once; then the group is made again.
    let third = match queue.next().await {
        Ok(third) => third,
        Err(_) => queue.next().await.unwrap(),
    };
    assert_eq!(texts(&third), ["c"]);
}
