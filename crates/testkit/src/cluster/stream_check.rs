//! Compares the stream of facts in Redis with the outbox.

use std::{collections::BTreeSet, fmt};

use storage::{
    Database, DatabaseOptions,
    outbox::{
        self,
        consumers::{self, OutboxPosition},
    },
};

use super::{Cluster, ClusterError};
use crate::{RedisServer, eventually};

/// What the stream has of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamReport {
    /// Events in the outbox.
    pub stored: usize,
    /// Entries on the stream, repetitions included.
    pub entries: usize,
    /// Events that are not on the stream.
    pub missing: usize,
    /// Carousels whose events were first added in another order than they were stored.
    pub out_of_order: usize,
}

impl StreamReport {
    /// Whether everything is there, in order.
    pub const fn is_complete(&self) -> bool {
        self.missing == 0 && self.out_of_order == 0
    }
}

impl fmt::Display for StreamReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stored, entries, missing, out_of_order } = self;
        write!(
            f,
            "{stored} events are stored, the stream has {entries} entries, {missing} events are missing, \
             {out_of_order} carousels are out of order"
        )
    }
}

impl Cluster {
    /// Waits until everything is published, then compares.
    ///
    /// # Errors
    /// [`ClusterError::Storage`].
    pub async fn stream_when_published(
        &self,
        redis: &RedisServer,
    ) -> Result<StreamReport, ClusterError> {
        let db = Database::open(&self.database_url(), &DatabaseOptions::default()).await?;
        let is_published = async || {
            let backlog = outbox::backlog(&db.read(), 1).await.ok()?;
            (backlog == 0).then_some(())
        };
        eventually("the outbox is empty", is_published).await;
        let stored = stored_events(&db).await?;
        let entries = ids_on_stream(redis);
        let mut first: Vec<&String> = Vec::new();
        for id in &entries {
            if !first.contains(&id) {
                first.push(id);
            }
        }
        let place = |id: &String| first.iter().position(|other| *other == id);
        let carousels: BTreeSet<&String> = stored.iter().map(|(_, carousel)| carousel).collect();
        let is_wrong = |carousel: &&&String| {
            let events = stored.iter().filter(|(_, of)| of == **carousel);
            !events.map(|(id, _)| place(id)).is_sorted()
        };
        Ok(StreamReport {
            stored: stored.len(),
            entries: entries.len(),
            missing: stored.iter().filter(|(id, _)| place(id).is_none()).count(),
            out_of_order: carousels.iter().filter(is_wrong).count(),
        })
    }
}

fn ids_on_stream(redis: &RedisServer) -> Vec<String> {
    let entries = redis.cli(&["--json", "xrange", "vibecoder:facts", "-", "+"]);
    let entries: Vec<(String, Vec<String>)> =
        serde_json::from_str(&entries).expect("redis-cli prints JSON");
    entries.into_iter().filter_map(|(_, fields)| fields.into_iter().nth(1)).collect()
}

/// The ids of all events, with what each is about, in their order.
async fn stored_events(db: &Database) -> Result<Vec<(String, String)>, ClusterError> {
    let mut events = Vec::new();
    let mut position = OutboxPosition::default();
    loop {
        let page = consumers::published_after(&db.read(), position, 500).await?;
        let Some(last) = page.rows.last().and_then(|event| event.position) else {
            return Ok(events);
        };
        position = last;
        events.extend(page.rows.into_iter().map(|e| (e.id.as_str().to_owned(), e.correlation)));
    }
}
