//! Processes updates: store, acknowledge, parse, decide, carry out. Updates of one chat run in
//! order; chats run concurrently and take turns.

mod accepting;
mod journal;
mod lanes;
mod names;
mod strangers;
mod working;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use domain::{AccountId, BotId, ChatId, UpdateId, UserId, access::Refusal};
use events::{
    Timestamp,
    analytics::UserInteractionTracked,
    gateway::{BotResponseSent, CommandExecuted},
};
use runtime::faults::Faults;
use storage::{
    Contended, Database, Tx,
    ingress::{self, Arrival, DecideError, Standing},
    outbox,
    pace::Crowded,
    sessions::{self, SaveError},
    users::{self, NewUser, Profile, User},
};
use telegram::types::Update;
use tokio::sync::Notify;

use crate::fault::Moment;

use super::{
    act::{Desk, Response, Trouble},
    command::{Command, Dialogue},
    decide::{Person, decide, leaves_dialogue},
    hear::{self, Heard, Said},
    stored::Stored,
};
use journal::{name_of, session_events};
use lanes::{Lanes, Turn};

pub use accepting::{BODY_BYTES, Unaccepted};

/// How long a dialogue stays open.
pub(super) const DIALOGUE: TimeDelta = TimeDelta::hours(domain::retention::DIALOGUE_HOURS as i64);

/// Accepts and processes updates.
#[derive(Clone)]
pub struct Ingress {
    inner: Arc<Inner>,
}

struct Inner {
    desk: Desk,
    /// The name of this gateway's lease. While it holds the lease, no other gateway takes over what
    /// it decided.
    by: String,
    lanes: Mutex<Lanes>,
    /// Notified when an update was stored.
    changed: Notify,
    faults: Faults,
}

