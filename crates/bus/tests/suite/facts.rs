//! Facts leave in order, and nothing is lost while Redis is away, full, read-only, or lost its data.

use bus::{FACTS, TrimRule};
use redis::{AsyncCommands as _, streams::StreamRangeReply};
use storage::outbox::backlog;

use crate::{Setup, expected, fact};

#[tokio::test]
async fn entry_has_the_event_and_what_a_consumer_filters_by() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    setup.write("carousel-cli-1", 0..2).await;
    assert_eq!(setup.relay().await, Ok(2));
    let all: StreamRangeReply =
        setup.bus_connection().await.xrange_all(FACTS).await.expect("it is up");
    let [first, _] = all.ids.as_slice() else { panic!("two entries") };
    assert_eq!(first.get::<String>("type").as_deref(), Some("history.logged"));
    let event: String = first.get("event").expect("it has one");
    let event: events::Event = serde_json::from_str(&event).expect("CloudEvents JSON");
    assert_eq!(event.id, fact("carousel-cli-1", 0).id);
    assert_eq!(first.get::<String>("id").as_deref(), Some(event.id.as_str()));
}

#[tokio::test]
async fn outage_only_delays_facts() {
    let Some(mut setup) = Setup::start_or_skip().await else { return };
    setup.write("carousel-cli-1", 0..3).await;
    assert_eq!(setup.relay().await, Ok(3));
    setup.redis.kill();
    setup.write("carousel-cli-1", 3..6).await;
    assert!(setup.relay().await.is_err());
    assert_eq!(backlog(&setup.db.read(), 100).await.unwrap(), 3);
    setup.redis.start();
    assert_eq!(setup.relay_again().await, Ok(3));
    assert_eq!(setup.ids().await, expected("carousel-cli-1", 0..6));
    assert_eq!(backlog(&setup.db.read(), 100).await.unwrap(), 0);
}

#[tokio::test]
async fn lost_stream_is_filled_from_the_outbox() {
    let Some(mut setup) = Setup::start_or_skip().await else { return };
    setup.write("carousel-cli-1", 0..3).await;
    assert_eq!(setup.relay().await, Ok(3));
    setup.redis.kill_and_erase();
    setup.write("carousel-cli-1", 3..4).await;
    assert!(setup.relay().await.is_err());
    setup.redis.start();
    assert_eq!(setup.relay_again().await, Ok(1));
    assert_eq!(setup.ids().await, expected("carousel-cli-1", 0..4));
}

#[tokio::test]
async fn lost_end_of_the_stream_is_filled_from_the_outbox() {
    let Some(mut setup) = Setup::start_or_skip().await else { return };
    setup.write("carousel-cli-1", 0..5).await;
    assert_eq!(setup.relay().await, Ok(5));
    // As after a restart from an older file.
    let mut redis = setup.bus_connection().await;
    let all: StreamRangeReply = redis.xrange_all(FACTS).await.expect("it is up");
    let lost: Vec<&str> = all.ids.iter().skip(3).map(|entry| entry.id.as_str()).collect();
    let _: u64 = redis.xdel(FACTS, &lost).await.expect("it is up");
    setup.redis.kill();
    setup.write("carousel-cli-1", 5..6).await;
    assert!(setup.relay().await.is_err());
    setup.redis.start();
    assert_eq!(setup.relay_again().await, Ok(1));
    assert_eq!(setup.ids().await, expected("carousel-cli-1", 0..6));
}

#[tokio::test]
async fn full_or_read_only_redis_takes_all_of_a_batch_or_nothing() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    for (name, breaks, mends) in [
        (
            "full",
            &["config", "set", "maxmemory", "1"][..],
            &["config", "set", "maxmemory", "0"][..],
        ),
        ("read-only", &["replicaof", "127.0.0.1", "1"], &["replicaof", "no", "one"]),
    ] {
        let carousel = format!("carousel-cli-{name}");
        setup.redis.cli(breaks);
        setup.write(&carousel, 0..10).await;
        let refused = setup.relay().await.expect_err(name);
        assert!(
            refused.contains("OOM")
                || refused.contains("READONLY")
                || refused.contains("read only"),
            "{refused}"
        );
        setup.redis.cli(mends);
        assert_eq!(setup.relay().await, Ok(10), "{name}");
        let ids = setup.ids().await;
        assert!(ids.ends_with(&expected(&carousel, 0..10)), "{name}");
        assert_eq!(ids.len() % 10, 0, "{name}: nothing was added twice");
    }
}

#[tokio::test]
async fn trimming_keeps_what_a_group_has_not_acknowledged() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    let at_once = TrimRule { keep_ms: 0, longest: 1_000 };
    assert_eq!(setup.publisher.trim(at_once).await.unwrap().acknowledged, 0, "no stream yet");
    setup.write("carousel-cli-1", 0..10).await;
    setup.relay().await.unwrap();
    setup.redis.cli(&["xgroup", "create", FACTS, "slow", "0"]);
    setup.redis.cli(&["xreadgroup", "group", "slow", "a", "count", "4", "streams", FACTS, ">"]);
    let trimmed = setup.publisher.trim(at_once).await.unwrap();
    assert_eq!((trimmed.acknowledged, trimmed.dropped), (0, 0), "four are not acknowledged");
    let four: StreamRangeReply =
        setup.bus_connection().await.xrange_count(FACTS, "-", "+", 4).await.unwrap();
    for entry in &four.ids {
        setup.redis.cli(&["xack", FACTS, "slow", &entry.id]);
    }
    let trimmed = setup.publisher.trim(at_once).await.unwrap();
    assert_eq!((trimmed.acknowledged, trimmed.dropped), (4, 0));
    // A week has not passed.
    let usual = TrimRule { longest: 1_000, ..TrimRule::default() };
    assert_eq!(setup.publisher.trim(usual).await.unwrap().acknowledged, 0);
    let short = TrimRule { longest: 2, ..TrimRule::default() };
    let trimmed = setup.publisher.trim(short).await.unwrap();
    assert_eq!((trimmed.acknowledged, trimmed.dropped), (0, 4), "the group loses four");
    assert_eq!(setup.ids().await, expected("carousel-cli-1", 8..10));
}
