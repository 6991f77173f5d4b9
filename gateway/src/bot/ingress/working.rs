//! Processes stored updates: gives lanes their turns, renews this gateway's lease, takes over
//! updates of dead gateways.

use std::{collections::HashMap, time::Duration};

use chrono::{TimeDelta, Utc};
use runtime::shutdown::Shutdown;
use storage::{
    ingress::{self as rows, Body, DecideError, Head, Lane, Standing},
    leases::{self, Acquired, Lease},
    users,
};
use telegram::types::Update;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};

use super::{
    Ingress, Setback, Undecided,
    lanes::{REMEMBERED, Turn},
    strangers, user_id,
};
use crate::bot::{
    hear::{self, Heard},
    stored::Stored,
};

/// Interval between scans of the table, for updates of other gateways and lanes that did not fit in
/// memory.
const LOOK: Duration = Duration::from_secs(5);

/// Interval between lease renewals.
const SIGN: Duration = Duration::from_secs(5);

/// Duration of the lease. When it expires, other gateways take over the gateway's decisions.
const LEASE: TimeDelta = TimeDelta::seconds(25);

/// Lease renewals between two sweeps of expired leases: one hour.
const SWEEP: u32 = 720;

/// How long running turns may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// How long Telegram keeps an update.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Prefix of the names of gateways' leases.
pub(super) const GATEWAY: &str = "gateway-";

impl Ingress {
    /// Processes stored updates until `shutdown` begins, then waits for the running ones. The next
    /// gateway takes over the rest.
    pub async fn work(&self, shutdown: &Shutdown) {
        tokio::select! {
            () = self.give_turns(shutdown) => {}
            () = self.show_life() => {}
            () = self.look_around() => {}
        }
        let (name, now) = (self.inner.by.as_str(), Utc::now());
        let release = |tx| async move {
            match leases::find(&tx, name).await? {
                Some(lease) => leases::release(&tx, &lease, now).await,
                None => Ok::<_, storage::Error>(false),
            }
        };
        if let Err(error) = self.db().write(release).await {
            tracing::debug!(%error, "the lease was not released and will expire");
        }
    }

    async fn give_turns(&self, shutdown: &Shutdown) {
        // A decision has an owner, so the first decision needs the lease.
        while let Err(error) = self.live().await {
            tracing::warn!("updates wait until the lease is acquired: {error}");
            tokio::select! {
                () = shutdown.begun() => return,
                () = sleep(SIGN) => {}
            }
        }
        let mut turns = JoinSet::new();
        let mut under_way = HashMap::new();
        loop {
            let now = Instant::now();
            while let Some(lane) = { self.lanes().next(now) } {
                let ingress = self.clone();
                let turn = turns.spawn(async move { ingress.turn(lane).await });
                under_way.insert(turn.id(), lane);
            }
            let rested = self.lanes().next_rested();
            tokio::select! {
                () = shutdown.begun() => break,
                () = self.inner.changed.notified() => {}
                Some(ended) = turns.join_next_with_id() => self.ended(&mut under_way, ended),
                () = sleep_until(rested.unwrap_or(now)), if rested.is_some() => {}
            }
        }
        let drained = async { while turns.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("updates left to the next gateway: {}", turns.len());
            turns.shutdown().await;
        }
    }

