//! Processes updates: store, acknowledge, parse, group, decide, carry out. Updates of one chat run
//! in order; chats run concurrently and take turns.

mod acceptance;
mod grouping;
mod inline_queries;
mod journal;
mod lanes;
mod name_removal;
mod processing;
mod reply_target;
mod strangers;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use domain::{AccountId, BotId, UpdateId, UserId, access::AccessRefusal};
use events::{
    Timestamp,
    analytics::UserInteractionTracked,
    gateway::{BotResponseSent, CommandExecuted},
};
use runtime::failpoint_hooks::FailpointHooks;
use storage::{
    Database, MaybeConflict, StorageError, Tx, carousels,
    ingress::{self, DecideError, UpdateKey, UpdateState},
    outbox,
    rate_limiter::RateLimited,
    sessions::{self, SaveSessionError, SessionKey},
    users::{self, NewUser, Profile, User},
};
use telegram::{
    action::{Action, DialogueState, MembershipChange},
    types::Update,
};
use tokio::sync::{Notify, Semaphore};

use crate::update_failpoint::UpdateFailpoint;

use super::{
    decision_record::DecisionRecord,
    handle::{BotDependencies, HandlerError, SentReply},
    parse::{self, Incoming, MessageAuthor, ParsedContent},
    route::{UpdateAuthor, route},
};
use journal::{name_of, session_events, updated_event};
use lanes::{Lanes, TurnResult};

pub use acceptance::{AcceptError, BODY_BYTES};

/// How long a dialogue stays open.
pub(super) const DIALOGUE_LIFETIME: TimeDelta =
    TimeDelta::hours(domain::retention::DIALOGUE_HOURS as i64);

/// Accepts and processes updates.
#[derive(Clone)]
pub struct Ingress {
    inner: Arc<IngressInner>,
}

struct IngressInner {
    deps: BotDependencies,
    /// The name of this gateway's lease. While it holds the lease, no other gateway takes over what
    /// it decided.
    lease_name: String,
    lanes: Mutex<Lanes>,
    /// Notified when an update was stored.
    update_stored: Notify,
    /// The answers to inline queries that may be under way.
    inline_slots: Arc<Semaphore>,
    faults: FailpointHooks,
}

