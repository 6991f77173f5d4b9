//! Processes stored updates: gives lanes their turns, renews this gateway's lease, takes over
//! updates of dead gateways.

use std::{collections::HashMap, time::Duration};

use chrono::{TimeDelta, Utc};
use domain::UpdateId;
use events::Timestamp;
use runtime::shutdown::Shutdown;
use storage::{
    ingress::{
        self as rows, DecideError, LaneHead, UpdateBody, UpdateKey, UpdateLane, UpdateState,
    },
    leases::{self, Lease, LeaseAttempt},
    users,
};
use telegram::types::Update;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};

use traces::{KeyValue, SpanBuilder, SpanKind};
use tracing::Instrument as _;

use super::{
    DecisionError, Ingress, RetryLater,
    grouping::{self, Grouping, Part},
    lanes::{MAX_LANES, TurnResult},
    strangers, user_id,
};
use crate::bot::{
    decision_record::DecisionRecord,
    parse::{self, Incoming, ParsedContent},
};

/// Interval between scans of the table, for updates of other gateways and lanes that did not fit in
/// memory.
const SCAN_INTERVAL: Duration = Duration::from_secs(5);

const LEASE_RENEWAL_INTERVAL: Duration = Duration::from_secs(5);

/// Duration of the lease. When it expires, other gateways take over the gateway's decisions.
const GATEWAY_LEASE: TimeDelta = TimeDelta::seconds(25);

/// Lease renewals between two sweeps of expired leases: one hour.
const RENEWALS_PER_SWEEP: u32 = 720;

/// How long running turns may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// How long Telegram keeps an update.
const TELEGRAM_RETENTION: TimeDelta = TimeDelta::hours(24);

/// Prefix of the names of gateways' leases.
pub(super) const GATEWAY_LEASE_PREFIX: &str = "gateway-";

impl Ingress {
    /// Processes stored updates until `shutdown` begins, then waits for the running ones. The next
    /// gateway takes over the rest.
    pub async fn work(&self, shutdown: &Shutdown) {
        tokio::select! {
            () = self.run_lanes(shutdown) => {}
            () = self.keep_lease() => {}
            () = self.scan_table() => {}
        }
        let (name, now) = (self.inner.lease_name.as_str(), Utc::now());
        let release = |tx| async move {
            match leases::find(&tx, name).await? {
                Some(lease) => leases::release(&tx, &lease, now).await,
                None => Ok::<_, storage::StorageError>(false),
            }
        };
        if let Err(error) = self.db().write(release).await {
            tracing::debug!(%error, "the lease was not released and will expire");
        }
    }

