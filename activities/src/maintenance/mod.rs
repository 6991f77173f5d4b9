//! Maintenance activities of the persistence pool: reconcile lost carousels, collect unreferenced
//! blobs, prune old rows.

mod lost_outcome;
mod prune;
mod reconcile;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::CarouselId;
use events::{EventContext, EventJournal, EventSource, Timestamp, analytics::AlertTriggered};
use futures::future::BoxFuture;
use storage::{Blobs, Cursor, Database, admissions, blobs, carousels, outbox};
use workflows::maintenance::{
    BlobsCollected, CollectBlobs, CollectInput, CursorRecord, FindLost, FindLostInput,
    LostCarousel, LostFound, LostReconciled, PruneTables, RaiseAlert, RaiseAlertInput,
    ReconcileLost, ReconcileLostInput, StuckCarousel,
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun, to_millis},
    webhook_calls,
};
pub use prune::RetentionPeriods;

/// A younger carousel may be between its row and its workflow's next step.
const GRACE_PERIOD: TimeDelta = TimeDelta::minutes(1);

/// A workflow task that has failed for this long counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(5 * 60);

/// A claim older than this is dead: an attempt to deliver takes at most three minutes.
const CLAIM_DEAD_AFTER: TimeDelta = TimeDelta::minutes(5);

/// The status of a workflow in Temporal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkflowCondition {
    Running,
    /// It runs, and its workflow task fails repeatedly.
    Failing {
        /// Time of the first failure.
        since: std::time::SystemTime,
        /// The number of the next attempt, from 1.
        attempts: u32,
    },
    /// It has ended; the text says how.
    Ended(String),
}

/// Queries Temporal.
pub trait WorkflowStatusClient: Send + Sync {
    /// The status of the workflow with this id. A workflow that Temporal does not know (any more)
    /// has ended.
    fn workflow_status<'a>(
        &'a self,
        workflow: &'a str,
    ) -> BoxFuture<'a, Result<WorkflowCondition, String>>;
}

pub struct MaintenanceService {
    db: Database,
    blobs: Blobs,
    temporal: Arc<dyn WorkflowStatusClient>,
    environment: String,
    retention: RetentionPeriods,
    conditions: ActivityEnvironment,
}

impl MaintenanceService {
    pub fn new(
        db: Database,
        blobs: Blobs,
        temporal: Arc<dyn WorkflowStatusClient>,
        environment: String,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self {
            db,
            blobs,
            temporal,
            environment,
            retention: RetentionPeriods::default(),
            conditions,
        }
    }

    #[must_use]
    pub fn with_retention(self, keep: RetentionPeriods) -> Self {
        Self { retention: keep, ..self }
    }
}

impl HandleActivity<FindLost> for MaintenanceService {
    async fn handle(&self, run: ActivityRun, input: FindLostInput) -> Result<LostFound> {
        let now = Timestamp::from(run.now());
        if input.after.is_none() {
            self.release_admissions(now, input.limit).await?;
        }
        let after = input.after.map(cursor).transpose()?;
        let reader = self.db.read();
        let (before, limit) = (now - GRACE_PERIOD, input.limit);
        let page = carousels::open_before(&reader, before, after.as_ref(), limit).await?;
        for error in &page.unreadable {
            tracing::error!("skipped while looking for lost carousels: {error}");
        }
        let mut found = LostFound {
            looked_at: u32::try_from(page.rows.len()).unwrap_or(u32::MAX),
            next: page.next.map(record),
            ..LostFound::default()
        };
        for carousel in page.rows {
            let standing = self.workflow_status(carousel.id.as_str()).await?;
            let id = carousel.id.as_str().to_owned();
            match standing {
                WorkflowCondition::Running => {}
                WorkflowCondition::Failing { since, attempts } => {
                    let long = run.now().duration_since(since).unwrap_or_default() >= STUCK_AFTER;
                    if long {
                        found.stuck.push(StuckCarousel {
                            carousel: id,
                            since: to_millis(since),
                            attempts,
                        });
                    }
                }
                WorkflowCondition::Ended(why) => {
                    found.lost.push(LostCarousel { carousel: id, why });
                }
            }
        }
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok(found)
    }
}

impl MaintenanceService {
    async fn workflow_status(&self, workflow: &str) -> Result<WorkflowCondition> {
        let standing = self.temporal.workflow_status(workflow).await;
        standing.map_err(|reason| ActivityFailure::Unavailable { reason, retry_after: None })
    }