impl Ingress {
    /// `holder` is unique among all processes.
    pub fn new(desk: Desk, holder: &str, faults: Faults) -> Self {
        let by = format!("{}{}-{holder}", working::GATEWAY, desk.id);
        let inner = Inner {
            desk,
            by,
            lanes: Mutex::default(),
            changed: Notify::new(),
            faults,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(super) fn db(&self) -> &Database {
        &self.inner.desk.db
    }

    pub(super) fn bot_id(&self) -> BotId {
        self.inner.desk.id
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.inner
            .lanes
            .lock()
            .expect("no holder of this lock panics")
    }

    /// Processes an update when its chat has its turn.
    async fn attempt(&self, arrival: Arrival, heard: &Heard) -> Result<Turn, Setback> {
        self.at(Moment::Received, arrival.update).await?;
        let began = Utc::now();
        let decided = match self.decide(arrival, heard, began).await {
            Ok(decided) => decided,
            // An earlier update arrived late; it is processed first.
            Err(Undecided::Decide(DecideError::OutOfTurn { .. })) => return Ok(Turn::Done(0)),
            Err(Undecided::Decide(DecideError::Taken)) => return Ok(Turn::Nothing),
            // A decision of a version that this one can't read.
            Err(error) if error.is_corrupt() => {
                self.bury(arrival, &error.to_string()).await?;
                return Ok(Turn::Done(0));
            }
            Err(error) => return Err(error.into()),
        };
        let Some(Decided { command, user }) = decided else {
            return Ok(Turn::Done(0));
        };
        self.carry_out(arrival, heard, &command, &user, began).await
    }

    /// Carries out the stored command and stores that it is finished.
    async fn carry_out(
        &self,
        arrival: Arrival,
        heard: &Heard,
        command: &Command,
        user: &User,
        began: Timestamp,
    ) -> Result<Turn, Setback> {
        self.at(Moment::Decided, arrival.update).await?;
        let language = user.profile.language.unwrap_or(heard.language);
        let acted = self.inner.desk.act(heard, &user.id, language, command);
        let responses = acted.await.map_err(Setback::from)?;
        self.at(Moment::Acted, arrival.update).await?;
        self.finish(arrival, heard, command, &responses, began)
            .await?;
        self.at(Moment::Finished, arrival.update).await?;
        Ok(Turn::Done(
            u32::try_from(responses.len()).unwrap_or(u32::MAX),
        ))
    }

    /// A failpoint.
    async fn at(&self, moment: Moment, update: UpdateId) -> Result<(), Setback> {
        let about = format!("update {update}");
        let faults = &self.inner.faults;
        let passed = faults.at(|| moment.to_string(), &about, 1).await;
        passed.map_err(|reason| Setback { reason, wait: None })
    }

    async fn bury(&self, arrival: Arrival, reason: &str) -> Result<(), storage::Error> {
        let (bot, at) = (self.bot_id(), Utc::now());
        let bury = |tx| async move { ingress::bury(&tx, bot, arrival, reason, at).await };
        self.db().write(bury).await.map(drop)
    }

    /// Stores the decision, or loads the one that was stored before; `None` if the update is
    /// finished.
    async fn decide(
        &self,
        arrival: Arrival,
        heard: &Heard,
        at: Timestamp,
    ) -> Result<Option<Decided>, Undecided> {
        let (bot, id) = (self.bot_id(), &user_id(heard.from)?);
        let by = self.inner.by.as_str();
        let dialogue = sessions::Dialogue {
            bot,
            chat: ChatId::new(heard.chat.id),
        };
        let written = |tx: Tx| async move {
            let new = NewUser {
                id: id.clone(),
                account: Some(heard.from),
                profile: Profile {
                    language: Some(heard.language),
                    ..Profile::default()
                },
            };
            let met = users::meet(&tx, &new, at).await?;
            if met.value.profile.unreachable_since.is_some() {
                // A user who writes has unblocked the bot.
                users::change(&tx, id, at, |profile| profile.unreachable_since = None).await?;
            }
            let session = sessions::load::<Dialogue>(&tx, dialogue, at).await?;
            let waits_for = session.as_ref().map(|session| &session.record);
            let person = self.person(&met.value, at);
            let mut decided = decide(heard, &person, waits_for.unwrap_or(&Dialogue::Nothing));
            if matches!(person.access.refusal(), Some(Refusal::NotListed))
                && !strangers::are_answered(&tx, bot, heard, &decided.command, at).await?
            {
                decided.command = Command::Nothing;
            }
            let deciding = Stored::new(decided.command, heard);
            let stored = ingress::decide(&tx, bot, arrival, &deciding, by, at).await?;
            // A pressed button is always answered; otherwise it keeps showing a spinner.
            let pressed = matches!(heard.said, Said::Press { .. });
            if stored.fresh && deciding.command == Command::Nothing && !pressed {
                ingress::finish(&tx, bot, arrival.update, at).await?;
                return Ok(None);
            }
            if stored.fresh {
                if deciding.is_told_of_lock() {
                    users::change(&tx, id, at, |profile| profile.lock_told = true).await?;
                }
                let saved = match (&decided.dialogue, &session) {
                    _ if leaves_dialogue(heard, &person) => None,
                    (Dialogue::Nothing, None) => None,
                    (Dialogue::Nothing, Some(_)) => {
                        sessions::end(&tx, dialogue).await?;
                        None
                    }
                    (next, seen) => {
                        let seen = seen.as_ref().map(|session| session.version);
                        let until = at + DIALOGUE;
                        Some(sessions::save(&tx, dialogue, next, seen, until, at).await?)
                    }
                };
                let known = session.as_ref().map(|session| session.id.clone());
                let session = saved.as_ref().map(|saved| saved.id.clone()).or(known);
                let mut journal = self.journal(heard, "heard", session, None);
                let new = meets(&tx, &met, &person, heard, at).await?;
                self.heard_events(&mut journal, heard, id, new, at);
                if let Some(saved) = saved {
                    session_events(&mut journal, &saved, id, at);
                }
                if pressed {
                    let action = name_of(&deciding.command);
                    journal.record(at, UserInteractionTracked { action });
                }
                outbox::append(&tx, journal.events()).await?;
            }
            Ok::<_, Undecided>(match stored.value.standing {
                Standing::Decided(Stored { command, .. }) => Some(Decided {
                    command,
                    user: met.value,
                }),
                Standing::Done(_) | Standing::Dead { .. } | Standing::Received => None,
            })
        };
        self.db().write(written).await
    }

    async fn finish(
        &self,
        arrival: Arrival,
        heard: &Heard,
        command: &Command,
        responses: &[Response],
        began: Timestamp,
    ) -> Result<(), Setback> {
        let (bot, at) = (self.bot_id(), Utc::now());
        let took = (at - began).num_milliseconds();
        let executed = &CommandExecuted {
            command: name_of(command),
            success: true,
            duration_ms: u64::try_from(took).unwrap_or_default(),
        };
        let written = |tx: Tx| async move {
            if ingress::finish(&tx, bot, arrival.update, at).await? {
                // The event of the received update is the cause.
                let cause = outbox::last_of(&tx, &self.correlation(heard)).await?;
                let mut journal = self.journal(heard, "done", None, cause);
                for Response { kind, success } in responses {
                    let kind = (*kind).to_owned();
                    let success = *success;
                    journal.record(at, BotResponseSent { kind, success });
                }
                journal.record(at, executed.clone());
                outbox::append(&tx, journal.events()).await?;
            }
            Ok::<_, storage::Error>(())
        };
        Ok(self.db().write(written).await?)
    }

    fn person(&self, user: &User, at: Timestamp) -> Person {
        Person {
            access: user.access(&self.inner.desk.access, at),
            told: user.profile.lock_told,
        }
    }
}

/// Whether this is a user's first update, which is the one that `user.created` records. An
/// administrator's command can have stored their row before, which then has no language. A locked
/// user is not met until the lock ends.
async fn meets(
    tx: &Tx,
    met: &storage::Stored<User>,
    person: &Person,
    heard: &Heard,
    at: Timestamp,
) -> Result<bool, storage::Error> {
    let is_locked = matches!(person.access.refusal(), Some(Refusal::Locked(_)));
    let user = &met.value;
    if met.fresh || is_locked || user.profile.language.is_some() {
        return Ok(met.fresh);
    }
    let language = Some(heard.language);
    users::change(tx, &user.id, at, |profile| profile.language = language).await?;
    Ok(true)
}

/// A stored decision and its user.
struct Decided {
    command: Command,
    user: User,
}

/// Why an update could not be processed yet, and how long to wait.
struct Setback {
    reason: String,
    wait: Option<Duration>,
}

impl From<Trouble> for Setback {
    fn from(trouble: Trouble) -> Self {
        let wait = match &trouble {
            Trouble::Telegram { wait, .. } => *wait,
            Trouble::Crowded(Crowded::Wait(wait)) => Some(*wait),
            Trouble::Crowded(Crowded::Storage(_)) => None,
            Trouble::Storage(_) | Trouble::Ledger(_) | Trouble::Temporal(_) => None,
        };
        Self {
            reason: trouble.to_string(),
            wait,
        }
    }
}

impl From<Undecided> for Setback {
    fn from(error: Undecided) -> Self {
        Self {
            reason: error.to_string(),
            wait: None,
        }
    }
}

impl From<storage::Error> for Setback {
    fn from(error: storage::Error) -> Self {
        Self {
            reason: error.to_string(),
            wait: None,
        }
    }
}

/// Why no decision was made.
#[derive(Debug, thiserror::Error)]
enum Undecided {
    #[error(transparent)]
    Decide(#[from] DecideError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

impl Undecided {
    /// Whether a stored value can't be decoded.
    fn is_corrupt(&self) -> bool {
        let error = match self {
            Self::Decide(DecideError::Storage(error))
            | Self::Save(SaveError::Storage(error))
            | Self::Storage(error) => error,
            Self::Decide(DecideError::OutOfTurn { .. } | DecideError::Taken)
            | Self::Save(SaveError::Stale { .. }) => return false,
        };
        matches!(error, storage::Error::Corrupt { .. })
    }
}

impl Contended for Undecided {
    fn is_contended(&self) -> bool {
        match self {
            Self::Decide(error) => error.is_contended(),
            // Another transaction changed the dialogue: decide again from its new state.
            Self::Save(SaveError::Stale { .. }) => true,
            Self::Save(error) => error.is_contended(),
            Self::Storage(error) => error.is_contended(),
        }
    }
}

fn arrival(update: &Update) -> Arrival {
    Arrival {
        update: UpdateId::new(i64::from(update.id.0)),
        chat: hear::chat_of(update).map(ChatId::new),
    }
}

fn user_id(account: AccountId) -> Result<UserId, storage::Error> {
    Ok(UserId::parse(&format!("tg-{account}"))?)
}
