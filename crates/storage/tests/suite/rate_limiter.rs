//! The rate limiter of a bot's messages, over all its processes.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use domain::{BotId, ChatId};
use events::Timestamp;
use storage::rate_limiter::{
    self, RateDecision, RateLimited, RateLimitedSender, RateLimiter, SendPurpose,
};
use tokio::sync::Notify;

use crate::database::{StorageTestDatabase, at, on_each_database, written};

on_each_database!(
    message_above_the_rate_waits,
    deliveries_leave_a_share_for_replies,
    waiting_reply_blocks_deliveries,
    album_waits_for_its_whole_size,
    rates_are_per_bot,
    wrong_clock_does_not_block_senders,
    many_processes_share_one_rate,
    timeout_returns_the_remaining_wait,
    clock_is_read_when_the_row_is_locked,
    unreadable_rate_row_counts_as_empty,
    private_chat_accepts_a_burst_then_one_a_second,
    group_accepts_twenty_messages_a_minute,
    retry_after_holds_for_all_senders_of_a_chat,
    waiting_chat_does_not_hold_up_others,
    older_rate_row_is_read,
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
    // Chats of their own, so that only the bot's rate counts.
    let chat = ChatId::new(1_000 + CHATS.fetch_add(1, Relaxed));
    in_chat(test_db, bot, (purpose, chat), messages, at).await
}

static CHATS: AtomicI64 = AtomicI64::new(0);

async fn in_chat(
    test_db: &StorageTestDatabase,
    bot: i64,
    (purpose, chat): (SendPurpose, ChatId),
    messages: u32,
    at: Timestamp,
) -> RateDecision {
    let speaker = sender(bot, purpose);
    let now = || at;
    written!(test_db, rate_limiter::try_acquire, speaker, chat, messages, now).unwrap()
}

