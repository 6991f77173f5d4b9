//! Broadcasts: audience, claims and outcomes.

use domain::{
    AttemptId, BotId, BroadcastId, ChatId, ClockTime, DailyTipTime, Language, SubscriptionSchedule,
    TimeZone, UserId, access::AccessList, delivery::DeliveryStateName,
};
use storage::{
    FirstWrite, Tx,
    broadcasts::{
        self, Broadcast, BroadcastAudience, BroadcastRecipient, BroadcastState,
        BroadcastStateChange, NewBroadcast, RecipientCounts,
    },
    ledger::SendReport,
    subscriptions::{self, Subscription, SubscriptionTerms},
};

use crate::{
    database::{StorageTestDatabase, at, on_each_database},
    ledger::messages,
    people::{changed, create_user, user},
};

on_each_database!(
    broadcast_goes_to_reachable_news_subscribers,
    daily_tip_goes_to_its_time_slot,
    no_recipient_is_claimed_twice,
    outcome_is_recorded_once_and_tallied,
    recipients_of_dead_attempt_become_unknown,
    paused_or_cancelled_broadcast_claims_no_recipient,
    second_claim_of_recipient_makes_it_unknown,
);

async fn create_for(
    test_db: &StorageTestDatabase,
    recipients: i64,
) -> FirstWrite<Broadcast<String>> {
    for n in 1..=recipients {
        create_news_subscriber(test_db, n).await;
    }
    let new = &NewBroadcast {
        id: news(),
        author: UserId::parse("tg-1").unwrap(),
        bot: BotId::new(1),
        message: "Новости".to_owned(),
        audience: BroadcastAudience::News,
        access: AccessList::default(),
    };
    let create = |tx: Tx| async move { broadcasts::create(&tx, new, at(0)).await };
    test_db.db.write(create).await.unwrap()
}

/// A user who wants news.
async fn create_news_subscriber(test_db: &StorageTestDatabase, n: i64) {
    create_user(test_db, &user(n)).await;
    changed(test_db, &user(n).id, |profile| profile.wants_news = true).await;
}

fn news() -> BroadcastId {
    BroadcastId::parse("news-1").unwrap()
}

async fn claim(test_db: &StorageTestDatabase, by: &str, limit: u32) -> Vec<BroadcastRecipient> {
    let by = &AttemptId::parse(by).unwrap();
    let claim = |tx: Tx| async move { broadcasts::claim(&tx, &news(), by, limit, at(1)).await };
    test_db.db.write(claim).await.unwrap()
}

async fn record(
    test_db: &StorageTestDatabase,
    who: &UserId,
    by: &str,
    report: &SendReport,
) -> Result<bool, broadcasts::RecordRecipientError> {
    let by = &AttemptId::parse(by).unwrap();
    let record =
        |tx: Tx| async move { broadcasts::record(&tx, &news(), who, by, report, at(2)).await };
    test_db.db.write(record).await
}

async fn tally(test_db: &StorageTestDatabase) -> RecipientCounts {
    broadcasts::count_recipients(&test_db.db.read(), &news()).await.unwrap()
}

async fn apply(test_db: &StorageTestDatabase, to: BroadcastStateChange) -> bool {
    let turn = |tx: Tx| async move { broadcasts::apply_action(&tx, &news(), to, at(3)).await };
    test_db.db.write(turn).await.unwrap()
}

async fn finish(test_db: &StorageTestDatabase) -> Option<RecipientCounts> {
    let conclude =
        |tx: Tx| async move { broadcasts::finish_if_complete(&tx, &news(), at(4)).await };
    test_db.db.write(conclude).await.unwrap()
}

async fn broadcast_goes_to_reachable_news_subscribers(test_db: &StorageTestDatabase) {
    for n in 1..=4 {
        create_news_subscriber(test_db, n).await;
    }
    // A user who never opted in gets no news.
    create_user(test_db, &user(6)).await;
    let lock = |profile: &mut storage::users::Profile| profile.lock = Some(crate::access::lock());
    changed(test_db, &user(2).id, lock).await;
    changed(test_db, &user(3).id, |profile| {
        profile.unreachable_since = Some(at(0));
    })
    .await;
    let mut local = user(9);
    local.account = None;
    local.profile.wants_news = true;
    create_user(test_db, &local).await;
    let broadcast = create_for(test_db, 0).await;
    assert!(broadcast.fresh);
    assert_eq!(broadcast.value.message, "Новости");
    // A later user is not included, also if the broadcast is created again.
    create_news_subscriber(test_db, 5).await;
    assert!(!create_for(test_db, 0).await.fresh);
    let chats: Vec<ChatId> = claim(test_db, "a", 10).await.iter().map(|one| one.chat).collect();
    assert_eq!(chats, [ChatId::new(1), ChatId::new(4)]);
}

