//! Users, their settings, brands, subscriptions and usage.

use domain::{
    Accent, AccountId, BlobKey, BotId, Brand, ChatId, ClockTime, Format, Handle, Language,
    SubscriptionId, SubscriptionSchedule, TimeZone, Topic, UserId,
};
use storage::{
    Changed, FirstWrite, Tx, references, settings,
    subscriptions::{self, Subscription, SubscriptionTerms},
    usage::{self, ModelCallUsage, UsageTotals},
    users::{self, NewUser, Profile, User},
};

use crate::database::{StorageTestDatabase, at, on_each_database, written};

on_each_database!(
    user_is_stored_once_and_changed_by_field,
    concurrent_first_contacts_make_one_user,
    users_are_paged_with_unreadable_rows,
    user_without_settings_has_defaults,
    concurrent_settings_changes_are_both_kept,
    avatar_blob_is_referenced_while_in_use,
    subscriptions_are_created_changed_and_removed,
    repeated_usage_entry_counts_once,
    usage_is_summed_up_by_user_and_day,
);

pub(crate) fn user(n: i64) -> NewUser {
    NewUser {
        id: UserId::parse(&format!("tg-{n}")).unwrap(),
        account: Some(AccountId::new(n)),
        profile: Profile { language: Some(Language::Ru), ..Profile::default() },
    }
}

pub(crate) async fn create_user(test_db: &StorageTestDatabase, new: &NewUser) -> FirstWrite<User> {
    written!(test_db, users::find_or_create, new, at(0)).unwrap()
}

pub(crate) async fn changed(
    test_db: &StorageTestDatabase,
    id: &UserId,
    change: fn(&mut Profile),
) -> Option<Changed<User>> {
    written!(test_db, users::change, id, at(1), change).unwrap()
}

async fn user_is_stored_once_and_changed_by_field(test_db: &StorageTestDatabase) {
    let new = user(7);
    let first = create_user(test_db, &new).await;
    assert!(first.fresh && !create_user(test_db, &new).await.fresh);

    let change = changed(test_db, &new.id, |profile| {
        profile.language = Some(Language::En);
        profile.unreachable_since = Some(at(5));
    });
    let change = change.await.unwrap();
    assert_eq!(change.fields, ["language", "unreachable_since"]);
    let found = users::find(&test_db.db.read(), &new.id).await.unwrap().unwrap();
    assert_eq!(found, change.value);
    assert!(found.updated_at > first.value.updated_at);
    let same = changed(test_db, &new.id, |profile| {
        profile.language = Some(Language::En);
    })
    .await;
    assert!(same.unwrap().fields.is_empty());
    let nobody = UserId::parse("tg-8").unwrap();
    assert_eq!(changed(test_db, &nobody, |_| {}).await, None);
}

async fn concurrent_first_contacts_make_one_user(test_db: &StorageTestDatabase) {
    let meetings = (0..10).map(|_| {
        let db = test_db.db.clone();
        tokio::spawn(async move {
            let new = &user(7);
            let meet = |tx: Tx| async move { users::find_or_create(&tx, new, at(0)).await };
            db.write(meet).await.unwrap().fresh
        })
    });
    let met = futures::future::join_all(meetings).await;
    assert_eq!(met.into_iter().filter(|fresh| *fresh.as_ref().unwrap()).count(), 1);
}

async fn users_are_paged_with_unreadable_rows(test_db: &StorageTestDatabase) {
    for n in 0..5 {
        create_user(test_db, &user(n)).await;
    }
    test_db.sql("UPDATE users SET id = 'no id' WHERE id = 'tg-1'").await;
    let (mut after, mut seen, mut bad) = (None, Vec::new(), 0);
    loop {
        let page = users::list(&test_db.db.read(), after.as_ref(), 2).await.unwrap();
        seen.extend(page.rows.into_iter().map(|user| user.id.to_string()));
        bad += page.unreadable.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen, bad), (vec!["tg-0".into(), "tg-2".into(), "tg-3".into(), "tg-4".into()], 1));
}

async fn user_without_settings_has_defaults(test_db: &StorageTestDatabase) {
    let read = test_db.db.read();
    let local = UserId::local();
    assert_eq!(
        settings::settings_of(&read, &local).await.unwrap(),
        domain::UserSettings::default()
    );
    assert_eq!(settings::brand_of(&read, &local).await.unwrap(), Brand::default());
    assert!(
        written!(test_db, settings::change_settings, &UserId::local(), at(0), |_| {})
            .unwrap()
            .fields
            .is_empty()
    );
}

async fn concurrent_settings_changes_are_both_kept(test_db: &StorageTestDatabase) {
    let changes: [fn(&mut domain::UserSettings); 2] = [
        |settings| settings.format = Some(Format::Square),
        |settings| settings.draft_review = true,
    ];
    let tasks = changes.into_iter().cycle().take(10).map(|change| {
        let db = test_db.db.clone();
        tokio::spawn(async move {
            let change = |tx: Tx| async move {
                settings::change_settings(&tx, &UserId::local(), at(0), change).await
            };
            db.write(change).await.unwrap()
        })
    });
    let changed = futures::future::join_all(tasks).await;
    let fields = changed.iter().map(|changed| changed.as_ref().unwrap().fields.len());
    assert_eq!(fields.sum::<usize>(), 2);
    let kept = settings::settings_of(&test_db.db.read(), &UserId::local()).await.unwrap();
    assert_eq!((kept.format, kept.draft_review), (Some(Format::Square), true));
}

