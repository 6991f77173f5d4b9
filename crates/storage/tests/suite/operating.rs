//! What owners see: incidents, failing model services, kinds of failure, costs by model.

use chrono::SubsecRound as _;
use domain::{BotId, failure::FailureKind};
use events::Timestamp;
use storage::{
    bot_pictures,
    carousels::{self, UndoOutcome},
    incidents::{self, Incident, IncidentKind, IncidentName},
    provider_failures::{self, ProviderCall},
    stats, usage, users,
};

use crate::{
    database::{StorageTestDatabase, id, new_carousel, on_each_database, saved_draft, written},
    people::{create_user, user},
};

on_each_database!(
    incident_lives_until_its_end_is_told,
    success_ends_a_row_of_failures,
    failures_are_counted_by_kind,
    own_limit_replaces_the_usual_one,
    bot_picture_is_replaced,
    costs_are_summed_by_model,
);

const BOT: BotId = BotId::new(1);

/// With the precision of the databases.
fn at(seconds: i64) -> Timestamp {
    crate::database::at(seconds).trunc_subsecs(6)
}

fn name(kind: IncidentKind, about: &str) -> IncidentName {
    IncidentName { bot: BOT, kind, about: about.to_owned() }
}

async fn incident_lives_until_its_end_is_told(test_db: &StorageTestDatabase) {
    let reader = test_db.db.read();
    let list = async || incidents::list(&reader, BOT).await.unwrap();
    let told = async |incident: &Incident, seconds| {
        written!(test_db, incidents::mark_told, incident, at(seconds)).unwrap();
    };
    let down = &name(IncidentKind::ProviderDown, "openai");
    written!(test_db, incidents::begin, down, "http 500", at(1)).unwrap();
    written!(test_db, incidents::begin, down, "http 503", at(2)).unwrap();
    let begun = list().await.remove(0);
    assert_eq!((begun.began_at, begun.reason.as_str()), (at(1), "http 503"));
    assert_eq!((begun.told_at, begun.ended_at), (None, None));
    told(&begun, 3).await;
    assert_eq!(list().await[0].told_at, Some(at(3)));

    written!(test_db, incidents::end, down, at(4)).unwrap();
    let ended = list().await.remove(0);
    assert_eq!(ended.ended_at, Some(at(4)));
    // It begins again before the owners know of its end: it continues.
    written!(test_db, incidents::begin, down, "http 500", at(5)).unwrap();
    told(&ended, 5).await;
    assert_eq!((list().await[0].began_at, list().await[0].ended_at), (at(1), None));
    written!(test_db, incidents::end, down, at(6)).unwrap();
    told(&list().await.remove(0), 7).await;
    assert!(list().await.is_empty());
    // Nothing has begun.
    let other = &name(IncidentKind::NotReceiving, "");
    written!(test_db, incidents::end, other, at(8)).unwrap();
    assert!(list().await.is_empty());
}

async fn success_ends_a_row_of_failures(test_db: &StorageTestDatabase) {
    let call = |provider: &str, failure: Option<&str>, seconds| ProviderCall {
        provider: provider.to_owned(),
        failure: failure.map(str::to_owned),
        at: at(seconds),
    };
    let calls = &[
        call("openai", Some("timeout"), 1),
        call("anthropic", Some("http 529"), 2),
        call("openai", Some("http 500"), 3),
        call("anthropic", None, 4),
    ];
    written!(test_db, provider_failures::record, calls).unwrap();
    let failing = provider_failures::list(&test_db.db.read()).await.unwrap();
    let [openai] = failing.as_slice() else { panic!("{failing:?}") };
    assert_eq!((openai.provider.as_str(), openai.failures), ("openai", 2));
    assert_eq!((openai.reason.as_str(), openai.since, openai.last_at), ("http 500", at(1), at(3)));
    let works = &[call("openai", None, 5)];
    written!(test_db, provider_failures::record, works).unwrap();
    assert!(provider_failures::list(&test_db.db.read()).await.unwrap().is_empty());
}