    async fn run_lanes(&self, shutdown: &Shutdown) {
        // A decision has an owner, so the first decision needs the lease.
        while let Err(error) = self.renew_lease().await {
            tracing::warn!("updates wait until the lease is acquired: {error}");
            tokio::select! {
                () = shutdown.begun() => return,
                () = sleep(LEASE_RENEWAL_INTERVAL) => {}
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
            let rested = self.lanes().next_ready_at();
            tokio::select! {
                () = shutdown.begun() => break,
                () = self.inner.update_stored.notified() => {}
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

    fn ended(
        &self,
        under_way: &mut HashMap<Id, UpdateLane>,
        ended: Result<(Id, TurnResult), JoinError>,
    ) {
        let (id, turn) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!("an update will be retried: its task failed: {error}");
                (error.id(), TurnResult::RetryLater(None))
            }
        };
        if let Some(lane) = under_way.remove(&id) {
            self.lanes().finish_turn(lane, turn, Instant::now());
        }
    }

    /// Renews the lease for as long as this future is polled.
    async fn keep_lease(&self) {
        let mut signs = interval(LEASE_RENEWAL_INTERVAL);
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for n in 0_u32.. {
            signs.tick().await;
            let shown = match self.renew_lease().await {
                Ok(_) if n.is_multiple_of(RENEWALS_PER_SWEEP) => self.sweep().await,
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = shown {
                tracing::warn!("the gateway's lease was not renewed: {error}");
            }
        }
    }

    async fn renew_lease(&self) -> Result<Lease, storage::StorageError> {
        let (name, now) = (self.inner.lease_name.as_str(), Utc::now());
        let live = |tx| async move { leases::acquire(&tx, name, name, now, GATEWAY_LEASE).await };
        match self.db().write(live).await? {
            // The name is unique to this process.
            LeaseAttempt::Held(lease) | LeaseAttempt::HeldByOther(lease) => Ok(lease),
        }
    }

    async fn sweep(&self) -> Result<(), storage::StorageError> {
        let before = Utc::now() - TimeDelta::days(1);
        let sweep = |tx| async move {
            for prefix in [GATEWAY_LEASE_PREFIX, strangers::STRANGER_LEASE_PREFIX] {
                leases::delete_expired(&tx, prefix, before).await?;
            }
            Ok::<_, storage::StorageError>(())
        };
        self.db().write(sweep).await
    }

    /// Scans the table for lanes that are not in memory, for as long as this future is polled.
    async fn scan_table(&self) {
        let mut looks = interval(SCAN_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            // The result includes lanes that are already in memory.
            match rows::lanes(&self.db().read(), self.bot_id(), MAX_LANES).await {
                Ok(found) => {
                    let mut lanes = self.lanes();
                    for lane in found {
                        let _ = lanes.wake(lane);
                    }
                    drop(lanes);
                    self.inner.update_stored.notify_one();
                }
                Err(error) => tracing::warn!("waiting updates were not listed: {error}"),
            }
        }
    }

    async fn turn(&self, lane: UpdateLane) -> TurnResult {
        let head = rows::head(&self.db().read(), self.bot_id(), lane).await;
        let (update, seen_to) = match head {
            Ok(None) => return TurnResult::Nothing,
            Ok(Some(head)) => (Some(head.arrival.update), self.process_head(head).await),
            Err(error) => (None, Err(error.into())),
        };
        seen_to.unwrap_or_else(|RetryLater { reason, wait }| {
            let update = update.map(domain::UpdateId::get);
            tracing::warn!(update, "an update will be retried: {reason}");
            self.inner.deps.metrics.update_retries.inc([]);
            TurnResult::RetryLater(wait)
        })
    }

    async fn process_head(&self, head: LaneHead) -> Result<TurnResult, RetryLater> {
        let arrival = head.arrival;
        let update: Option<Update> = match &head.body {
            UpdateBody::Stored(json) => serde_json::from_str(json).ok(),
            UpdateBody::Missing | UpdateBody::Lost => return self.resume_decision(head).await,
        };
        let me = self.inner.deps.bot_name();
        let heard = update.as_ref().and_then(|update| parse::parse_update(update, me));
        let (Some(update), Some(heard)) = (update, heard) else {
            let reason = "this version can't read it";
            self.mark_dead(arrival, reason).await?;
            return Ok(TurnResult::Done(0));
        };
        let part = Part::of(&update, me, head.received_at).filter(|_| !head.is_decided);
        let Some(part) = part else {
            let ended = self.process_in_trace(&head, &heard, &[]).await?;
            self.measure(&heard, head.received_at, &ended);
            return Ok(ended);
        };
        let parts = match self.group(arrival, part).await? {
            Grouping::Complete(parts) => parts,
            Grouping::MayGrow(wait) => return Ok(TurnResult::Wait(wait)),
        };
        let heard = grouping::merge(&parts).unwrap_or(heard);
        let others: Vec<UpdateId> = parts.iter().skip(1).map(Part::update).collect();
        let ended = self.process_in_trace(&head, &heard, &others).await?;
        self.measure(&heard, head.received_at, &ended);
        Ok(ended)
    }

    /// A trace begins when the update arrived.
    async fn process_in_trace(
        &self,
        head: &LaneHead,
        heard: &Incoming,
        parts: &[UpdateId],
    ) -> Result<TurnResult, RetryLater> {
        let update = head.arrival.update;
        let span = SpanBuilder::from_name("process updates")
            .with_kind(SpanKind::Consumer)
            .with_start_time(head.received_at)
            .with_attributes([
                KeyValue::new("messaging.system", "telegram"),
                KeyValue::new("messaging.operation.type", "process"),
                KeyValue::new("messaging.operation.name", "process"),
                KeyValue::new("messaging.destination.name", "updates"),
                KeyValue::new("messaging.message.id", update.to_string()),
                KeyValue::new("update.kind", kind_of(heard)),
            ]);
        traces::run_in_new_trace(span, async {
            let span = tracing::info_span!("update", %update, trace_id = traces::trace_id());
            // Boxed: each wrapper would hold this large future again on the stack.
            let processing = Box::pin(self.process(head.arrival, heard, parts));
            let ended = processing.instrument(span).await;
            if ended.is_err() {
                traces::set_attribute(KeyValue::new("error.type", "retried"));
            }
            ended
        })
        .await
    }

    fn measure(&self, heard: &Incoming, received_at: Timestamp, ended: &TurnResult) {
        if !matches!(ended, TurnResult::Done(_)) {
            return;
        }
        let kind = kind_of(heard);
        let took = (Utc::now() - received_at).to_std().unwrap_or_default();
        self.inner.deps.metrics.updates.inc([kind, "handled"]);
        self.inner.deps.metrics.first_answer_seconds.observe(took, [kind]);
    }

    /// The parts of the request that begins with this update.
    async fn group(&self, head: UpdateKey, part: Part) -> Result<Grouping, storage::StorageError> {
        let (bot, me) = (self.bot_id(), self.inner.deps.bot_name());
        let later = match head.chat {
            Some(chat) if part.may_grow() => {
                let limit = grouping::MAX_PARTS as u64;
                let reader = self.db().read();
                rows::undecided_after(&reader, bot, chat, head.update, limit).await?
            }
            Some(_) | None => Vec::new(),
        };
        let later = later.into_iter().filter_map(|row| match row.body {
            UpdateBody::Stored(json) => {
                let update: Update = serde_json::from_str(&json).ok()?;
                Part::of(&update, me, row.received_at)
            }
            UpdateBody::Missing | UpdateBody::Lost => None,
        });
        Ok(grouping::group(part, later.collect(), Utc::now()))
    }

    /// Takes over an update of an older gateway: it has no body, but may have a decision.
    async fn resume_decision(&self, head: LaneHead) -> Result<TurnResult, RetryLater> {
        let (bot, arrival) = (self.bot_id(), head.arrival);
        let found = rows::find::<DecisionRecord>(&self.db().read(), bot, arrival.update).await;
        let stored = match found {
            Ok(found) => found.map(|found| found.state),
            Err(error @ storage::StorageError::Corrupt { .. }) => {
                self.mark_dead(arrival, &error.to_string()).await?;
                return Ok(TurnResult::Done(0));
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(UpdateState::Decided(stored)) = stored
            && let Some(heard) = stored.parsed_update(arrival.update)
        {
            return self.take_over(&head, &heard, &stored).await;
        }
        // Telegram sends it again, unless it has dropped it.
        if head.body == UpdateBody::Lost || Utc::now() - head.received_at > TELEGRAM_RETENTION {
            self.mark_dead(arrival, "Telegram no longer has it").await?;
            return Ok(TurnResult::Done(0));
        }
        Ok(TurnResult::Nothing)
    }

    async fn take_over(
        &self,
        head: &LaneHead,
        heard: &Incoming,
        stored: &DecisionRecord,
    ) -> Result<TurnResult, RetryLater> {
        let (bot, update, now) = (self.bot_id(), head.arrival.update, Utc::now());
        let by = self.inner.lease_name.as_str();
        let take = |tx| async move { rows::take_over(&tx, bot, update, by, now).await };
        match self.db().write(take).await {
            Ok(()) => {}
            Err(DecideError::OwnedByOther) => return Ok(TurnResult::Nothing),
            Err(error) => return Err(DecisionError::from(error).into()),
        }
        tracing::warn!(%update, "taking over an update of another gateway");
        let user = users::find(&self.db().read(), &user_id(heard.account)?).await?;
        let Some(user) = user else {
            self.mark_dead(head.arrival, "nobody knows its user").await?;
            return Ok(TurnResult::Done(0));
        };
        self.carry_out(head.arrival, heard, stored, &user, now).await
    }
}

/// The kind of an update, for metrics and traces.
fn kind_of(heard: &Incoming) -> &'static str {
    match heard.content {
        ParsedContent::Press { .. } => "press",
        _ if heard.edited => "edited_message",
        _ => "message",
    }
}