async fn daily_tip_goes_to_its_time_slot(test_db: &StorageTestDatabase) {
    let slot = |bot: i64, hour: u8, zone: &str| DailyTipTime {
        bot: BotId::new(bot),
        time: ClockTime::new(hour, 0).unwrap(),
        zone: TimeZone::parse(zone).unwrap(),
    };
    let berlin = slot(1, 8, "Europe/Berlin");
    let rows = [
        (1, berlin.clone(), false),
        (2, berlin.clone(), true),
        (3, slot(1, 9, "Europe/Berlin"), false),
        (4, slot(1, 8, "Europe/Paris"), false),
        (5, slot(2, 8, "Europe/Berlin"), false),
        (6, berlin.clone(), false),
        (7, berlin.clone(), false),
    ];
    for (n, slot, paused) in rows {
        let mut new = user(n);
        new.profile.language = Some(if n == 7 { Language::En } else { Language::Ru });
        create_user(test_db, &new).await;
        let subscription = &Subscription {
            id: subscriptions::daily_tip_id(slot.bot, &new.id).unwrap(),
            user: new.id.clone(),
            bot: slot.bot,
            chat: ChatId::new(n),
            thread: None,
            terms: SubscriptionTerms {
                schedule: SubscriptionSchedule::Daily(slot.time),
                time_zone: slot.zone.clone(),
                topic: None,
                paused,
                pause_reason: None,
            },
            created_at: at(0),
        };
        let create = |tx: Tx| async move { subscriptions::create(&tx, subscription).await };
        let stored = test_db.db.write(create).await.unwrap().value;
        assert_eq!(subscriptions::slot_of(&stored), Some(slot));
    }
    let stop = |profile: &mut storage::users::Profile| profile.unreachable_since = Some(at(0));
    changed(test_db, &user(6).id, stop).await;
    let (read, audience) = (test_db.db.read(), BroadcastAudience::DailyTip(berlin.clone()));
    let all = &AccessList::default();
    let size = broadcasts::audience_size(&read, &audience, all, at(2)).await;
    assert_eq!(size.unwrap(), 2);
    let spoken = broadcasts::audience_languages(&read, &audience, all, at(2)).await;
    let spoken = spoken.unwrap();
    assert_eq!(spoken, [Language::Ru, Language::En]);
    let new = &NewBroadcast {
        id: BroadcastId::parse(&berlin.name()).unwrap(),
        author: UserId::parse("bot-1").unwrap(),
        bot: BotId::new(1),
        message: "Мысль".to_owned(),
        audience,
        access: AccessList::default(),
    };
    let create = |tx: Tx| async move { broadcasts::create(&tx, new, at(0)).await };
    assert!(test_db.db.write(create).await.unwrap().fresh);
    let found = broadcasts::unfinished_recipients(&read, &new.id, None, 10).await.unwrap();
    assert_eq!(found.iter().map(|(_, chat)| chat.get()).collect::<Vec<_>>(), [1, 7]);
    // A slot is also taken by users who can't be reached, but not by paused subscriptions.
    changed(test_db, &user(1).id, stop).await;
    changed(test_db, &user(7).id, stop).await;
    assert!(subscriptions::slot_has_subscribers(&read, &berlin).await.unwrap());
    let free = slot(1, 10, "Europe/Berlin");
    assert!(!subscriptions::slot_has_subscribers(&read, &free).await.unwrap());
    let nobody =
        broadcasts::audience_size(&read, &BroadcastAudience::DailyTip(berlin), all, at(2)).await;
    assert_eq!(nobody.unwrap(), 0);
}

async fn no_recipient_is_claimed_twice(test_db: &StorageTestDatabase) {
    create_for(test_db, 40).await;
    let claims = (0..10).map(|n| {
        let db = test_db.db.clone();
        tokio::spawn(async move {
            let by = &AttemptId::parse(&n.to_string()).unwrap();
            let claim = |tx: Tx| async move { broadcasts::claim(&tx, &news(), by, 3, at(1)).await };
            db.write(claim).await.unwrap()
        })
    });
    let claimed = futures::future::join_all(claims).await;
    let users = claimed.iter().flat_map(|claimed| claimed.as_ref().unwrap());
    let mut users: Vec<&str> = users.map(|one| one.user.as_str()).collect();
    let all = users.len();
    users.sort_unstable();
    users.dedup();
    assert_eq!(users.len(), all);
    assert_eq!(tally(test_db).await.sending, all as u64);
}

