//! Stored locks, and the SQL form of the access decision compared with the code.

use std::time::{Duration, SystemTime};

use chrono::SubsecRound as _;
use domain::{
    AccountId, BotId, BroadcastId, PauseReason, UserId,
    access::{Access, AccessList, AccessLock, AccessRefusal},
};
use storage::{
    Tx,
    broadcasts::{self, BroadcastAudience, NewBroadcast},
    subscriptions, users,
};

use crate::{
    database::{StorageTestDatabase, at, on_each_database, written},
    people::{changed, create_user, user},
};

on_each_database!(
    lock_is_stored_listed_and_expires,
    block_of_older_version_never_expires,
    audience_sql_matches_access_decision,
    pause_keeps_its_first_reason,
);

/// A lock from second 2 to second 4.
pub(crate) fn lock() -> AccessLock {
    // With the precision of the databases.
    let kept = |seconds| at(seconds).trunc_subsecs(6).into();
    AccessLock {
        reason: "спам".to_owned(),
        until: Some(kept(4)),
        by: AccountId::new(99),
        at: kept(1),
    }
}

fn permanent_lock() -> AccessLock {
    AccessLock { until: None, ..lock() }
}

async fn lock_is_stored_listed_and_expires(test_db: &StorageTestDatabase) {
    let (ann, bob) = (user(1), user(2));
    create_user(test_db, &ann).await;
    create_user(test_db, &bob).await;
    let change = changed(test_db, &ann.id, |profile| profile.lock = Some(lock())).await;
    assert_eq!(change.unwrap().fields, ["lock"]);
    changed(test_db, &bob.id, |profile| {
        profile.lock = Some(permanent_lock());
    })
    .await;
    let read = test_db.db.read();
    let found = users::find(&read, &ann.id).await.unwrap().unwrap();
    assert_eq!(found.profile.lock, Some(lock()));

    let list = &AccessList::default();
    let locked = Access::Refused(AccessRefusal::Locked(lock()));
    let access = async |now| users::access(&read, list, &ann.id, at(now)).await.unwrap();
    assert_eq!(access(3).await, locked);
    assert_eq!(access(4).await, Access::Allowed);
    let ids = async |now| {
        let locked = users::list_locked(&read, at(now), 10).await.unwrap();
        locked.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(3).await, [ann.id.clone(), bob.id.clone()]);
    assert_eq!(ids(4).await, std::slice::from_ref(&bob.id));

    changed(test_db, &bob.id, |profile| profile.lock = None).await;
    let found = users::find(&read, &bob.id).await.unwrap().unwrap();
    assert_eq!(found.profile.lock, None);
    let stranger = UserId::of_account(AccountId::new(3));
    let invited = &AccessList { allowed: vec![1], owners: Vec::new() };
    let access = users::access(&read, invited, &stranger, at(3)).await;
    assert_eq!(access.unwrap(), Access::Refused(AccessRefusal::NotListed));
    let local = users::access(&read, invited, &UserId::local(), at(3)).await;
    assert_eq!(local.unwrap(), Access::Allowed);
}

async fn block_of_older_version_never_expires(test_db: &StorageTestDatabase) {
    let ann = user(1);
    create_user(test_db, &ann).await;
    test_db.sql("UPDATE users SET blocked = TRUE WHERE id = 'tg-1'").await;
    let read = test_db.db.read();
    let list = AccessList::default();
    let years = Duration::from_secs(20 * 365 * 86_400);
    let later = (SystemTime::from(at(0)) + years).into();
    let access = users::access(&read, &list, &ann.id, later).await.unwrap();
    let Access::Refused(AccessRefusal::Locked(lock)) = access else {
        panic!("{access:?}");
    };
    assert_eq!((lock.reason.as_str(), lock.until), ("", None));
}

/// Every kind of person with every kind of access list, before and after a lock ends.
async fn audience_sql_matches_access_decision(test_db: &StorageTestDatabase) {
    for n in 1..=7 {
        let mut new = user(n);
        new.profile.wants_news = true;
        new.profile.is_admin = n == 3 || n == 5;
        new.profile.is_allowed = n >= 6;
        new.profile.lock = match n {
            2 | 5 | 6 => Some(lock()),
            4 => Some(permanent_lock()),
            _ => None,
        };
        create_user(test_db, &new).await;
    }
    let read = test_db.db.read();
    let lists: [(&[i64], &[i64]); 4] =
        [(&[], &[]), (&[1, 2, 4], &[]), (&[2], &[6]), (&[9], &[1, 4])];
    for (n, (allowed, owners)) in lists.into_iter().enumerate() {
        let list = AccessList { allowed: allowed.to_vec(), owners: owners.to_vec() };
        for now in [3, 4] {
            let mut expected = Vec::new();
            for n in 1..=7 {
                let access = users::access(&read, &list, &user(n).id, at(now)).await;
                if access.unwrap().refusal().is_none() {
                    expected.push(n);
                }
            }
            let new = &NewBroadcast {
                id: BroadcastId::parse(&format!("list-{n}-{now}")).unwrap(),
                author: UserId::local(),
                bot: BotId::new(1),
                message: "News".to_owned(),
                audience: BroadcastAudience::News,
                access: list.clone(),
            };
            written!(test_db, broadcasts::create, new, at(now)).unwrap();
            let found = broadcasts::unfinished_recipients(&read, &new.id, None, 10).await.unwrap();
            let found: Vec<i64> = found.iter().map(|(_, chat)| chat.get()).collect();
            assert_eq!(found, expected, "{list:?} at {now}");
            let size =
                broadcasts::audience_size(&read, &BroadcastAudience::News, &list, at(now)).await;
            assert_eq!(size.unwrap(), expected.len() as u64);
        }
    }
}

async fn pause_keeps_its_first_reason(test_db: &StorageTestDatabase) {
    let new = &crate::people::subscription("daily-7");
    written!(test_db, subscriptions::create, new).unwrap();
    let pause = async |reason| {
        let pause = |tx: Tx| async move {
            subscriptions::change(&tx, &new.id, at(1), |terms| terms.pause(reason)).await
        };
        test_db.db.write(pause).await.unwrap().unwrap()
    };
    let paused = pause(PauseReason::Access).await;
    assert_eq!(paused.fields, ["paused", "pause_reason"]);
    assert!(pause(PauseReason::Person).await.fields.is_empty());
    let stored = subscriptions::find(&test_db.db.read(), &new.id).await;
    let terms = stored.unwrap().unwrap().terms;
    assert_eq!(terms.pause_reason, Some(PauseReason::Access));
    let resumed = written!(
        test_db,
        subscriptions::change,
        &new.id,
        at(2),
        subscriptions::SubscriptionTerms::resume
    )
    .unwrap()
    .unwrap();
    assert_eq!(resumed.value.terms.pause_reason, None);
}