    /// Settles admissions of workflows that ended without settling them, for example because it was
    /// terminated.
    async fn release_admissions(&self, now: Timestamp, limit: u32) -> Result<()> {
        let open = admissions::open_before(&self.db.read(), now - GRACE_PERIOD, limit).await?;
        for admission in &open {
            if let WorkflowCondition::Ended(why) = self.workflow_status(&admission.workflow).await?
            {
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
}

impl HandleActivity<ReconcileLost> for MaintenanceService {
    async fn handle(&self, run: ActivityRun, input: ReconcileLostInput) -> Result<LostReconciled> {
        let id = CarouselId::parse(&input.carousel)
            .map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let now = Timestamp::from(run.now());
        let settled = reconcile::Reconciliation {
            id: &id,
            ended_because: &input.why,
            environment: &self.environment,
            claims_alive_since: now - CLAIM_DEAD_AFTER,
            now,
        };
        let told = settled.destination(&self.db).await?;
        let settled = settled.run(&self.db).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        if let Some(outcome) = settled {
            tracing::warn!(carousel.id = %id, %outcome, "reconciled a lost carousel: {}", input.why);
            run.metrics().lost_carousels_settled.inc([outcome.name()]);
        }
        let reader = self.db.read();
        let webhooks = match carousels::find(&reader, &id).await? {
            Some(carousel) => webhook_calls::ended(&reader, &carousel).await?,
            None => None,
        };
        let destination = told.filter(|_| settled.is_some());
        Ok(LostReconciled { outcome: settled, destination, webhooks })
    }
}

/// One alert per carousel and per start of a failure, however often it is found.
impl HandleActivity<RaiseAlert> for MaintenanceService {
    async fn handle(&self, run: ActivityRun, input: RaiseAlertInput) -> Result<()> {
        let at = Timestamp::from(run.now());
        run.metrics().workflows_stuck.add(metrics::count(input.stuck.len() as u64), []);
        for stuck in &input.stuck {
            let StuckCarousel { carousel, since, attempts } = stuck;
            let reason = format!(
                "the workflow task of {carousel} has failed {attempts} times: see its history and \
                 fix the workers; it then continues automatically"
            );
            tracing::error!(carousel.id = carousel, "{reason}");
            let context = EventContext {
                correlation: carousel.clone(),
                environment: self.environment.clone(),
                subject: Some(carousel.clone()),
                ..EventContext::default()
            };
            let context = &context;
            let step = &format!("stuck-{since}");
            let alert = &AlertTriggered {
                component: "workflow".to_owned(),
                severity: "critical".to_owned(),
                reason,
            };
            let written = |tx| async move {
                let cause = outbox::last_event_id(&tx, carousel).await?;
                let origin = EventSource::PERSISTENCE;
                let mut journal =
                    EventJournal::for_step(carousel, step, origin, context.clone(), cause);
                journal.record(at, alert.clone());
                outbox::append(&tx, journal.events()).await
            };
            self.db.write(written).await?;
        }
        run.pass_failpoint(FailpointPosition::After).await
    }
}

impl HandleActivity<CollectBlobs> for MaintenanceService {
    async fn handle(&self, run: ActivityRun, input: CollectInput) -> Result<BlobsCollected> {
        let grace = TimeDelta::hours(i64::from(input.grace_hours.max(1)));
        let now = Timestamp::from(run.now());
        let collected = blobs::collect(&self.db, &self.blobs, now, grace).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        for problem in &collected.problems {
            tracing::warn!("left for the next collection: {problem}");
        }
        Ok(BlobsCollected {
            seen: collected.listed,
            referenced: collected.referenced,
            condemned: collected.condemned,
            restored: collected.restored,
            deleted: collected.deleted,
            problems: collected.problems.len() as u64,
        })
    }
}

fn cursor(record: CursorRecord) -> Result<Cursor> {
    let at = Timestamp::from_timestamp_micros(record.at_micros)
        .ok_or_else(|| ActivityFailure::Input(format!("{} is no time", record.at_micros)))?;
    Ok(Cursor { at, id: record.id })
}

fn record(cursor: Cursor) -> CursorRecord {
    CursorRecord { at_micros: cursor.at.timestamp_micros(), id: cursor.id }
}

handles!(MaintenanceService: FindLost, ReconcileLost, RaiseAlert, CollectBlobs, PruneTables);
