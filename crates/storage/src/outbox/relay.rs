//! [`OutboxRelay`]: publishes the outbox in order and at least once.
//!
//! One pass publishes one batch; the caller decides when. One relay works at a time, the holder of
//! the lease. If a pass dies after publishing and before marking, the next pass publishes the same
//! ids again.

use chrono::TimeDelta;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::{StoredEvent, backlog, unpublished};
use crate::{
    Database, Result, RowPage, StorageError, Tx,
    entity::{counter, event},
    error::OrCorrupt as _,
    leases::{self, Lease, LeaseAttempt},
    tx::truncate_to_micros,
};

const LEASE_NAME: &str = "relay";

/// The counter of batches.
const BATCH_COUNTER: &str = "batches";

/// A target of events: a stream, a queue, a log.
pub trait EventPublisher: Sync {
    type Error;

    /// Publishes these events one by one, in this order, and stops at the first failure. Receivers
    /// detect a repeated event by its `id`.
    fn publish(
        &self,
        events: &[StoredEvent],
    ) -> impl Future<Output = PublishProgress<Self::Error>> + Send;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishProgress<E> {
    /// How many were certainly published, from the first one on.
    pub published: usize,
    /// The failure that stopped it, if any.
    pub stopped: Option<E>,
}

impl<E> PublishProgress<E> {
    /// All `count` of them were published.
    pub const fn all(count: usize) -> Self {
        Self { published: count, stopped: None }
    }
}

/// Publishes to the [consumers](super::consumers) only: they read marked batches. Enough for a
/// laptop.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcessPublisher;

impl EventPublisher for InProcessPublisher {
    type Error = std::convert::Infallible;

    async fn publish(&self, events: &[StoredEvent]) -> PublishProgress<Self::Error> {
        PublishProgress::all(events.len())
    }
}

/// A process that may publish, if it gets the lease.
#[derive(Debug, Clone)]
pub struct OutboxRelay {
    db: Database,
    holder: String,
    options: RelayOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayOptions {
    pub batch: u32,
    /// The lease's duration: how long other relays wait for one that died. Must be longer than
    /// publishing a batch takes.
    pub lease: TimeDelta,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self { batch: 500, lease: TimeDelta::seconds(30) }
    }
}

#[derive(Debug)]
pub enum RelayPass<E> {
    /// Another relay has the lease: try again when the lease may have expired.
    Standby(Lease),
    /// This relay has the lease.
    Worked {
        /// How many events were published and marked.
        published: usize,
        /// Whether more may be waiting: make the next pass at once.
        more: bool,
        /// The failure that stopped the batch.
        stopped: Option<E>,
        /// Events that can't be read; they are not published.
        unreadable: Vec<StorageError>,
    },
    /// It published, but another relay took the lease before the events were marked. That relay
    /// publishes the same events again.
    LeaseLost { published: usize },
}

impl OutboxRelay {
    /// `holder` is unique among all processes.
    pub fn new(db: Database, holder: impl Into<String>, options: RelayOptions) -> Self {
        Self { db, holder: holder.into(), options }
    }

    /// Publishes the next batch, unless another relay has the lease.
    ///
    /// # Errors
    /// [`StorageError::Database`]; events that were published and not marked are published again.
    pub async fn pass<P: EventPublisher>(
        &self,
        to: &P,
        now: Timestamp,
    ) -> Result<RelayPass<P::Error>> {
        // Acquiring a lease is a write, and an idle relay on a laptop should not write every
        // second.
        if backlog(&self.db.read(), 1).await? == 0 {
            return Ok(RelayPass::Worked {
                published: 0,
                more: false,
                stopped: None,
                unreadable: Vec::new(),
            });
        }
        let lease = match self.begin(now).await? {
            LeaseAttempt::Held(lease) => lease,
            LeaseAttempt::HeldByOther(lease) => return Ok(RelayPass::Standby(lease)),
        };
        let RowPage { rows, unreadable, .. } =
            unpublished(&self.db.read(), self.options.batch).await?;
        let full = rows.len() + unreadable.len() >= self.options.batch as usize;
        let (published, stopped) = if rows.is_empty() {
            (0, None)
        } else {
            let PublishProgress { published, stopped } = to.publish(&rows).await;
            (published.min(rows.len()), stopped)
        };
        if published > 0 && !self.mark_published(&lease, &rows[..published], now).await? {
            return Ok(RelayPass::LeaseLost { published });
        }
        Ok(RelayPass::Worked {
            published,
            more: full && published > 0 && stopped.is_none(),
            stopped,
            unreadable,
        })
    }

    /// Releases the lease, so that another relay can take over at once.
    ///
    /// # Errors
    /// [`StorageError::Database`]; then the lease expires.
    pub async fn release_lease(&self, now: Timestamp) -> Result<()> {
        let release = |tx: Tx| async move {
            match leases::find(&tx, LEASE_NAME).await? {
                Some(lease) if lease.holder == self.holder => {
                    leases::release(&tx, &lease, now).await.map(|_| ())
                }
                Some(_) | None => Ok(()),
            }
        };
        self.db.write(release).await
    }

    async fn begin(&self, now: Timestamp) -> Result<LeaseAttempt> {
        let ttl = self.options.lease;
        let ask =
            |tx: Tx| async move { leases::acquire(&tx, LEASE_NAME, &self.holder, now, ttl).await };
        self.db.write(ask).await
    }

    /// Marks events as published, as one batch; `false` if the lease is lost.
    async fn mark_published(
        &self,
        lease: &Lease,
        events: &[StoredEvent],
        now: Timestamp,
    ) -> Result<bool> {
        use event::Column;
        let mark = |tx: Tx| async move {
            if !leases::lock_if_held(&tx, lease).await? {
                return Ok(false);
            }
            let batch = next_batch(&tx).await?;
            event::Entity::update_many()
                .col_expr(Column::PublishedAt, Expr::value(truncate_to_micros(now)))
                .col_expr(Column::Batch, Expr::value(batch))
                .filter(Column::Seq.is_in(events.iter().map(|event| event.seq)))
                .filter(Column::PublishedAt.is_null())
                .exec(&*tx.0)
                .await?;
            Ok(true)
        };
        self.db.write(mark).await
    }
}

/// The number of the next batch. Its row is locked until the transaction ends, so batches are
/// committed in the order of their numbers.
async fn next_batch(tx: &Tx) -> Result<i64> {
    use counter::Column;
    let first = counter::ActiveModel { name: Set(BATCH_COUNTER.to_owned()), value: Set(1) };
    let rise = OnConflict::column(Column::Name)
        .value(Column::Value, Expr::col((counter::Entity, Column::Value)).add(1))
        .to_owned();
    counter::Entity::insert(first).on_conflict(rise).exec_without_returning(&*tx.0).await?;
    let row = counter::Entity::find_by_id(BATCH_COUNTER).one(&*tx.0).await?;
    row.map(|row| row.value).or_corrupt("counters", BATCH_COUNTER)
}