async fn failures_are_counted_by_kind(test_db: &StorageTestDatabase) {
    for (key, kind) in [
        ("1", FailureKind::ProviderFailed),
        ("2", FailureKind::SlideRefused),
        ("3", FailureKind::ProviderFailed),
    ] {
        test_db.opened(&new_carousel(key)).await.unwrap();
        test_db.saved(&id(key), &saved_draft("w")).await;
        let (carousel, outcome) = (&id(key), UndoOutcome::Failed(kind));
        written!(test_db, carousels::abandon, carousel, outcome, "why", at(5)).unwrap();
    }
    test_db.opened(&new_carousel("4")).await.unwrap();
    let (carousel, cancelled) = (&id("4"), UndoOutcome::Cancelled);
    written!(test_db, carousels::abandon, carousel, cancelled, "asked", at(5)).unwrap();
    let reader = test_db.db.read();
    let kinds = stats::failures_by_kind(&reader, at(0)).await.unwrap();
    assert_eq!(kinds, [(FailureKind::ProviderFailed, 2), (FailureKind::SlideRefused, 1)]);
    let recent = stats::failures(&reader, at(0), 2).await.unwrap();
    assert_eq!(recent.len(), 2);
    assert_eq!((recent[0].reason.as_str(), recent[0].at), ("why", at(5)));
    // A row of an older version has no kind.
    test_db.sql("UPDATE carousels SET failure_kind = NULL").await;
    let kinds = stats::failures_by_kind(&reader, at(0)).await.unwrap();
    assert_eq!(kinds, [(FailureKind::Unrecognized, 3)]);
}

async fn own_limit_replaces_the_usual_one(test_db: &StorageTestDatabase) {
    let new = user(7);
    create_user(test_db, &new).await;
    let quota = async |usual| {
        let reader = test_db.db.read();
        carousels::daily_quota(&reader, &new.id, usual).await.unwrap()
    };
    assert_eq!(quota(Some(5)).await, Some(5));
    let limit = |profile: &mut users::Profile| profile.carousels_per_day = Some(2);
    let person = &new.id;
    let changed = written!(test_db, users::change, person, at(1), limit).unwrap();
    assert_eq!(changed.unwrap().fields, ["carousels_per_day"]);
    assert_eq!((quota(Some(5)).await, quota(None).await), (Some(2), Some(2)));
    let none = |profile: &mut users::Profile| profile.carousels_per_day = None;
    written!(test_db, users::change, person, at(2), none).unwrap();
    assert_eq!(quota(None).await, None);
}

async fn bot_picture_is_replaced(test_db: &StorageTestDatabase) {
    let find = async |bot| bot_pictures::find(&test_db.db.read(), bot, "sample").await.unwrap();
    assert_eq!(find(BOT).await, None);
    for file in ["one", "two"] {
        written!(test_db, bot_pictures::store, BOT, "sample", file, at(1)).unwrap();
        assert_eq!(find(BOT).await.as_deref(), Some(file));
    }
    assert_eq!(find(BotId::new(2)).await, None, "file ids belong to one bot");
}

async fn costs_are_summed_by_model(test_db: &StorageTestDatabase) {
    let call = |n: u64, model: &str, cost_micros| usage::ModelCallUsage {
        id: format!("w/{n}"),
        user: user(1).id,
        provider: "openai".to_owned(),
        model: model.to_owned(),
        tokens_in: 10,
        tokens_out: 5,
        cost_micros,
        at: at(0),
    };
    let calls = &[call(1, "small", 5), call(2, "large", 100), call(3, "small", 6)];
    written!(test_db, usage::record, calls).unwrap();
    let day = at(0).date_naive();
    let found = usage::by_model(&test_db.db.read(), day, day).await.unwrap();
    let found: Vec<_> =
        found.iter().map(|(model, sum)| (model.as_str(), sum.calls, sum.cost_micros)).collect();
    assert_eq!(found, [("large", 1, 100), ("small", 2, 11)]);
}
