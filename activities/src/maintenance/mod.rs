//! Maintenance activities of the persistence pool: reconcile lost carousels, collect unreferenced
//! blobs, prune old rows.

mod fate;
mod meters;
mod prune;
mod settle;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::CarouselId;
use events::{Context, Journal, Origin, Timestamp, analytics::AlertTriggered};
use futures::future::BoxFuture;
use storage::{Blobs, Cursor, Database, admissions, blobs, carousels, outbox};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{
    self, BlobsCollected, CollectInput, CursorRecord, FindLostInput, LostCarousel, LostFound,
    LostSettled, PruneInput, Pruned, RaiseAlertInput, SettleLostInput, StuckCarousel,
};

use crate::{
    attempt::{Conditions, Errand, millis},
    error::Error,
    fault::Moment,
};
pub use meters::Meters;
pub use prune::Keep;

/// A younger carousel may be between its row and its workflow's next step.
const YOUNG: TimeDelta = TimeDelta::minutes(1);

/// A workflow task that has failed for this long counts as stuck.
const STUCK: Duration = Duration::from_secs(5 * 60);

/// A claim older than this is dead: an attempt to deliver takes at most three minutes.
const DEAD: TimeDelta = TimeDelta::minutes(5);

/// The status of a workflow in Temporal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Running,
    /// It runs, and its workflow task fails repeatedly.
    Failing {
        /// Time of the first failure.
        since: std::time::SystemTime,
        /// The number of the next attempt, from 1.
        attempts: u32,
    },
    /// It has ended; the text says how.
    Over(String),
}

/// Queries Temporal.
pub trait Temporal: Send + Sync {
    /// The status of the workflow with this id. A workflow that Temporal does not know (any more)
    /// has ended.
    fn standing<'a>(&'a self, workflow: &'a str) -> BoxFuture<'a, Result<Standing, String>>;
}

pub struct Maintenance {
    db: Database,
    blobs: Blobs,
    temporal: Arc<dyn Temporal>,
    environment: String,
    keep: Keep,
    conditions: Conditions,
    meters: Meters,
}

impl Maintenance {
    pub fn new(
        db: Database,
        blobs: Blobs,
        temporal: Arc<dyn Temporal>,
        environment: String,
        conditions: Conditions,
        meters: Meters,
    ) -> Self {
        Self {
            db,
            blobs,
            temporal,
            environment,
            keep: Keep::default(),
            conditions,
            meters,
        }
    }

