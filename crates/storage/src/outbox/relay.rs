//! [`Relay`]: publishes the outbox in order and at least once.
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
    Database, Error, Page, Tx,
    entity::{counter, event},
    leases::{self, Acquired, Lease},
    tx::kept,
};

const LEASE: &str = "relay";

/// The counter of batches.
const BATCHES: &str = "batches";

/// A target of events: a stream, a queue, a log.
pub trait Publish: Sync {
    type Error;

    /// Publishes these events one by one, in this order, and stops at the first failure. Receivers
    /// detect a repeated event by its `id`.
    fn publish(&self, events: &[StoredEvent])
    -> impl Future<Output = Progress<Self::Error>> + Send;
}

/// The result of a publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress<E> {
    /// How many were certainly published, from the first one on.
    pub published: usize,
    /// The failure that stopped it, if any.
    pub stopped: Option<E>,
}

impl<E> Progress<E> {
    /// All `count` of them were published.
    pub const fn all(count: usize) -> Self {
        Self {
            published: count,
            stopped: None,
        }
    }
}

/// Publishes to the [consumers](super::consumers) only: they read marked batches. Enough for a
/// laptop.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

impl Publish for InProcess {
    type Error = std::convert::Infallible;

    async fn publish(&self, events: &[StoredEvent]) -> Progress<Self::Error> {
        Progress::all(events.len())
    }
}

/// A process that may publish, if it gets the lease.
#[derive(Debug, Clone)]
pub struct Relay {
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
        Self {
            batch: 500,
            lease: TimeDelta::seconds(30),
        }
    }
}

/// The result of a pass.
#[derive(Debug)]
pub enum Pass<E> {
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
        unreadable: Vec<Error>,
    },
    /// It published, but another relay took the lease before the events were marked. That relay
    /// publishes the same events again.
    Overtaken { published: usize },
}

impl Relay {
    /// `holder` is unique among all processes.
    pub fn new(db: Database, holder: impl Into<String>, options: RelayOptions) -> Self {
        Self {
            db,
            holder: holder.into(),
            options,
        }
    }

    /// Publishes the next batch, unless another relay has the lease.
    ///
    /// # Errors
    /// [`Error::Database`]; events that were published and not marked are published again.
    pub async fn pass<P: Publish>(&self, to: &P, now: Timestamp) -> Result<Pass<P::Error>, Error> {
        // Acquiring a lease is a write, and an idle relay on a laptop should not write every
        // second.
        if backlog(&self.db.read(), 1).await? == 0 {
            return Ok(Pass::Worked {
                published: 0,
                more: false,
                stopped: None,
                unreadable: Vec::new(),
            });
        }
        let lease = match self.begin(now).await? {
            Acquired::Ours(lease) => lease,
            Acquired::Taken(lease) => return Ok(Pass::Standby(lease)),
        };
        let Page {
            rows, unreadable, ..
        } = unpublished(&self.db.read(), self.options.batch).await?;
        let full = rows.len() + unreadable.len() >= self.options.batch as usize;
        let (published, stopped) = if rows.is_empty() {
            (0, None)
        } else {
            let Progress { published, stopped } = to.publish(&rows).await;
            (published.min(rows.len()), stopped)
        };
        if published > 0 && !self.mark(&lease, &rows[..published], now).await? {
            return Ok(Pass::Overtaken { published });
        }
        Ok(Pass::Worked {
            published,
            more: full && published > 0 && stopped.is_none(),
            stopped,
            unreadable,
        })
    }

    /// Releases the lease, so that another relay can take over at once.
    ///
    /// # Errors
    /// [`Error::Database`]; then the lease expires.
    pub async fn step_down(&self, now: Timestamp) -> Result<(), Error> {
        let release = |tx: Tx| async move {
            match leases::find(&tx, LEASE).await? {
                Some(lease) if lease.holder == self.holder => {
                    leases::release(&tx, &lease, now).await.map(|_| ())
                }
                Some(_) | None => Ok(()),
            }
        };
        self.db.write(release).await
    }

    async fn begin(&self, now: Timestamp) -> Result<Acquired, Error> {
        let ttl = self.options.lease;
        let ask = |tx: Tx| async move { leases::acquire(&tx, LEASE, &self.holder, now, ttl).await };
        self.db.write(ask).await
    }

    /// Marks events as published, as one batch; `false` if the lease is lost.
    async fn mark(
        &self,
        lease: &Lease,
        events: &[StoredEvent],
        now: Timestamp,
    ) -> Result<bool, Error> {
        use event::Column;
        let mark = |tx: Tx| async move {
            if !leases::holds(&tx, lease).await? {
                return Ok(false);
            }
            let batch = next_batch(&tx).await?;
            event::Entity::update_many()
                .col_expr(Column::PublishedAt, Expr::value(kept(now)))
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
async fn next_batch(tx: &Tx) -> Result<i64, Error> {
    use counter::Column;
    let first = counter::ActiveModel {
        name: Set(BATCHES.to_owned()),
        value: Set(1),
    };
    let rise = OnConflict::column(Column::Name)
        .value(
            Column::Value,
            Expr::col((counter::Entity, Column::Value)).add(1),
        )
        .to_owned();
    counter::Entity::insert(first)
        .on_conflict(rise)
        .exec_without_returning(&*tx.0)
        .await?;
    let row = counter::Entity::find_by_id(BATCHES).one(&*tx.0).await?;
    row.map(|row| row.value).ok_or_else(|| Error::Corrupt {
        table: "counters",
        key: BATCHES.to_owned(),
        why: "it vanished while it was counted up".to_owned(),
    })
}
