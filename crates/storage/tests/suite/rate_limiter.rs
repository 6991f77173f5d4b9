//! The rate limiter of a bot's messages, over all its processes.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use domain::{BotId, ChatId};
use events::Timestamp;
use storage::{
    Tx,
    rate_limiter::{self, RateDecision, RateLimited, RateLimitedSender, RateLimiter, SendPurpose},
};

use crate::database::{StorageTestDatabase, at, on_each_database};

on_each_database!(
    message_above_the_rate_waits,
    deliveries_leave_a_share_for_replies,
    waiting_reply_blocks_deliveries,
    album_waits_for_its_whole_size,
    rates_are_per_bot,
    wrong_clock_does_not_block_senders,
    many_processes_share_one_rate,
    timeout_returns_the_remaining_wait,
    unreadable_rate_row_counts_as_empty,
);

const BOT: i64 = 42;
const CHAT: ChatId = ChatId::new(7);

fn sender(bot: i64, purpose: SendPurpose) -> RateLimitedSender {
    RateLimitedSender { bot: BotId::new(bot), rate: 30, purpose }
}

async fn acquire(
    test_db: &StorageTestDatabase,
    purpose: SendPurpose,
    messages: u32,
    at: Timestamp,
) -> RateDecision {
    of_bot(test_db, BOT, purpose, messages, at).await
}

async fn of_bot(
    test_db: &StorageTestDatabase,
    bot: i64,
    purpose: SendPurpose,
    messages: u32,
    at: Timestamp,
) -> RateDecision {
    let speaker = sender(bot, purpose);
    let admit = |tx: Tx| async move { rate_limiter::try_acquire(&tx, speaker, messages, at).await };
    test_db.db.write(admit).await.unwrap()
}

fn ms(ms: i64) -> Timestamp {
    at(0) + TimeDelta::milliseconds(ms)
}

fn after(ms: i64) -> RateDecision {
    RateDecision::RetryAfter(TimeDelta::milliseconds(ms))
}

async fn message_above_the_rate_waits(test_db: &StorageTestDatabase) {
    for n in 0..30 {
        assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(n)).await, RateDecision::Now);
    }
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(150)).await, after(1_000));
    // A refused sender has taken nothing: at the given time, the first message no longer counts.
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(1_149)).await, after(1));
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(1_150)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(1_150)).await, after(1));
}

async fn deliveries_leave_a_share_for_replies(test_db: &StorageTestDatabase) {
    for _ in 0..22 {
        assert_eq!(acquire(test_db, SendPurpose::Delivery, 1, ms(0)).await, RateDecision::Now);
    }
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 1, ms(0)).await, after(1_150));
    for _ in 0..8 {
        assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(0)).await, RateDecision::Now);
    }
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(0)).await, after(1_150));
}

async fn waiting_reply_blocks_deliveries(test_db: &StorageTestDatabase) {
    for _ in 0..30 {
        assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(0)).await, RateDecision::Now);
    }
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(10)).await, after(1_140));
    // There is room, but it is reserved for the waiting reply.
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 1, ms(1_150)).await, after(10));
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(1_150)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 1, ms(1_160)).await, RateDecision::Now);
}

async fn album_waits_for_its_whole_size(test_db: &StorageTestDatabase) {
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 10, ms(0)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(100)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 10, ms(200)).await, RateDecision::Now);
    // 21 count; the first album's ten have to expire.
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 10, ms(250)).await, after(1_150));
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 1, ms(250)).await, RateDecision::Now);
    // More than the rate: counts as the whole rate, if nothing else counts.
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 99, ms(250)).await, after(1_350));
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 99, ms(1_600)).await, RateDecision::Now);
}

async fn rates_are_per_bot(test_db: &StorageTestDatabase) {
    for bot in [1, 2] {
        assert_eq!(of_bot(test_db, bot, SendPurpose::Reply, 30, ms(0)).await, RateDecision::Now);
    }
    assert_eq!(of_bot(test_db, 1, SendPurpose::Reply, 1, ms(0)).await, after(1_400));
}

async fn wrong_clock_does_not_block_senders(test_db: &StorageTestDatabase) {
    let hour = 3_600_000;
    assert_eq!(acquire(test_db, SendPurpose::Reply, 30, ms(hour)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(hour)).await, after(1_400));
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 22, ms(0)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Delivery, 1, ms(10)).await, after(1_390));
}

async fn many_processes_share_one_rate(test_db: &StorageTestDatabase) {
    let (a, b) = (test_db.reopen().await, test_db.reopen().await);
    let sent = Arc::new(std::sync::Mutex::new(Vec::new()));
    // All of them ask at the same time, so that the sum does not depend on the test's speed.
    let (began, patience) = (Utc::now(), Duration::ZERO);
    let lines = [
        RateLimiter::new(a.clone(), sender(BOT, SendPurpose::Reply)),
        RateLimiter::new(b.clone(), sender(BOT, SendPurpose::Reply)),
        RateLimiter::new(b.clone(), sender(BOT, SendPurpose::Delivery)),
    ];
    let asking = lines.iter().flat_map(|line| {
        (0..20).map(|_| {
            let (line, sent) = (line.clone(), Arc::clone(&sent));
            tokio::spawn(async move {
                // A timeout in the queue is not a refusal: ask until there is one.
                loop {
                    match line.wait(CHAT, 1, patience, || began).await {
                        Ok(()) => return sent.lock().unwrap().push(()),
                        Err(RateLimited::RetryAfter(wait)) if wait.is_zero() => {}
                        Err(RateLimited::RetryAfter(_)) => return,
                        Err(error) => panic!("{error}"),
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
    });
    for asked in futures::future::join_all(asking).await {
        asked.unwrap();
    }
    assert_eq!(sent.lock().unwrap().len(), 30);
    a.close().await.unwrap();
    b.close().await.unwrap();
}

async fn timeout_returns_the_remaining_wait(test_db: &StorageTestDatabase) {
    let line = RateLimiter::new(test_db.db.clone(), sender(BOT, SendPurpose::Reply));
    let (began, minute) = (Utc::now(), Duration::from_secs(60));
    line.wait(CHAT, 30, minute, || began).await.unwrap();
    let refused = line.wait(CHAT, 1, Duration::from_millis(100), || began).await;
    let Err(RateLimited::RetryAfter(wait)) = refused else { panic!("{refused:?}") };
    assert_eq!(wait, Duration::from_millis(1_400));
    // With enough time it is admitted: by then the clock has advanced.
    line.wait(CHAT, 1, minute, Utc::now).await.unwrap();
}

async fn unreadable_rate_row_counts_as_empty(test_db: &StorageTestDatabase) {
    assert_eq!(acquire(test_db, SendPurpose::Reply, 30, ms(0)).await, RateDecision::Now);
    test_db.sql("UPDATE paces SET sent = 'soon'").await;
    assert_eq!(acquire(test_db, SendPurpose::Reply, 30, ms(1)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(2)).await, after(1_399));
}