async fn outcome_is_recorded_once_and_tallied(test_db: &StorageTestDatabase) {
    create_for(test_db, 3).await;
    let claimed = claim(test_db, "a", 10).await;
    let (sent, blocked, lost) = (&claimed[0].user, &claimed[1].user, &claimed[2].user);
    assert!(record(test_db, sent, "a", &messages(10..11)).await.unwrap());
    assert!(!record(test_db, sent, "a", &messages(10..11)).await.unwrap());
    let stranger = record(test_db, blocked, "b", &SendReport::Unknown).await.unwrap_err();
    assert!(matches!(stranger, broadcasts::RecordRecipientError::Refused { .. }), "{stranger}");
    let gone = SendReport::Rejected("403".to_owned());
    assert!(record(test_db, blocked, "a", &gone).await.unwrap());
    assert_eq!(finish(test_db).await, None, "one is being written to");
    assert!(record(test_db, lost, "a", &SendReport::Unknown).await.unwrap());

    let read = test_db.db.read();
    let found = broadcasts::find_recipient(&read, &news(), sent).await.unwrap().unwrap();
    assert_eq!(found.message.map(domain::MessageId::get), Some(10));
    let sums = RecipientCounts { sent: 1, failed: 1, unknown: 1, ..RecipientCounts::default() };
    assert_eq!(finish(test_db).await, Some(sums));
    let page = broadcasts::list::<String>(&read, None, 10).await.unwrap();
    assert_eq!(page.rows[0].state, BroadcastState::Done);
    assert!(page.rows[0].ended_at.is_some());
}

async fn recipients_of_dead_attempt_become_unknown(test_db: &StorageTestDatabase) {
    create_for(test_db, 3).await;
    let claimed = claim(test_db, "a", 2).await;
    let bury = async |before| {
        let bury = |tx: Tx| async move {
            broadcasts::mark_stale_unknown(&tx, &news(), before, at(60)).await
        };
        test_db.db.write(bury).await.unwrap()
    };
    assert_eq!((bury(at(1)).await, bury(at(30)).await), (0, 2));
    let read = test_db.db.read();
    let one = &claimed[0].user;
    let found = broadcasts::find_recipient(&read, &news(), one).await.unwrap().unwrap();
    assert_eq!(found.delivery.state().name(), DeliveryStateName::Unknown);
    assert!(record(test_db, one, "a", &messages(10..11)).await.unwrap(), "heard late");
    let sums = RecipientCounts { pending: 1, sent: 1, unknown: 1, ..RecipientCounts::default() };
    assert_eq!(tally(test_db).await, sums);
}

async fn paused_or_cancelled_broadcast_claims_no_recipient(test_db: &StorageTestDatabase) {
    create_for(test_db, 3).await;
    assert!(
        apply(test_db, BroadcastStateChange::Pause).await
            && !apply(test_db, BroadcastStateChange::Pause).await
    );
    assert!(claim(test_db, "a", 1).await.is_empty());
    assert!(apply(test_db, BroadcastStateChange::Resume).await);
    assert_eq!(claim(test_db, "b", 1).await.len(), 1);
    assert!(
        apply(test_db, BroadcastStateChange::Cancel).await
            && !apply(test_db, BroadcastStateChange::Resume).await
    );
    assert!(claim(test_db, "c", 1).await.is_empty());
}

async fn second_claim_of_recipient_makes_it_unknown(test_db: &StorageTestDatabase) {
    create_for(test_db, 3).await;
    let reader = test_db.db.read();
    let ask = |after: Option<UserId>, limit| {
        let reader = reader.clone();
        async move {
            let found =
                broadcasts::unfinished_recipients(&reader, &news(), after.as_ref(), limit).await;
            found.unwrap()
        }
    };
    let all = ask(None, 10).await;
    assert_eq!(all.len(), 3);
    assert_eq!(ask(Some(all[0].0.clone()), 1).await, all[1..2]);
    let list = &AccessList::default();
    let size = broadcasts::audience_size(&reader, &BroadcastAudience::News, list, at(0)).await;
    assert_eq!(size.unwrap(), 3);

    let who = &all[0].0;
    let claim = |by: &str| {
        let by = AttemptId::parse(by).unwrap();
        let (db, who) = (test_db.db.clone(), who.clone());
        async move {
            let (by, who) = (&by, &who);
            let claim =
                |tx: Tx| async move { broadcasts::claim_one(&tx, &news(), who, by, at(1)).await };
            db.write(claim).await.unwrap()
        }
    };
    let first = claim("a").await.unwrap();
    assert!(first.delivery.is_held_by(&AttemptId::parse("a").unwrap()));
    let second = claim("b").await.unwrap();
    assert_eq!(second.delivery.state().name(), DeliveryStateName::Unknown);
    assert_eq!(tally(test_db).await.unknown, 1);
    apply(test_db, BroadcastStateChange::Pause).await;
    assert!(claim("c").await.is_none());
}
