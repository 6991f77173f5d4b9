//! Broadcasts: audience, claims and outcomes.

use domain::{
    Attempt, BotId, BroadcastId, Cadence, ChatId, ClockTime, Language, TimeSlot, TimeZone, UserId,
    access::AccessList, delivery::StateName,
};
use storage::{
    Stored, Tx,
    broadcasts::{self, Audience, Broadcast, NewBroadcast, Recipient, State, Tally, Turn},
    ledger::Report,
    subscriptions::{self, Subscription, Terms},
};

use crate::{
    bed::{Bed, at, on_each_database},
    ledger::messages,
    people::{changed, met, user},
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

async fn made(bed: &Bed, recipients: i64) -> Stored<Broadcast<String>> {
    for n in 1..=recipients {
        interested(bed, n).await;
    }
    let new = &NewBroadcast {
        id: news(),
        author: UserId::parse("tg-1").unwrap(),
        bot: BotId::new(1),
        message: "Новости".to_owned(),
        audience: Audience::News,
        access: AccessList::default(),
    };
    let create = |tx: Tx| async move { broadcasts::create(&tx, new, at(0)).await };
    bed.db.write(create).await.unwrap()
}

/// A user who wants news.
async fn interested(bed: &Bed, n: i64) {
    met(bed, &user(n)).await;
    changed(bed, &user(n).id, |profile| profile.wants_news = true).await;
}

fn news() -> BroadcastId {
    BroadcastId::parse("news-1").unwrap()
}

async fn claimed(bed: &Bed, by: &str, limit: u32) -> Vec<Recipient> {
    let by = &Attempt::parse(by).unwrap();
    let claim = |tx: Tx| async move { broadcasts::claim(&tx, &news(), by, limit, at(1)).await };
    bed.db.write(claim).await.unwrap()
}

async fn recorded(
    bed: &Bed,
    who: &UserId,
    by: &str,
    report: &Report,
) -> Result<bool, broadcasts::RecordError> {
    let by = &Attempt::parse(by).unwrap();
    let record =
        |tx: Tx| async move { broadcasts::record(&tx, &news(), who, by, report, at(2)).await };
    bed.db.write(record).await
}

async fn tally(bed: &Bed) -> Tally {
    broadcasts::tally(&bed.db.read(), &news()).await.unwrap()
}

async fn turned(bed: &Bed, to: Turn) -> bool {
    let turn = |tx: Tx| async move { broadcasts::turn(&tx, &news(), to, at(3)).await };
    bed.db.write(turn).await.unwrap()
}

async fn concluded(bed: &Bed) -> Option<Tally> {
    let conclude = |tx: Tx| async move { broadcasts::conclude(&tx, &news(), at(4)).await };
    bed.db.write(conclude).await.unwrap()
}

async fn broadcast_goes_to_reachable_news_subscribers(bed: &Bed) {
    for n in 1..=4 {
        interested(bed, n).await;
    }
    // A user who never opted in gets no news.
    met(bed, &user(6)).await;
    let lock = |profile: &mut storage::users::Profile| profile.lock = Some(crate::access::lock());
    changed(bed, &user(2).id, lock).await;
    changed(bed, &user(3).id, |profile| {
        profile.unreachable_since = Some(at(0));
    })
    .await;
    let mut local = user(9);
    local.account = None;
    local.profile.wants_news = true;
    met(bed, &local).await;
    let broadcast = made(bed, 0).await;
    assert!(broadcast.fresh);
    assert_eq!(broadcast.value.message, "Новости");
    // A later user is not included, also if the broadcast is created again.
    interested(bed, 5).await;
    assert!(!made(bed, 0).await.fresh);
    let chats: Vec<ChatId> = claimed(bed, "a", 10)
        .await
        .iter()
        .map(|one| one.chat)
        .collect();
    assert_eq!(chats, [ChatId::new(1), ChatId::new(4)]);
}

async fn daily_tip_goes_to_its_time_slot(bed: &Bed) {
    let slot = |bot: i64, hour: u8, zone: &str| TimeSlot {
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
        met(bed, &new).await;
        let subscription = &Subscription {
            id: subscriptions::wisdom_of(slot.bot, &new.id).unwrap(),
            user: new.id.clone(),
            bot: slot.bot,
            chat: ChatId::new(n),
            thread: None,
            terms: Terms {
                cadence: Cadence::Daily(slot.time),
                time_zone: slot.zone.clone(),
                topic: None,
                paused,
                pause_reason: None,
            },
            created_at: at(0),
        };
        let create = |tx: Tx| async move { subscriptions::create(&tx, subscription).await };
        let stored = bed.db.write(create).await.unwrap().value;
        assert_eq!(subscriptions::slot_of(&stored), Some(slot));
    }
    let stop = |profile: &mut storage::users::Profile| profile.unreachable_since = Some(at(0));
    changed(bed, &user(6).id, stop).await;
    let (read, audience) = (bed.db.read(), Audience::Slot(berlin.clone()));
    let all = &AccessList::default();
    let size = broadcasts::size(&read, &audience, all, at(2)).await;
    assert_eq!(size.unwrap(), 2);
    let spoken = broadcasts::languages(&read, &audience, all, at(2)).await;
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
    assert!(bed.db.write(create).await.unwrap().fresh);
    let found = broadcasts::waiting(&read, &new.id, None, 10).await.unwrap();
    assert_eq!(
        found.iter().map(|(_, chat)| chat.get()).collect::<Vec<_>>(),
        [1, 7]
    );
    // A slot is also taken by users who can't be reached, but not by paused subscriptions.
    changed(bed, &user(1).id, stop).await;
    changed(bed, &user(7).id, stop).await;
    assert!(subscriptions::slot_is_taken(&read, &berlin).await.unwrap());
    let free = slot(1, 10, "Europe/Berlin");
    assert!(!subscriptions::slot_is_taken(&read, &free).await.unwrap());
    let nobody = broadcasts::size(&read, &Audience::Slot(berlin), all, at(2)).await;
    assert_eq!(nobody.unwrap(), 0);
}

async fn no_recipient_is_claimed_twice(bed: &Bed) {
    made(bed, 40).await;
    let claims = (0..10).map(|n| {
        let db = bed.db.clone();
        tokio::spawn(async move {
            let by = &Attempt::parse(&n.to_string()).unwrap();
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
    assert_eq!(tally(bed).await.sending, all as u64);
}

async fn outcome_is_recorded_once_and_tallied(bed: &Bed) {
    made(bed, 3).await;
    let claimed = claimed(bed, "a", 10).await;
    let (sent, blocked, lost) = (&claimed[0].user, &claimed[1].user, &claimed[2].user);
    assert!(recorded(bed, sent, "a", &messages(10..11)).await.unwrap());
    assert!(!recorded(bed, sent, "a", &messages(10..11)).await.unwrap());
    let stranger = recorded(bed, blocked, "b", &Report::Lost)
        .await
        .unwrap_err();
    assert!(
        matches!(stranger, broadcasts::RecordError::Refused { .. }),
        "{stranger}"
    );
    let gone = Report::Rejected("403".to_owned());
    assert!(recorded(bed, blocked, "a", &gone).await.unwrap());
    assert_eq!(concluded(bed).await, None, "one is being written to");
    assert!(recorded(bed, lost, "a", &Report::Lost).await.unwrap());

    let read = bed.db.read();
    let found = broadcasts::find_recipient(&read, &news(), sent)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.message.map(domain::MessageId::get), Some(10));
    let sums = Tally {
        sent: 1,
        failed: 1,
        unknown: 1,
        ..Tally::default()
    };
    assert_eq!(concluded(bed).await, Some(sums));
    let page = broadcasts::list::<String>(&read, None, 10).await.unwrap();
    assert_eq!(page.rows[0].state, State::Done);
    assert!(page.rows[0].ended_at.is_some());
}

async fn recipients_of_dead_attempt_become_unknown(bed: &Bed) {
    made(bed, 3).await;
    let claimed = claimed(bed, "a", 2).await;
    let bury = async |before| {
        let bury =
            |tx: Tx| async move { broadcasts::declare_dead(&tx, &news(), before, at(60)).await };
        bed.db.write(bury).await.unwrap()
    };
    assert_eq!((bury(at(1)).await, bury(at(30)).await), (0, 2));
    let read = bed.db.read();
    let one = &claimed[0].user;
    let found = broadcasts::find_recipient(&read, &news(), one)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.delivery.state().name(), StateName::Unknown);
    assert!(
        recorded(bed, one, "a", &messages(10..11)).await.unwrap(),
        "heard late"
    );
    let sums = Tally {
        pending: 1,
        sent: 1,
        unknown: 1,
        ..Tally::default()
    };
    assert_eq!(tally(bed).await, sums);
}

async fn paused_or_cancelled_broadcast_claims_no_recipient(bed: &Bed) {
    made(bed, 3).await;
    assert!(turned(bed, Turn::Pause).await && !turned(bed, Turn::Pause).await);
    assert!(claimed(bed, "a", 1).await.is_empty());
    assert!(turned(bed, Turn::Resume).await);
    assert_eq!(claimed(bed, "b", 1).await.len(), 1);
    assert!(turned(bed, Turn::Cancel).await && !turned(bed, Turn::Resume).await);
    assert!(claimed(bed, "c", 1).await.is_empty());
}

async fn second_claim_of_recipient_makes_it_unknown(bed: &Bed) {
    made(bed, 3).await;
    let reader = bed.db.read();
    let ask = |after: Option<UserId>, limit| {
        let reader = reader.clone();
        async move {
            let found = broadcasts::waiting(&reader, &news(), after.as_ref(), limit).await;
            found.unwrap()
        }
    };
    let all = ask(None, 10).await;
    assert_eq!(all.len(), 3);
    assert_eq!(ask(Some(all[0].0.clone()), 1).await, all[1..2]);
    let list = &AccessList::default();
    let size = broadcasts::size(&reader, &Audience::News, list, at(0)).await;
    assert_eq!(size.unwrap(), 3);

    let who = &all[0].0;
    let claim = |by: &str| {
        let by = Attempt::parse(by).unwrap();
        let (db, who) = (bed.db.clone(), who.clone());
        async move {
            let (by, who) = (&by, &who);
            let claim =
                |tx: Tx| async move { broadcasts::claim_one(&tx, &news(), who, by, at(1)).await };
            db.write(claim).await.unwrap()
        }
    };
    let first = claim("a").await.unwrap();
    assert!(first.delivery.belongs_to(&Attempt::parse("a").unwrap()));
    let second = claim("b").await.unwrap();
    assert_eq!(second.delivery.state().name(), StateName::Unknown);
    assert_eq!(tally(bed).await.unknown, 1);
    turned(bed, Turn::Pause).await;
    assert!(claim("c").await.is_none());
}
