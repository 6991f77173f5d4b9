//! From an update to its end: stored, acknowledged, heard, decided, carried out. Updates of one chat go
//! one after the other, chats beside each other, and each chat has its turn.

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
    decide::{Person, decide},
    hear::{self, Heard, Said},
    stored::Stored,
};
use journal::{name_of, session_events};
use lanes::{Lanes, Turn};

pub use accepting::{BODY_BYTES, Unaccepted};

/// How long a chat waits for what it asked its user for.
pub(super) const DIALOGUE: TimeDelta = TimeDelta::hours(domain::retention::DIALOGUE_HOURS as i64);

/// Takes updates in.
#[derive(Clone)]
pub struct Ingress {
    inner: Arc<Inner>,
}

struct Inner {
    desk: Desk,
    /// This gateway's lease: what it decides is its own for as long as it holds it.
    by: String,
    lanes: Mutex<Lanes>,
    /// Something waits.
    changed: Notify,
    faults: Faults,
}

impl Ingress {
    /// Over this desk; `holder` is unique among all processes.
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
        self.inner.lanes.lock().expect("nothing panics in here")
    }

    /// Sees to an update whose turn it is.
    async fn attempt(&self, arrival: Arrival, heard: &Heard) -> Result<Turn, Setback> {
        self.at(Moment::Received, arrival.update).await?;
        let began = Utc::now();
        let decided = match self.decide(arrival, heard, began).await {
            Ok(decided) => decided,
            // One before it came late: it is looked for.
            Err(Undecided::Decide(DecideError::OutOfTurn { .. })) => return Ok(Turn::Done(0)),
            Err(Undecided::Decide(DecideError::Taken)) => return Ok(Turn::Nothing),
            // What was decided by a version that this one does not understand.
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

    /// Does what is stored to be done, and writes down that it is done.
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

    /// Passes a point at which tests interfere.
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

    /// Stores what is to be done, or finds what was stored before. `None` when it is done.
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
                // Whoever writes has let the bot in again.
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
            // A button must not spin on, whoever pressed it.
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
                self.heard_events(&mut journal, heard, id, met.fresh, at);
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
                // What was heard is what led to it.
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

/// What is stored to be done.
struct Decided {
    command: Command,
    user: User,
}

/// Why an update could not be seen to yet.
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

/// Why nothing could be decided.
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
    /// Whether something that is stored can't be read.
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
            // Another device changed the dialogue: decide again, from what it is now.
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
