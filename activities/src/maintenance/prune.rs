//! Pruning: deletes rows after their retention period. `docs/security/retention.md` lists the
//! periods; a test compares it with this code.

use chrono::{Days, TimeDelta};
use domain::{CarouselId, retention};
use events::Timestamp;
use storage::{
    Database, admissions, ingress, outbox,
    privacy::{self, TABLES},
    sessions, uploads, usage,
};
use workflows::contract::{PruneInput, Pruned};

use super::{Maintenance, Standing};
use crate::{attempt::Errand, error::Error, fault::Moment};

/// Rows deleted per transaction.
const TOGETHER: u32 = 500;

/// Carousels deleted per transaction; each has about twenty dependent rows.
const CAROUSELS: u32 = 50;

/// Retention periods of user data, in days; `None` keeps it without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Counted from the last change of a carousel.
    pub carousels: Option<u32>,
    /// Usage records of model calls.
    pub usage: Option<u32>,
    /// Counted from the last contact with a user.
    pub people: Option<u32>,
}

impl Maintenance {
    pub(super) async fn prune(&self, errand: Errand, input: PruneInput) -> Result<Pruned, Error> {
        let now = Timestamp::from(errand.now());
        let before = ago(now, input.keep_days.max(1));
        let mut pruned = self.records(now, before).await?;
        if let Some(days) = self.keep.carousels {
            let before = ago(now, days.max(retention::SHORTEST_DAYS));
            pruned.carousels = self.carousels(before).await?;
            pruned.deliveries = self.deliveries(before).await?;
        }
        if let Some(days) = self.keep.usage {
            let days = Days::new(u64::from(days.max(retention::SHORTEST_DAYS)));
            let first = now.date_naive().checked_sub_days(days);
            let before = first.unwrap_or(now.date_naive());
            pruned.usage = until_few(&self.db, TOGETHER, |tx| async move {
                usage::prune(&tx, before, TOGETHER).await
            })
            .await?;
        }
        if let Some(days) = self.keep.people {
            let before = ago(now, days.max(retention::SHORTEST_DAYS));
            pruned.people = self.people(before, now).await?;
        }
        let carried = |tx| async move { privacy::prune_erasures(&tx, now).await };
        self.db.write(carried).await?;
        errand.at(Moment::After).await?;
        Ok(pruned)
    }

    /// Prunes the system's own records.
    async fn records(&self, now: Timestamp, before: Timestamp) -> Result<Pruned, Error> {
        let mut pruned = Pruned::default();
        loop {
            let events = |tx| async move { outbox::prune(&tx, before, TOGETHER).await };
            let gone = self.db.write(events).await?;
            pruned.events += gone.events;
            if !gone.more {
                break;
            }
        }
        pruned.updates = until_few(&self.db, TOGETHER, |tx| async move {
            ingress::prune(&tx, before, TOGETHER).await
        })
        .await?;
        pruned.sessions = until_few(&self.db, TOGETHER, |tx| async move {
            sessions::sweep(&tx, now, TOGETHER).await
        })
        .await?;
        until_few(&self.db, TOGETHER, |tx| async move {
            admissions::prune(&tx, before, TOGETHER).await
        })
        .await?;
        until_few(&self.db, TOGETHER, |tx| async move {
            uploads::prune(&tx, before, TOGETHER).await
        })
        .await?;
        Ok(pruned)
    }

    /// A carousel that is being edited is left for the next run.
    async fn carousels(&self, before: Timestamp) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            let due = privacy::expired_carousels(&self.db.read(), before, CAROUSELS).await?;
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

    async fn is_in_use(&self, id: &CarouselId) -> Result<bool, Error> {
        for workflow in [id.as_str().to_owned(), format!("revise-{id}")] {
            let standing = self.temporal.standing(&workflow).await;
            let standing = standing.map_err(|reason| Error::Unavailable {
                reason,
                retry_after: None,
            })?;
            match standing {
                Standing::Running | Standing::Failing { .. } => return Ok(true),
                Standing::Over(_) => {}
            }
        }
        Ok(false)
    }

    async fn deliveries(&self, before: Timestamp) -> Result<u64, Error> {
        let notices = until_few(&self.db, TOGETHER, |tx| async move {
            privacy::prune_deliveries(&tx, before, TOGETHER).await
        });
        let notices = notices.await?;
        let broadcasts = until_few(&self.db, TOGETHER, |tx| async move {
            privacy::prune_broadcasts(&tx, before, TOGETHER).await
        });
        Ok(notices + broadcasts.await?)
    }

    async fn people(&self, before: Timestamp, now: Timestamp) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            let unseen = privacy::unseen_people(&self.db.read(), before, TOGETHER).await?;
            for who in &unseen {
                for table in TABLES {
                    let erase = |tx| async move { privacy::erase(&tx, who, table, now).await };
                    self.db.write(erase).await?;
                }
            }
            pruned += unseen.len() as u64;
            if unseen.len() < TOGETHER as usize {
                return Ok(pruned);
            }
        }
    }
}

/// Repeats `delete` until it removes fewer than `together` rows.
async fn until_few<F>(
    db: &Database,
    together: u32,
    delete: impl Fn(storage::Tx) -> F + Copy,
) -> Result<u64, Error>
where
    F: Future<Output = Result<u64, storage::Error>> + Send,
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
