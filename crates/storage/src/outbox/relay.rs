//! [`Relay`]: publishes what the outbox holds, in order and at least once.
//!
//! One pass publishes one batch; when and how often is the caller's. One relay works at a time,
//! whoever holds the lease. A pass that dies after it published and before it said so is repeated by
//! the next one with the same ids.

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

/// The name of the relay's lease.
const LEASE: &str = "relay";

/// The name of the counter of batches.
const BATCHES: &str = "batches";

/// Where events go: a stream, a queue, a log.
pub trait Publish: Sync {
    /// Why one could not be published.
    type Error;

    /// Publishes these events, one after the other and in this order, and stops at the first that
    /// can't be. Their `id` is what a receiver tells a repetition by.
    fn publish(&self, events: &[StoredEvent])
    -> impl Future<Output = Progress<Self::Error>> + Send;
}

/// How far publishing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress<E> {
    /// How many are certain to have been published, from the first one on.
    pub published: usize,
    /// What stopped it before the end, if something did.
    pub stopped: Option<E>,
}

impl<E> Progress<E> {
    /// All `count` of them.
    pub const fn all(count: usize) -> Self {
        Self {
            published: count,
            stopped: None,
        }
    }
}

/// Publishes to nobody but the [consumers](super::consumers): a batch that is marked is what they
/// read. Enough for a laptop.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

impl Publish for InProcess {
    type Error = std::convert::Infallible;

    async fn publish(&self, events: &[StoredEvent]) -> Progress<Self::Error> {
        Progress::all(events.len())
    }
}

/// One of those who may publish.
#[derive(Debug, Clone)]
pub struct Relay {
    db: Database,
    holder: String,
    options: RelayOptions,
}

/// How a relay works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayOptions {
    /// Events in one batch.
    pub batch: u32,
    /// How long others wait for a relay that fell silent. Longer than it takes to publish a batch.
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

/// What a pass did.
#[derive(Debug)]
pub enum Pass<E> {
    /// Another relay is at work: look again when its lease may be over.
    Standby(Lease),
    /// It was at work, if there was work.
    Worked {
        /// How many events were published, and marked so.
        published: usize,
        /// Whether more may be waiting: make the next pass at once.
        more: bool,
        /// What stopped it before the end of its batch.
        stopped: Option<E>,
        /// Events that can't be read, and so are left where they are.
        unreadable: Vec<Error>,
    },
    /// It published, and before it could say so another relay had taken over, which publishes the
    /// same once more.
    Overtaken {
        /// How many events were published.
        published: usize,
    },
}

impl Relay {
    /// A relay over this database. `holder` is unique among all processes.
    pub fn new(db: Database, holder: impl Into<String>, options: RelayOptions) -> Self {
        Self {
            db,
            holder: holder.into(),
            options,
        }
    }

    /// Publishes the next batch, unless another relay is at work.
    ///
    /// # Errors
    /// [`Error::Database`]; what was published and not marked then is published again.
    pub async fn pass<P: Publish>(&self, to: &P, now: Timestamp) -> Result<Pass<P::Error>, Error> {
        // A lease is a write, which an idle relay on a laptop need not make every second.
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

    /// Lets another relay take over at once.
    ///
    /// # Errors
    /// [`Error::Database`]; the lease expires by itself then.
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

    /// Marks events as published, in a batch of their own; `false` when the lease is lost.
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