async fn avatar_blob_is_referenced_while_in_use(test_db: &StorageTestDatabase) {
    let local = &UserId::local();
    let change = async |brand: &Brand| {
        let change = |tx: Tx| async move {
            let brand = brand.clone();
            settings::change_brand(&tx, local, at(0), |stored| *stored = brand).await
        };
        test_db.db.write(change).await.unwrap()
    };
    let avatars = [[1; 32], [2; 32]].map(|digest| BlobKey::new(&digest, "jpg").unwrap());
    let held = async || {
        let held = references::referenced(&test_db.db.read(), &avatars).await.unwrap();
        avatars.each_ref().map(|avatar| held.contains(avatar))
    };
    let mut brand = Brand {
        handle: Some(Handle::parse("@vibe").unwrap()),
        accent: Some(Accent::from([255, 136, 0])),
        avatar: Some(avatars[0].clone()),
        ..Brand::default()
    };
    assert_eq!(change(&brand).await.fields, ["handle", "accent", "avatar"]);
    assert_eq!(settings::brand_of(&test_db.db.read(), local).await.unwrap(), brand);
    assert_eq!(held().await, [true, false]);
    brand.avatar = Some(avatars[1].clone());
    assert_eq!(change(&brand).await.fields, ["avatar"]);
    assert_eq!(held().await, [false, true]);
    change(&Brand::default()).await;
    assert_eq!(held().await, [false, false]);
}

pub(crate) fn subscription(id: &str) -> Subscription {
    Subscription {
        id: SubscriptionId::parse(id).unwrap(),
        user: UserId::parse("tg-7").unwrap(),
        bot: BotId::new(1),
        chat: ChatId::new(7),
        thread: Some(3),
        terms: SubscriptionTerms {
            schedule: SubscriptionSchedule::daily(ClockTime::new(9, 30).unwrap()),
            time_zone: TimeZone::parse("Europe/Amsterdam").unwrap(),
            topic: Some(Topic::parse("Почему тесты важны").unwrap()),
            paused: false,
            pause_reason: None,
        },
        created_at: at(0),
    }
}

async fn subscriptions_are_created_changed_and_removed(test_db: &StorageTestDatabase) {
    let (daily, other) = (&subscription("daily-7"), &subscription("other-7"));
    let create = async |new: &Subscription| {
        let create = |tx: Tx| async move { subscriptions::create(&tx, new).await };
        test_db.db.write(create).await.unwrap()
    };
    let first = create(daily).await;
    assert!(first.fresh && !create(daily).await.fresh && create(other).await.fresh);
    assert_eq!(first.value.terms, daily.terms);

    let pause = |tx: Tx| async move {
        subscriptions::change(&tx, &daily.id, at(1), |terms| {
            terms.paused = true;
            terms.topic = None;
        })
        .await
    };
    let paused = test_db.db.write(pause).await.unwrap().unwrap();
    assert_eq!(paused.fields, ["topic", "paused"]);
    let mine = subscriptions::of_user(&test_db.db.read(), &daily.user, None, 10).await.unwrap();
    assert_eq!(mine.rows[0], paused.value);
    assert_eq!(mine.rows.len(), 2);

    let remove = |tx: Tx| async move { subscriptions::remove(&tx, &daily.id).await };
    assert!(test_db.db.write(remove).await.unwrap());
    assert!(!test_db.db.write(remove).await.unwrap());
    assert_eq!(subscriptions::list(&test_db.db.read(), None, 10).await.unwrap().rows.len(), 1);
}

fn call(id: &str, who: &str, day: i64, tokens: u64) -> ModelCallUsage {
    ModelCallUsage {
        id: id.to_owned(),
        user: UserId::parse(who).unwrap(),
        provider: "openai".to_owned(),
        model: "small".to_owned(),
        tokens_in: tokens,
        tokens_out: 2 * tokens,
        cost_micros: 3 * tokens,
        at: at(day * 86_400),
    }
}

async fn record_usage(test_db: &StorageTestDatabase, entries: &[ModelCallUsage]) -> u64 {
    written!(test_db, usage::record, entries).unwrap()
}

async fn repeated_usage_entry_counts_once(test_db: &StorageTestDatabase) {
    let calls = [call("1/write/0", "tg-7", 0, 10), call("1/write/1", "tg-7", 0, 20)];
    assert_eq!(record_usage(test_db, &calls).await, 2);
    assert_eq!(record_usage(test_db, &calls).await, 0);
    assert_eq!(record_usage(test_db, &[]).await, 0);
    let today = at(0).date_naive();
    let used = usage::of_day(&test_db.db.read(), &calls[0].user, today).await.unwrap();
    let wanted = UsageTotals { calls: 2, tokens_in: 30, tokens_out: 60, cost_micros: 90 };
    assert_eq!(used, wanted);
}

async fn usage_is_summed_up_by_user_and_day(test_db: &StorageTestDatabase) {
    let calls = [
        call("1", "tg-7", 0, 10),
        call("2", "tg-8", 0, 1),
        call("3", "tg-7", 1, 5),
        call("4", "tg-7", 9, 100),
    ];
    record_usage(test_db, &calls).await;
    let (first, last) = (at(0).date_naive(), at(86_400).date_naive());
    let sums = async |user: Option<&UserId>| {
        let days = usage::by_day(&test_db.db.read(), user, first, last).await.unwrap();
        days.into_iter().map(|(_, usage)| usage.tokens_in).collect::<Vec<_>>()
    };
    assert_eq!(sums(Some(&calls[0].user)).await, [10, 5]);
    assert_eq!(sums(None).await, [11, 5]);
    let nobody = usage::of_day(&test_db.db.read(), &UserId::local(), first).await.unwrap();
    assert_eq!(nobody, UsageTotals::default());

    assert_eq!(written!(test_db, usage::prune, last, 10).unwrap(), 2);
    assert_eq!(sums(None).await, [5]);
}