fn chat_after(ms: i64) -> RateDecision {
    RateDecision::ChatRetryAfter(TimeDelta::milliseconds(ms))
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
        (0..20).map(|n| {
            let (line, sent) = (line.clone(), Arc::clone(&sent));
            let chat = ChatId::new(n);
            tokio::spawn(async move {
                // A timeout in the queue is not a refusal: ask until there is one.
                loop {
                    match line.wait(chat, 1, patience, || began).await {
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
    let other = ChatId::new(8);
    let refused = line.wait(other, 1, Duration::from_millis(100), || began).await;
    let Err(RateLimited::RetryAfter(wait)) = refused else { panic!("{refused:?}") };
    assert_eq!(wait, Duration::from_millis(1_400));
    // With enough time it is admitted: by then the clock has advanced.
    line.wait(other, 1, minute, Utc::now).await.unwrap();
}

async fn clock_is_read_when_the_row_is_locked(test_db: &StorageTestDatabase) {
    let other_process = test_db.reopen().await;
    let (locked, unlock) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let holding = tokio::spawn({
        let (locked, unlock) = (Arc::clone(&locked), Arc::clone(&unlock));
        async move {
            let hold = |tx| {
                let (locked, unlock) = (Arc::clone(&locked), Arc::clone(&unlock));
                async move {
                    let sender = sender(BOT, SendPurpose::Reply);
                    rate_limiter::try_acquire(&tx, sender, CHAT, 1, Utc::now).await?;
                    locked.notify_one();
                    unlock.notified().await;
                    Ok::<_, storage::StorageError>(())
                }
            };
            other_process.write(hold).await.unwrap();
            other_process.close().await.unwrap();
        }
    });
    locked.notified().await;

    let line = RateLimiter::new(test_db.db.clone(), sender(BOT, SendPurpose::Reply));
    let reads = AtomicI64::new(0);
    let clock = || {
        reads.fetch_add(1, Relaxed);
        Utc::now()
    };
    let mut waiting = pin!(line.wait(CHAT, 1, Duration::from_secs(60), clock));
    let while_locked = tokio::time::timeout(Duration::from_millis(200), waiting.as_mut()).await;
    assert!(while_locked.is_err());
    assert_eq!(reads.load(Relaxed), 0);
    unlock.notify_one();
    waiting.await.unwrap();
    assert_eq!(reads.load(Relaxed), 1);
    holding.await.unwrap();
}

async fn unreadable_rate_row_counts_as_empty(test_db: &StorageTestDatabase) {
    assert_eq!(acquire(test_db, SendPurpose::Reply, 30, ms(0)).await, RateDecision::Now);
    test_db.sql("UPDATE paces SET sent = 'soon'").await;
    assert_eq!(acquire(test_db, SendPurpose::Reply, 30, ms(1)).await, RateDecision::Now);
    assert_eq!(acquire(test_db, SendPurpose::Reply, 1, ms(2)).await, after(1_399));
}

const REPLY: SendPurpose = SendPurpose::Reply;

async fn private_chat_accepts_a_burst_then_one_a_second(test_db: &StorageTestDatabase) {
    let send = |messages, ms_| in_chat(test_db, BOT, (REPLY, CHAT), messages, ms(ms_));
    assert_eq!(send(10, 0).await, RateDecision::Now);
    assert_eq!(send(8, 2_000).await, RateDecision::Now);
    // 18 messages need 18 seconds, of which 4 have passed; there is room for 4 more.
    assert_eq!(send(10, 4_000).await, chat_after(6_000));
    assert_eq!(send(4, 4_000).await, RateDecision::Now);
    assert_eq!(send(1, 4_000).await, chat_after(1_000));
    let other = (REPLY, ChatId::new(8));
    assert_eq!(in_chat(test_db, BOT, other, 10, ms(4_000)).await, RateDecision::Now);
    assert_eq!(send(1, 5_000).await, RateDecision::Now);
    // More than the burst counts as the burst.
    assert_eq!(send(19, 60_000).await, RateDecision::Now);
}

async fn group_accepts_twenty_messages_a_minute(test_db: &StorageTestDatabase) {
    let send = |messages, at| in_chat(test_db, BOT, (REPLY, ChatId::new(-5)), messages, ms(at));
    assert_eq!(send(10, 0).await, RateDecision::Now);
    assert_eq!(send(10, 2_000).await, RateDecision::Now);
    assert_eq!(send(1, 10_000).await, chat_after(52_000));
    assert_eq!(send(10, 62_000).await, RateDecision::Now);
    assert_eq!(send(1, 62_000).await, chat_after(2_000));
}

async fn retry_after_holds_for_all_senders_of_a_chat(test_db: &StorageTestDatabase) {
    let (wait, bot) = (Duration::from_secs(7), BotId::new(BOT));
    written!(test_db, rate_limiter::silence, bot, CHAT, wait, ms(0)).unwrap();
    for purpose in [SendPurpose::Reply, SendPurpose::Delivery] {
        let of = |chat| in_chat(test_db, BOT, (purpose, chat), 1, ms(1_000));
        assert_eq!(of(CHAT).await, chat_after(6_000));
        assert_eq!(of(ChatId::new(8)).await, RateDecision::Now);
    }
    // A shorter one does not end it; a day is the longest.
    let second = Duration::from_secs(1);
    written!(test_db, rate_limiter::silence, bot, CHAT, second, ms(2_000)).unwrap();
    let of = |at| in_chat(test_db, BOT, (REPLY, CHAT), 1, ms(at));
    assert_eq!(of(6_999).await, chat_after(1));
    assert_eq!(of(7_000).await, RateDecision::Now);
    let year = Duration::from_secs(365 * 86_400);
    written!(test_db, rate_limiter::silence, bot, CHAT, year, ms(8_000)).unwrap();
    assert_eq!(of(9_000).await, RateDecision::Now, "no such time can be right");
}

async fn waiting_chat_does_not_hold_up_others(test_db: &StorageTestDatabase) {
    let line = RateLimiter::new(test_db.db.clone(), sender(BOT, REPLY));
    let (hour, minute) = (Duration::from_secs(3_600), Duration::from_secs(60));
    line.silence(CHAT, hour, Utc::now()).await.unwrap();
    let refused = line.wait(CHAT, 1, minute, Utc::now).await;
    assert!(matches!(refused, Err(RateLimited::RetryAfter(wait)) if wait > minute), "{refused:?}");
    let soon = Duration::from_secs(2);
    let busy = ChatId::new(9);
    line.silence(busy, soon, Utc::now()).await.unwrap();
    let waiting = tokio::spawn({
        let line = line.clone();
        async move { line.wait(busy, 1, minute, Utc::now).await }
    });
    line.wait(ChatId::new(8), 1, soon, Utc::now).await.unwrap();
    waiting.await.unwrap().unwrap();
}

async fn older_rate_row_is_read(test_db: &StorageTestDatabase) {
    assert_eq!(acquire(test_db, REPLY, 1, ms(0)).await, RateDecision::Now);
    let until = ms(1_000).timestamp_micros();
    let row = format!(r#"{{"counting":[[{until},30]],"answers_wait":0}}"#);
    test_db.sql(&format!("UPDATE paces SET sent = '{row}'")).await;
    assert_eq!(acquire(test_db, REPLY, 1, ms(0)).await, after(1_000));
}