impl Ingress {
    /// `holder` is unique among all processes.
    pub fn new(desk: BotDependencies, holder: &str, faults: FailpointHooks) -> Self {
        let by = format!("{}{}-{holder}", processing::GATEWAY_LEASE_PREFIX, desk.id);
        let inner = IngressInner {
            deps: desk,
            lease_name: by,
            lanes: Mutex::default(),
            update_stored: Notify::new(),
            inline_slots: inline_queries::slots(),
            faults,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(super) fn db(&self) -> &Database {
        &self.inner.deps.db
    }

    pub(super) fn bot_id(&self) -> BotId {
        self.inner.deps.id
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.inner.lanes.lock().expect("no holder of this lock panics")
    }

    /// Processes an update when its chat has its turn. `parts` are the further updates of its
    /// request.
    async fn process(
        &self,
        arrival: UpdateKey,
        heard: &Incoming,
        parts: &[UpdateId],
    ) -> Result<TurnResult, RetryLater> {
        self.failpoint(UpdateFailpoint::Received, arrival.update).await?;
        let began = Utc::now();
        let decided = match self.decide(arrival, heard, parts, began).await {
            Ok(decided) => decided,
            // An earlier update arrived late; it is processed first.
            Err(DecisionError::Decide(DecideError::EarlierUnfinished { .. })) => {
                return Ok(TurnResult::Done(0));
            }
            Err(DecisionError::Decide(DecideError::OwnedByOther)) => {
                return Ok(TurnResult::Nothing);
            }
            // A decision of a version that this one can't read.
            Err(error) if error.is_corrupt() => {
                self.mark_dead(arrival, &error.to_string()).await?;
                return Ok(TurnResult::Done(0));
            }
            Err(error) => return Err(error.into()),
        };
        let Some(StoredDecision { decision, user }) = decided else {
            return Ok(TurnResult::Done(0));
        };
        self.carry_out(arrival, heard, &decision, &user, began).await
    }

    /// Carries out the stored action and stores that it is finished.
    async fn carry_out(
        &self,
        arrival: UpdateKey,
        heard: &Incoming,
        decision: &DecisionRecord,
        user: &User,
        began: Timestamp,
    ) -> Result<TurnResult, RetryLater> {
        self.failpoint(UpdateFailpoint::Decided, arrival.update).await?;
        let language = user.profile.language.unwrap_or(heard.language);
        let acted = self.inner.deps.handle(heard, &user.id, language, decision);
        let responses = acted.await.map_err(RetryLater::from)?;
        self.failpoint(UpdateFailpoint::Handled, arrival.update).await?;
        self.finish(arrival, heard, &decision.action, &responses, began).await?;
        self.failpoint(UpdateFailpoint::Finished, arrival.update).await?;
        Ok(TurnResult::Done(u32::try_from(responses.len()).unwrap_or(u32::MAX)))
    }

    async fn failpoint(&self, moment: UpdateFailpoint, update: UpdateId) -> Result<(), RetryLater> {
        let about = format!("update {update}");
        let faults = &self.inner.faults;
        let passed = faults.at(|| moment.to_string(), &about, 1).await;
        passed.map_err(|reason| RetryLater { reason, wait: None })
    }

    async fn mark_dead(
        &self,
        arrival: UpdateKey,
        reason: &str,
    ) -> Result<(), storage::StorageError> {
        let (bot, at) = (self.bot_id(), Utc::now());
        let bury =
            |tx| async move { ingress::mark_dead_letter(&tx, bot, arrival, reason, at).await };
        self.db().write(bury).await?;
        self.inner.deps.metrics.updates.inc(["any", "unreadable"]);
        Ok(())
    }

    /// Stores the decision, or loads the one that was stored before; `None` if the update is
    /// finished.
    async fn decide(
        &self,
        arrival: UpdateKey,
        heard: &Incoming,
        parts: &[UpdateId],
        at: Timestamp,
    ) -> Result<Option<StoredDecision>, DecisionError> {
        let (bot, id) = (self.bot_id(), &user_id(heard.account)?);
        let by = self.inner.lease_name.as_str();
        let dialogue = session_key(bot, heard);
        let written = |tx: Tx| async move {
            // A hidden author has no language of their own: each message shows one.
            let language = (heard.author == MessageAuthor::Person).then_some(heard.language);
            let new = NewUser {
                id: id.clone(),
                account: Some(heard.account),
                profile: Profile { language, ..Profile::default() },
            };
            let met = users::find_or_create(&tx, &new, at).await?;
            let session = match sessions::load::<DialogueState>(&tx, dialogue, at).await {
                // A dialogue that can't be read is over; otherwise it would block the chat.
                Err(StorageError::Corrupt { .. }) => {
                    sessions::end(&tx, dialogue).await?;
                    None
                }
                session => session?,
            };
            let waits_for = session.as_ref().map(|session| &session.record);
            let person = self.author(&met.value, at);
            let waits_for = waits_for.unwrap_or(&DialogueState::Nothing);
            let target = reply_target::find(&tx, bot, heard, at).await?;
            let mut decided = route(heard, &person, waits_for, &target);
            if matches!(person.access.refusal(), Some(AccessRefusal::NotListed))
                && !strangers::may_reply(&tx, bot, heard, &decided.action, at).await?
            {
                decided.action = Action::Nothing;
            }
            let mut deciding = DecisionRecord::new(decided.action, heard);
            // A pressed button is always answered; otherwise it keeps showing a spinner.
            let pressed = matches!(heard.content, ParsedContent::Press { .. });
            if let Some(carousel) = deciding.action.once_for().filter(|_| pressed) {
                let carousel = carousels::find(&tx, carousel).await?;
                deciding.revision = carousel.map(|carousel| carousel.revision.unwrap_or(0));
            }
            let stored = ingress::decide(&tx, bot, arrival, &deciding, by, at).await?;
            let mut changed_fields = Vec::new();
            if stored.fresh {
                let part = &DecisionRecord::part_of(arrival.update);
                ingress::finish_parts(&tx, bot, parts, part, at).await?;
                changed_fields = self.change_author(&tx, &met.value, heard, &deciding, at).await?;
            }
            if stored.fresh && deciding.action == Action::Nothing && !pressed {
                let mut journal = self.journal(heard, "heard", None, None);
                updated_event(&mut journal, id, &changed_fields, at);
                outbox::append(&tx, journal.events()).await?;
                ingress::finish(&tx, bot, arrival.update, at).await?;
                return Ok(None);
            }
            if stored.fresh {
                let saved = match (&decided.dialogue, &session) {
                    // An edited message is no answer.
                    _ if heard.edited => None,
                    (DialogueState::Nothing, None) => None,
                    (DialogueState::Nothing, Some(_)) => {
                        sessions::end(&tx, dialogue).await?;
                        None
                    }
                    (next, seen) => {
                        let seen = seen.as_ref().map(|session| session.version);
                        let until = at + DIALOGUE_LIFETIME;
                        Some(sessions::save(&tx, dialogue, next, seen, until, at).await?)
                    }
                };
                let known = session.as_ref().map(|session| session.id.clone());
                let session = saved.as_ref().map(|saved| saved.id.clone()).or(known);
                let mut journal = self.journal(heard, "heard", session, None);
                let new = meets(&tx, &met, &person, heard, at).await?;
                self.received_events(&mut journal, heard, id, new, at);
                updated_event(&mut journal, id, &changed_fields, at);
                if let Some(saved) = saved {
                    session_events(&mut journal, &saved, id, at);
                }
                if pressed {
                    let action = name_of(&deciding.action);
                    journal.record(at, UserInteractionTracked { action });
                }
                outbox::append(&tx, journal.events()).await?;
            }
            Ok::<_, DecisionError>(match stored.value.state {
                UpdateState::Decided(decision) => {
                    Some(StoredDecision { decision, user: met.value })
                }
                UpdateState::Done(_) | UpdateState::DeadLetter { .. } | UpdateState::Received => {
                    None
                }
            })
        };
        self.db().write(written).await
    }

    /// Changes the profile of an update's author. Returns the names of the changed fields.
    async fn change_author(
        &self,
        tx: &Tx,
        user: &User,
        heard: &Incoming,
        deciding: &DecisionRecord,
        at: Timestamp,
    ) -> Result<Vec<&'static str>, StorageError> {
        let left = heard.content == ParsedContent::Membership(MembershipChange::Left);
        // A user who writes has unblocked the bot.
        let is_back = user.profile.unreachable_since.is_some() && !left;
        let is_notified = deciding.notifies_of_lock();
        if !is_back && !is_notified {
            return Ok(Vec::new());
        }
        let changed = users::change(tx, &user.id, at, |profile| {
            if is_back {
                profile.unreachable_since = None;
            }
            profile.lock_notified |= is_notified;
        });
        Ok(changed.await?.map(|changed| changed.fields).unwrap_or_default())
    }

    async fn finish(
        &self,
        arrival: UpdateKey,
        heard: &Incoming,
        action: &Action,
        responses: &[SentReply],
        began: Timestamp,
    ) -> Result<(), RetryLater> {
        let (bot, at) = (self.bot_id(), Utc::now());
        let took = (at - began).num_milliseconds();
        let executed = &CommandExecuted {
            command: name_of(action),
            success: true,
            duration_ms: u64::try_from(took).unwrap_or_default(),
        };
        let written = |tx: Tx| async move {
            if ingress::finish(&tx, bot, arrival.update, at).await? {
                // The event of the received update is the cause.
                let cause = outbox::last_event_id(&tx, &self.correlation(heard)).await?;
                let mut journal = self.journal(heard, "done", None, cause);
                for SentReply { kind, success } in responses {
                    let kind = (*kind).to_owned();
                    let success = *success;
                    journal.record(at, BotResponseSent { kind, success });
                }
                journal.record(at, executed.clone());
                outbox::append(&tx, journal.events()).await?;
            }
            Ok::<_, storage::StorageError>(())
        };
        Ok(self.db().write(written).await?)
    }

    fn author(&self, user: &User, at: Timestamp) -> UpdateAuthor {
        UpdateAuthor {
            access: user.access(&self.inner.deps.access, at),
            lock_notified: user.profile.lock_notified,
        }
    }
}

/// Whether this is a user's first update, which is the one that `user.created` records. An
/// administrator's command can have stored their row before, which then has no language. A locked
/// user is not met until the lock ends.
async fn meets(
    tx: &Tx,
    met: &storage::FirstWrite<User>,
    person: &UpdateAuthor,
    heard: &Incoming,
    at: Timestamp,
) -> Result<bool, storage::StorageError> {
    let is_locked = matches!(person.access.refusal(), Some(AccessRefusal::Locked(_)));
    let (user, hidden) = (&met.value, heard.author != MessageAuthor::Person);
    if met.fresh || is_locked || hidden || user.profile.language.is_some() {
        return Ok(met.fresh);
    }
    let language = Some(heard.language);
    users::change(tx, &user.id, at, |profile| profile.language = language).await?;
    Ok(true)
}

struct StoredDecision {
    decision: DecisionRecord,
    user: User,
}

/// Why an update could not be processed yet, and how long to wait.
struct RetryLater {
    reason: String,
    wait: Option<Duration>,
}

impl From<HandlerError> for RetryLater {
    fn from(trouble: HandlerError) -> Self {
        let wait = match &trouble {
            HandlerError::Telegram { wait, .. } => *wait,
            HandlerError::RateLimited(RateLimited::RetryAfter(wait)) => Some(*wait),
            HandlerError::RateLimited(RateLimited::Storage(_)) => None,
            HandlerError::Storage(_)
            | HandlerError::Ledger(_)
            | HandlerError::Parser(_)
            | HandlerError::Temporal(_) => None,
        };
        Self { reason: trouble.to_string(), wait }
    }
}

impl From<DecisionError> for RetryLater {
    fn from(error: DecisionError) -> Self {
        Self { reason: error.to_string(), wait: None }
    }
}

impl From<storage::StorageError> for RetryLater {
    fn from(error: storage::StorageError) -> Self {
        Self { reason: error.to_string(), wait: None }
    }
}

/// Why no decision was made.
#[derive(Debug, thiserror::Error)]
enum DecisionError {
    #[error(transparent)]
    Decide(#[from] DecideError),
    #[error(transparent)]
    Save(#[from] SaveSessionError),
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
}

impl DecisionError {
    /// Whether a stored value can't be decoded.
    fn is_corrupt(&self) -> bool {
        let error = match self {
            Self::Decide(DecideError::Storage(error))
            | Self::Save(SaveSessionError::Storage(error))
            | Self::Storage(error) => error,
            Self::Decide(DecideError::EarlierUnfinished { .. } | DecideError::OwnedByOther)
            | Self::Save(SaveSessionError::Stale { .. }) => return false,
        };
        matches!(error, storage::StorageError::Corrupt { .. })
    }
}

impl MaybeConflict for DecisionError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Decide(error) => error.is_conflict(),
            // Another transaction changed the dialogue: decide again from its new state.
            Self::Save(SaveSessionError::Stale { .. }) => true,
            Self::Save(error) => error.is_conflict(),
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

fn arrival(update: &Update) -> UpdateKey {
    UpdateKey { update: UpdateId::new(i64::from(update.id.0)), chat: parse::chat_of(update) }
}

/// The dialogue that an update is part of.
pub(super) fn session_key(bot: BotId, heard: &Incoming) -> SessionKey {
    SessionKey { bot, chat: heard.chat.id, thread: heard.chat.thread, account: heard.account }
}

fn user_id(account: AccountId) -> Result<UserId, storage::StorageError> {
    Ok(UserId::parse(&format!("tg-{account}"))?)
}
