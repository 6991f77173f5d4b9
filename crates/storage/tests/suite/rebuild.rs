//! Rows and events are compared; each planted difference is found.

use domain::Outcome;
use events::{
    CoreEvent, EventContext, EventJournal, EventSource,
    carousel::{
        CarouselCompleted, CarouselGenerateRequested, CarouselImagesRendered,
        CarouselSlidesGenerated,
    },
};
use storage::{
    carousels::{self, CarouselCompletion, SentOutcome},
    outbox, rebuild,
    usage::{self, ModelCallUsage},
};

use crate::database::{
    StorageTestDatabase, at, id, new_carousel, on_each_database, picture, saved_draft, written,
};

on_each_database!(
    rows_written_with_their_events_agree,
    row_without_event_is_a_difference,
    event_without_row_is_a_difference,
    usage_without_event_is_a_difference,
    pruned_carousels_are_counted,
);

fn requested() -> CoreEvent {
    let text = || "x".to_owned();
    CarouselGenerateRequested {
        topic: text(),
        slides: 1,
        style: text(),
        format: text(),
        language: text(),
        source: text(),
    }
    .into()
}

fn slides(revision: u32) -> CoreEvent {
    CarouselSlidesGenerated {
        slide_count: 1,
        revision,
        tokens: 30,
        provider: "offline".to_owned(),
        cost_micros: Some(7),
    }
    .into()
}

async fn append(test_db: &StorageTestDatabase, key: &str, step: &str, events: Vec<CoreEvent>) {
    let context = EventContext {
        correlation: id(key).as_str().to_owned(),
        environment: "test".to_owned(),
        ..EventContext::default()
    };
    let source = EventSource::PERSISTENCE;
    let mut journal = EventJournal::for_step(id(key).as_str(), step, source, context, None);
    for event in events {
        journal.record(at(0), event);
    }
    let events = journal.events();
    written!(test_db, outbox::append, events).unwrap();
}

/// A delivered carousel of one slide, with its events.
async fn delivered(test_db: &StorageTestDatabase, key: &str) {
    written!(test_db, carousels::open, &new_carousel(key)).unwrap();
    append(test_db, key, "open", vec![requested()]).await;
    written!(test_db, carousels::save_draft, &id(key), 1, &saved_draft("one"), None, at(1))
        .unwrap();
    let calls = &[usage_of(key, "save-draft", 30, 7)];
    written!(test_db, usage::record, calls).unwrap();
    append(test_db, key, "save-draft", vec![slides(1)]).await;
    let completion = &CarouselCompletion {
        outcome: SentOutcome::Delivered,
        reason: String::new(),
        revision: 1,
        pictures: vec![picture('a')],
    };
    written!(test_db, carousels::complete, &id(key), completion, at(2)).unwrap();
    let drawn = CarouselImagesRendered {
        count: 1,
        bytes: 156_000,
        duration_ms: 1,
        format: "4x5".to_owned(),
    };
    let ended = CarouselCompleted {
        outcome: Outcome::Delivered,
        reason: String::new(),
        duration_ms: 1,
        tokens: Some(0),
        cost_micros: Some(0),
    };
    append(test_db, key, "complete", vec![drawn.into(), ended.into()]).await;
}

fn usage_of(key: &str, step: &str, tokens_in: u64, cost_micros: u64) -> ModelCallUsage {
    ModelCallUsage {
        id: format!("{}/{step}/0", id(key)),
        user: new_carousel(key).user,
        provider: "openai".to_owned(),
        model: "m".to_owned(),
        tokens_in,
        tokens_out: 0,
        cost_micros,
        at: at(1),
    }
}

/// The differences as `field stored from_events`.
async fn differences(test_db: &StorageTestDatabase) -> Vec<String> {
    let report = rebuild::check(&test_db.db.read()).await.unwrap();
    let found = report.differences.iter();
    found.map(|it| format!("{} {} {}", it.field, it.stored, it.from_events)).collect()
}

async fn rows_written_with_their_events_agree(test_db: &StorageTestDatabase) {
    delivered(test_db, "1").await;
    delivered(test_db, "2").await;
    let report = rebuild::check(&test_db.db.read()).await.unwrap();
    assert_eq!((report.compared, report.differences), (2, vec![]));
}

async fn row_without_event_is_a_difference(test_db: &StorageTestDatabase) {
    delivered(test_db, "1").await;
    written!(test_db, carousels::save_draft, &id("1"), 2, &saved_draft("two"), None, at(3))
        .unwrap();
    assert_eq!(differences(test_db).await, ["revision 2 1", "revisions 2 1", "pictures 0 1"]);
}

async fn event_without_row_is_a_difference(test_db: &StorageTestDatabase) {
    delivered(test_db, "1").await;
    let cancelled = CarouselCompleted {
        outcome: Outcome::Cancelled,
        reason: String::new(),
        duration_ms: 1,
        tokens: Some(0),
        cost_micros: Some(0),
    };
    append(test_db, "1", "planted", vec![cancelled.into()]).await;
    append(test_db, "2", "open", vec![requested()]).await;
    assert_eq!(
        differences(test_db).await,
        [
            "outcome delivered cancelled",
            "revision 1 none",
            "provider offline none",
            "revisions 1 0",
            "slides 1 0",
            "row none opened",
        ]
    );
}

async fn usage_without_event_is_a_difference(test_db: &StorageTestDatabase) {
    delivered(test_db, "1").await;
    let calls = &[usage_of("1", "planted", 5, 2)];
    written!(test_db, usage::record, calls).unwrap();
    assert_eq!(differences(test_db).await, ["tokens 35 30", "cost 9 7"]);
}

async fn pruned_carousels_are_counted(test_db: &StorageTestDatabase) {
    delivered(test_db, "1").await;
    written!(test_db, carousels::open, &new_carousel("2")).unwrap();
    append(test_db, "2", "later", vec![slides(1)]).await;
    let report = rebuild::check(&test_db.db.read()).await.unwrap();
    assert_eq!((report.compared, report.pruned, report.differences.len()), (1, 1, 0));
    let text = rebuild::check(&test_db.db.read()).await.unwrap().to_string();
    assert_eq!(
        text,
        "1 carousels compared with their events: 0 differences\n\
         1 skipped: their first events were deleted after the retention time\n"
    );
}