    /// With these retention periods.
    #[must_use]
    pub fn keeping(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    async fn find(&self, errand: Errand, input: FindLostInput) -> Result<LostFound, Error> {
        let now = Timestamp::from(errand.now());
        if input.after.is_none() {
            self.release(now, input.limit).await?;
        }
        let after = input.after.map(cursor).transpose()?;
        let reader = self.db.read();
        let (before, limit) = (now - YOUNG, input.limit);
        let page = carousels::left_open(&reader, before, after.as_ref(), limit).await?;
        for error in &page.unreadable {
            tracing::error!("skipped while looking for lost carousels: {error}");
        }
        let mut found = LostFound {
            looked_at: u32::try_from(page.rows.len()).unwrap_or(u32::MAX),
            next: page.next.map(record),
            ..LostFound::default()
        };
        for carousel in page.rows {
            let standing = self.standing(carousel.id.as_str()).await?;
            let id = carousel.id.as_str().to_owned();
            match standing {
                Standing::Running => {}
                Standing::Failing { since, attempts } => {
                    let long = errand.now().duration_since(since).unwrap_or_default() >= STUCK;
                    if long {
                        found.stuck.push(StuckCarousel {
                            carousel: id,
                            since: millis(since),
                            attempts,
                        });
                    }
                }
                Standing::Over(why) => found.lost.push(LostCarousel { carousel: id, why }),
            }
        }
        errand.at(Moment::After).await?;
        Ok(found)
    }

    async fn standing(&self, workflow: &str) -> Result<Standing, Error> {
        let standing = self.temporal.standing(workflow).await;
        standing.map_err(|reason| Error::Unavailable {
            reason,
            retry_after: None,
        })
    }

    /// Settles admissions of workflows that ended without settling them, for example because it was
    /// terminated.
    async fn release(&self, now: Timestamp, limit: u32) -> Result<(), Error> {
        let open = admissions::left_open(&self.db.read(), now - YOUNG, limit).await?;
        for admission in &open {
            if let Standing::Over(why) = self.standing(&admission.workflow).await? {
                let id = admission.id.as_str();
                let settle = |tx| async move { admissions::settle(&tx, id, now).await };
                self.db.write(settle).await?;
                tracing::warn!(
                    admission = id,
                    "released the reservation of an ended workflow: {why}"
                );
            }
        }
        Ok(())
    }

    async fn settle(&self, errand: Errand, input: SettleLostInput) -> Result<LostSettled, Error> {
        let id = CarouselId::parse(&input.carousel).map_err(|e| Error::Input(e.to_string()))?;
        let now = Timestamp::from(errand.now());
        let settled = settle::Settle {
            id: &id,
            why: &input.why,
            environment: &self.environment,
            alive: now - DEAD,
            now,
        };
        let told = settled.destination(&self.db).await?;
        let settled = settled.run(&self.db).await?;
        errand.at(Moment::After).await?;
        let outcome = settled.map_or("", |outcome| outcome.name());
        if !outcome.is_empty() {
            tracing::warn!(carousel.id = %id, outcome, "reconciled a lost carousel: {}", input.why);
            self.meters.settled(outcome);
        }
        Ok(LostSettled {
            outcome: outcome.to_owned(),
            destination: told.filter(|_| !outcome.is_empty()),
        })
    }

    /// One alert per carousel and per start of a failure, however often it is found.
    async fn alert(&self, errand: Errand, input: RaiseAlertInput) -> Result<(), Error> {
        let at = Timestamp::from(errand.now());
        self.meters.stuck(input.stuck.len());
        for stuck in &input.stuck {
            let StuckCarousel {
                carousel,
                since,
                attempts,
            } = stuck;
            let reason = format!(
                "the workflow task of {carousel} has failed {attempts} times: see its history and \
                 fix the workers; it then continues automatically"
            );
            tracing::error!(carousel.id = carousel, "{reason}");
            let context = Context {
                correlation: carousel.clone(),
                environment: self.environment.clone(),
                subject: Some(carousel.clone()),
                ..Context::default()
            };
            let context = &context;
            let step = &format!("stuck-{since}");
            let alert = &AlertTriggered {
                component: "workflow".to_owned(),
                severity: "critical".to_owned(),
                reason,
            };
            let written = |tx| async move {
                let cause = outbox::last_of(&tx, carousel).await?;
                let origin = Origin::PERSISTENCE;
                let mut journal = Journal::of_step(carousel, step, origin, context.clone(), cause);
                journal.record(at, alert.clone());
                outbox::append(&tx, journal.events()).await
            };
            self.db.write(written).await?;
        }
        errand.at(Moment::After).await
    }

    async fn collect(&self, errand: Errand, input: CollectInput) -> Result<BlobsCollected, Error> {
        let grace = TimeDelta::hours(i64::from(input.grace_hours.max(1)));
        let now = Timestamp::from(errand.now());
        let collected = blobs::collect(&self.db, &self.blobs, now, grace).await?;
        errand.at(Moment::After).await?;
        for problem in &collected.problems {
            tracing::warn!("left for the next collection: {problem}");
        }
        Ok(BlobsCollected {
            seen: collected.seen,
            referenced: collected.referenced,
            condemned: collected.condemned,
            restored: collected.restored,
            deleted: collected.deleted,
            problems: collected.problems.len() as u64,
        })
    }
}

fn cursor(record: CursorRecord) -> Result<Cursor, Error> {
    let at = Timestamp::from_timestamp_micros(record.at_micros)
        .ok_or_else(|| Error::Input(format!("{} is no time", record.at_micros)))?;
    Ok(Cursor { at, id: record.id })
}

fn record(cursor: Cursor) -> CursorRecord {
    CursorRecord {
        at_micros: cursor.at.timestamp_micros(),
        id: cursor.id,
    }
}

#[activities]
impl Maintenance {
    #[activity(definition = contract::upkeep::FindLost)]
    pub async fn find_lost(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: FindLostInput,
    ) -> Result<LostFound, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.find(errand, input))
            .await
    }

    #[activity(definition = contract::upkeep::SettleLost)]
    pub async fn settle_lost(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: SettleLostInput,
    ) -> Result<LostSettled, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.settle(errand, input))
            .await
    }

    #[activity(definition = contract::upkeep::RaiseAlert)]
    pub async fn raise_alert(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: RaiseAlertInput,
    ) -> Result<(), ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.alert(errand, input))
            .await
    }

    #[activity(definition = contract::upkeep::CollectBlobs)]
    pub async fn collect_blobs(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: CollectInput,
    ) -> Result<BlobsCollected, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.collect(errand, input))
            .await
    }

    #[activity(definition = contract::upkeep::PruneTables)]
    pub async fn prune_tables(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: PruneInput,
    ) -> Result<Pruned, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.prune(errand, input))
            .await
    }
}