    fn ended(&self, under_way: &mut HashMap<Id, Lane>, ended: Result<(Id, Turn), JoinError>) {
        let (id, turn) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!("an update will be retried: its task failed: {error}");
                (error.id(), Turn::Setback(None))
            }
        };
        if let Some(lane) = under_way.remove(&id) {
            self.lanes().ended(lane, turn, Instant::now());
        }
    }

    /// Renews the lease for as long as this future is polled.
    async fn show_life(&self) {
        let mut signs = interval(SIGN);
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for n in 0_u32.. {
            signs.tick().await;
            let shown = match self.live().await {
                Ok(_) if n.is_multiple_of(SWEEP) => self.sweep().await,
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = shown {
                tracing::warn!("the gateway's lease was not renewed: {error}");
            }
        }
    }

    async fn live(&self) -> Result<Lease, storage::Error> {
        let (name, now) = (self.inner.by.as_str(), Utc::now());
        let live = |tx| async move { leases::acquire(&tx, name, name, now, LEASE).await };
        match self.db().write(live).await? {
            // The name is unique to this process.
            Acquired::Ours(lease) | Acquired::Taken(lease) => Ok(lease),
        }
    }

    async fn sweep(&self) -> Result<(), storage::Error> {
        let before = Utc::now() - TimeDelta::days(1);
        let sweep = |tx| async move {
            for prefix in [GATEWAY, strangers::STRANGER] {
                leases::sweep(&tx, prefix, before).await?;
            }
            Ok::<_, storage::Error>(())
        };
        self.db().write(sweep).await
    }

    /// Scans the table for lanes that are not in memory, for as long as this future is polled.
    async fn look_around(&self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            // The result includes lanes that are already in memory.
            match rows::lanes(&self.db().read(), self.bot_id(), REMEMBERED).await {
                Ok(found) => {
                    let mut lanes = self.lanes();
                    for lane in found {
                        let _ = lanes.wake(lane);
                    }
                    drop(lanes);
                    self.inner.changed.notify_one();
                }
                Err(error) => tracing::warn!("waiting updates were not listed: {error}"),
            }
        }
    }

    async fn turn(&self, lane: Lane) -> Turn {
        let head = rows::head(&self.db().read(), self.bot_id(), lane).await;
        let (update, seen_to) = match head {
            Ok(None) => return Turn::Nothing,
            Ok(Some(head)) => (Some(head.arrival.update), self.see_to(head).await),
            Err(error) => (None, Err(error.into())),
        };
        seen_to.unwrap_or_else(|Setback { reason, wait }| {
            let update = update.map(domain::UpdateId::get);
            tracing::warn!(update, "an update will be retried: {reason}");
            Turn::Setback(wait)
        })
    }

    async fn see_to(&self, head: Head) -> Result<Turn, Setback> {
        let arrival = head.arrival;
        let heard = match head.body {
            Body::Stored(json) => self.read(&json),
            Body::Awaited | Body::Lost => return self.see_to_decision(head).await,
        };
        match heard {
            Some(heard) => self.attempt(arrival, &heard).await,
            None => {
                let reason = "this version can't read it";
                self.bury(arrival, reason).await?;
                Ok(Turn::Done(0))
            }
        }
    }

    fn read(&self, json: &str) -> Option<Heard> {
        let update: Update = serde_json::from_str(json).ok()?;
        hear::hear(&update, &self.inner.desk.name)
    }

    /// Takes over an update of an older gateway: it has no body, but may have a decision.
    async fn see_to_decision(&self, head: Head) -> Result<Turn, Setback> {
        let (bot, arrival) = (self.bot_id(), head.arrival);
        let found = rows::find::<Stored>(&self.db().read(), bot, arrival.update).await;
        let stored = match found {
            Ok(found) => found.map(|found| found.standing),
            Err(error @ storage::Error::Corrupt { .. }) => {
                self.bury(arrival, &error.to_string()).await?;
                return Ok(Turn::Done(0));
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(Standing::Decided(stored)) = stored
            && let Some(heard) = stored.heard(arrival.update)
        {
            return self.adopt(&head, &heard, &stored).await;
        }
        // Telegram sends it again, unless it has dropped it.
        if head.body == Body::Lost || Utc::now() - head.received_at > KEPT {
            self.bury(arrival, "Telegram no longer has it").await?;
            return Ok(Turn::Done(0));
        }
        Ok(Turn::Nothing)
    }

    async fn adopt(&self, head: &Head, heard: &Heard, stored: &Stored) -> Result<Turn, Setback> {
        let (bot, update, now) = (self.bot_id(), head.arrival.update, Utc::now());
        let by = self.inner.by.as_str();
        let take = |tx| async move { rows::take_over(&tx, bot, update, by, now).await };
        match self.db().write(take).await {
            Ok(()) => {}
            Err(DecideError::Taken) => return Ok(Turn::Nothing),
            Err(error) => return Err(Undecided::from(error).into()),
        }
        tracing::warn!(%update, "taking over an update of another gateway");
        let user = users::find(&self.db().read(), &user_id(heard.from)?).await?;
        let Some(user) = user else {
            self.bury(head.arrival, "nobody knows its user").await?;
            return Ok(Turn::Done(0));
        };
        self.carry_out(head.arrival, heard, &stored.command, &user, now)
            .await
    }
}
