//! Broadcasts: audience, claims and outcomes.

use domain::{
    AttemptId, BotId, BroadcastId, BroadcastState, ChatId, ClockTime, DailyTipTime, Language,
    SubscriptionSchedule, TimeZone, UserId,
    access::AccessList,
    delivery::{Delivery, DeliveryState, DeliveryStateName, RejectionKind, SendReport},
};
use storage::{
    FirstWrite, Tx,
    broadcasts::{
        self, Broadcast, BroadcastAudience, BroadcastStateChange, NewBroadcast, RecipientCounts,
    },
    ledger::LedgerError,
    subscriptions::{self, Subscription, SubscriptionTerms},
};

use crate::{
    database::{StorageTestDatabase, at, on_each_database, written},
    ledger::messages,
    people::{changed, create_user, user},
};

on_each_database!(
    broadcast_goes_to_reachable_news_subscribers,
    daily_tip_goes_to_its_time_slot,
    concurrent_claims_of_recipient_admit_one_sender,
    outcome_is_recorded_once_and_tallied,
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
    written!(test_db, broadcasts::create, new, at(0)).unwrap()
}

/// A user who wants news.
async fn create_news_subscriber(test_db: &StorageTestDatabase, n: i64) {
    create_user(test_db, &user(n)).await;
    changed(test_db, &user(n).id, |profile| profile.wants_news = true).await;
}

fn news() -> BroadcastId {
    BroadcastId::parse("news-1").unwrap()
}

async fn claim(test_db: &StorageTestDatabase, who: &UserId, by: &str) -> Delivery {
    let by = &AttemptId::parse(by).unwrap();
    written!(test_db, broadcasts::claim, &news(), who, by, at(1)).unwrap()
}

async fn record(
    test_db: &StorageTestDatabase,
    who: &UserId,
    by: &str,
    report: &SendReport,
) -> Result<Delivery, LedgerError> {
    let by = &AttemptId::parse(by).unwrap();
    written!(test_db, broadcasts::record, &news(), who, by, report, at(2))
}

async fn unfinished(test_db: &StorageTestDatabase) -> Vec<(UserId, ChatId)> {
    broadcasts::unfinished_recipients(&test_db.db.read(), &news(), None, 10).await.unwrap()
}

async fn tally(test_db: &StorageTestDatabase) -> RecipientCounts {
    broadcasts::count_recipients(&test_db.db.read(), &news()).await.unwrap()
}

async fn apply(test_db: &StorageTestDatabase, to: BroadcastStateChange) -> bool {
    written!(test_db, broadcasts::apply_action, &news(), to, at(3)).unwrap()
}

async fn finish(test_db: &StorageTestDatabase) -> Option<RecipientCounts> {
    written!(test_db, broadcasts::finish_if_complete, &news(), at(4)).unwrap()
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
    let chats: Vec<ChatId> = unfinished(test_db).await.into_iter().map(|(_, chat)| chat).collect();
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
                schedule: SubscriptionSchedule::daily(slot.time),
                time_zone: slot.zone.clone(),
                topic: None,
                paused,
                pause_reason: None,
            },
            created_at: at(0),
        };
        let stored = written!(test_db, subscriptions::create, subscription).unwrap().value;
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
    assert!(written!(test_db, broadcasts::create, new, at(0)).unwrap().fresh);
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

async fn concurrent_claims_of_recipient_admit_one_sender(test_db: &StorageTestDatabase) {
    create_for(test_db, 1).await;
    let who = unfinished(test_db).await.remove(0).0;
    let claims = (0..10).map(|n| {
        let (db, who) = (test_db.db.clone(), who.clone());
        tokio::spawn(async move {
            let (by, who) = (&AttemptId::parse(&n.to_string()).unwrap(), &who);
            let claim =
                |tx: Tx| async move { broadcasts::claim(&tx, &news(), who, by, at(1)).await };
            db.write(claim).await.unwrap().is_held_by(by)
        })
    });
    let claimed = futures::future::join_all(claims).await;
    assert_eq!(claimed.into_iter().filter(|claimed| *claimed.as_ref().unwrap()).count(), 1);
}

async fn outcome_is_recorded_once_and_tallied(test_db: &StorageTestDatabase) {
    create_for(test_db, 3).await;
    let all = unfinished(test_db).await;
    for (user, _) in &all {
        claim(test_db, user, "a").await;
    }
    let (sent, blocked, lost) = (&all[0].0, &all[1].0, &all[2].0);
    let first = record(test_db, sent, "a", &messages(10..11)).await.unwrap();
    assert_eq!(first.state().name(), DeliveryStateName::Sent);
    assert_eq!(record(test_db, sent, "a", &SendReport::Unknown).await.unwrap(), first);
    let stranger = record(test_db, blocked, "b", &SendReport::Unknown).await.unwrap_err();
    assert!(matches!(stranger, LedgerError::Refused { .. }), "{stranger}");
    let (reason, kind) = ("403".to_owned(), RejectionKind::ChatClosed);
    let gone = SendReport::Rejected { reason: reason.clone(), kind };
    record(test_db, blocked, "a", &gone).await.unwrap();
    assert_eq!(finish(test_db).await, None, "one is being written to");
    record(test_db, lost, "a", &SendReport::Unknown).await.unwrap();

    let read = test_db.db.read();
    let found = broadcasts::find_recipient(&read, &news(), sent).await.unwrap().unwrap();
    assert_eq!(found.message.map(domain::MessageId::get), Some(10));
    let found = broadcasts::find_recipient(&read, &news(), blocked).await.unwrap().unwrap();
    let last = AttemptId::parse("a").unwrap();
    assert_eq!(*found.delivery.state(), DeliveryState::Failed { last, reason, kind });
    let sums = RecipientCounts { sent: 1, failed: 1, unknown: 1, ..RecipientCounts::default() };
    assert_eq!(finish(test_db).await, Some(sums));
    let page = broadcasts::list::<String>(&read, None, 10).await.unwrap();
    assert_eq!(page.rows[0].state, BroadcastState::Done);
    assert!(page.rows[0].ended_at.is_some());
}

async fn paused_or_cancelled_broadcast_claims_no_recipient(test_db: &StorageTestDatabase) {
    create_for(test_db, 3).await;
    assert!(
        apply(test_db, BroadcastStateChange::Pause).await
            && !apply(test_db, BroadcastStateChange::Pause).await
    );
    let all = unfinished(test_db).await;
    let state =
        async |index: usize, by: &str| claim(test_db, &all[index].0, by).await.state().name();
    assert_eq!(state(0, "a").await, DeliveryStateName::Pending);
    assert!(apply(test_db, BroadcastStateChange::Resume).await);
    assert_eq!(state(0, "b").await, DeliveryStateName::Sending);
    assert!(
        apply(test_db, BroadcastStateChange::Cancel).await
            && !apply(test_db, BroadcastStateChange::Resume).await
    );
    assert_eq!(state(0, "c").await, DeliveryStateName::Sending);
    assert_eq!(state(1, "c").await, DeliveryStateName::Pending);
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
    let first = claim(test_db, who, "a").await;
    assert!(first.is_held_by(&AttemptId::parse("a").unwrap()));
    let second = claim(test_db, who, "b").await;
    assert_eq!(second.state().name(), DeliveryStateName::Unknown);
    assert_eq!(tally(test_db).await.unknown, 1);
    let late = record(test_db, who, "a", &messages(10..11)).await.unwrap();
    assert_eq!(late.state().name(), DeliveryStateName::Sent);
}
