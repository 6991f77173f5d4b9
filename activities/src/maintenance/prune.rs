//! Pruning: deletes rows after their retention period. `docs/security/retention.md` lists the
//! periods; a test compares it with this code.

use chrono::{Days, TimeDelta};
use domain::{CarouselId, retention};
use events::Timestamp;
use storage::{
    Database, admissions, api_tokens, ingress, outbox,
    privacy::{self, TABLES},
    requests, sessions, uploads, usage,
};
use workflows::maintenance::{PruneInput, PruneTables, TablesPruned};

use super::{MaintenanceService, WorkflowCondition};
use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::HandleActivity,
    activity_run::ActivityRun,
};

const ROWS_PER_TRANSACTION: u32 = 500;

/// Carousels deleted per transaction; each has about twenty dependent rows.
const CAROUSELS_PER_TRANSACTION: u32 = 50;

/// Retention periods of user data, in days; `None` keeps it without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionPeriods {
    /// Counted from the last change of a carousel.
    pub carousels: Option<u32>,
    /// Usage records of model calls.
    pub usage: Option<u32>,
    /// Counted from the last contact with a user.
    pub people: Option<u32>,
}

impl HandleActivity<PruneTables> for MaintenanceService {
    async fn handle(&self, run: ActivityRun, input: PruneInput) -> Result<TablesPruned> {
        let now = Timestamp::from(run.now());
        let before = ago(now, input.keep_days.max(1));
        let mut pruned = self.records(now, before).await?;
        if let Some(days) = self.retention.carousels {
            let before = ago(now, days.max(retention::MIN_RETENTION_DAYS));
            pruned.carousels = self.carousels(before).await?;
            pruned.deliveries = self.deliveries(before).await?;
        }
        if let Some(days) = self.retention.usage {
            let days = Days::new(u64::from(days.max(retention::MIN_RETENTION_DAYS)));
            let first = now.date_naive().checked_sub_days(days);
            let before = first.unwrap_or(now.date_naive());
            pruned.usage = delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
                usage::prune(&tx, before, ROWS_PER_TRANSACTION).await
            })
            .await?;
        }
        if let Some(days) = self.retention.people {
            let before = ago(now, days.max(retention::MIN_RETENTION_DAYS));
            pruned.people = self.prune_users(before, now).await?;
        }
        let carried = |tx| async move { privacy::prune_erasures(&tx, now).await };
        self.db.write(carried).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok(pruned)
    }
}

impl MaintenanceService {
    async fn records(&self, now: Timestamp, before: Timestamp) -> Result<TablesPruned> {
        let mut pruned = TablesPruned::default();
        loop {
            let events = |tx| async move { outbox::prune(&tx, before, ROWS_PER_TRANSACTION).await };
            let gone = self.db.write(events).await?;
            pruned.events += gone.events;
            if !gone.more {
                break;
            }
        }
        pruned.updates = delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            ingress::prune(&tx, before, ROWS_PER_TRANSACTION).await
        })
        .await?;
        pruned.sessions = delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            sessions::end_expired(&tx, now, ROWS_PER_TRANSACTION).await
        })
        .await?;
        delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            admissions::prune(&tx, before, ROWS_PER_TRANSACTION).await
        })
        .await?;
        delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            uploads::prune(&tx, before, ROWS_PER_TRANSACTION).await
        })
        .await?;
        delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            requests::prune(&tx, before, ROWS_PER_TRANSACTION).await
        })
        .await?;
        delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            api_tokens::prune_sessions(&tx, before, ROWS_PER_TRANSACTION).await
        })
        .await?;
        Ok(pruned)
    }

    /// A carousel that is being edited is left for the next run.
    async fn carousels(&self, before: Timestamp) -> Result<u64> {
        let mut pruned = 0;
        loop {
            let due =
                privacy::expired_carousels(&self.db.read(), before, CAROUSELS_PER_TRANSACTION)
                    .await?;
            let mut idle = Vec::with_capacity(due.len());
            for id in due {
                if !self.is_in_use(&id).await? {
                    idle.push(id);
                }
            }
            if idle.is_empty() {
                return Ok(pruned);
            }
            let idle = &idle;
            let delete = |tx| async move { privacy::delete_carousels(&tx, idle).await };
            pruned += self.db.write(delete).await?;
        }
    }

    async fn is_in_use(&self, id: &CarouselId) -> Result<bool> {
        for workflow in [id.as_str().to_owned(), format!("revise-{id}")] {
            let standing = self.temporal.workflow_status(&workflow).await;
            let standing = standing
                .map_err(|reason| ActivityFailure::Unavailable { reason, retry_after: None })?;
            match standing {
                WorkflowCondition::Running | WorkflowCondition::Failing { .. } => return Ok(true),
                WorkflowCondition::Ended(_) => {}
            }
        }
        Ok(false)
    }

    async fn deliveries(&self, before: Timestamp) -> Result<u64> {
        let notices = delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            privacy::prune_deliveries(&tx, before, ROWS_PER_TRANSACTION).await
        });
        let notices = notices.await?;
        let broadcasts = delete_in_batches(&self.db, ROWS_PER_TRANSACTION, |tx| async move {
            privacy::prune_broadcasts(&tx, before, ROWS_PER_TRANSACTION).await
        });
        Ok(notices + broadcasts.await?)
    }

    async fn prune_users(&self, before: Timestamp, now: Timestamp) -> Result<u64> {
        let mut pruned = 0;
        loop {
            let unseen =
                privacy::inactive_people(&self.db.read(), before, ROWS_PER_TRANSACTION).await?;
            for who in &unseen {
                for table in TABLES {
                    let erase = |tx| async move { privacy::erase(&tx, who, table, now).await };
                    self.db.write(erase).await?;
                }
            }
            pruned += unseen.len() as u64;
            if unseen.len() < ROWS_PER_TRANSACTION as usize {
                return Ok(pruned);
            }
        }
    }
}

/// Repeats `delete` until it removes fewer than `together` rows.
async fn delete_in_batches<F>(
    db: &Database,
    together: u32,
    delete: impl Fn(storage::Tx) -> F + Copy,
) -> Result<u64>
where
    F: Future<Output = Result<u64, storage::StorageError>> + Send,
{
    let mut pruned = 0;
    loop {
        let gone = db.write(delete).await?;
        pruned += gone;
        if gone < u64::from(together) {
            return Ok(pruned);
        }
    }
}

fn ago(now: Timestamp, days: u32) -> Timestamp {
    now - TimeDelta::days(i64::from(days))
}
