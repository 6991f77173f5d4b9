//! From an update to its end: heard, decided, stored, carried out, acknowledged. Updates of one chat
//! go one after the other, chats beside each other.

mod accepting;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use domain::{AccountId, BotId, ChatId, UpdateId, UserId};
use events::{
    Context, EventId, Journal, Origin, Timestamp,
    analytics::UserInteractionTracked,
    gateway::{
        BotResponseSent, CommandExecuted, MessageKind, UserMessageReceived, UserSessionCreated,
    },
    persistence::{SessionSaved, UserCreated},
};
use runtime::{faults::Faults, shutdown::Shutdown};
use storage::{
    Contended, Database, Tx,
    ingress::{self, Arrival, DecideError, Standing},
    outbox,
    pace::Crowded,
    sessions::{self, SaveError, Saved},
    users::{self, NewUser, Profile, User},
};
use telegram::types::Update;

use crate::fault::Moment;

use super::{
    act::{Desk, Response, Trouble},
    command::{Command, Dialogue},
    decide::{Person, decide},
    hear::{self, Heard, Said},
    stored::Stored,
};

pub use accepting::Unaccepted;

/// How long a chat waits for what it asked its user for.
pub(super) const DIALOGUE: TimeDelta = TimeDelta::hours(domain::retention::DIALOGUE_HOURS as i64);

/// The pauses between two tries at something that is away.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Takes updates in.
#[derive(Clone)]
pub struct Ingress {
    inner: Arc<Inner>,
}

struct Inner {
    desk: Desk,
    lanes: Mutex<Lanes>,
    shutdown: Shutdown,
    faults: Faults,
}

/// What is under way: chats with what waits in them, and the updates that are somewhere here.
#[derive(Default)]
struct Lanes {
    waiting: HashMap<i64, VecDeque<Update>>,
    here: HashSet<u32>,
}

impl Ingress {
    /// Over this desk.
    pub fn new(desk: Desk, shutdown: Shutdown, faults: Faults) -> Self {
        let lanes = Mutex::default();
        let inner = Inner {
            desk,
            lanes,
            shutdown,
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

    /// Writes down that these updates exist, and sees to those that are not seen to already. Says
    /// how many were new to this process.
    ///
    /// # Errors
    /// [`storage::Error`]; nothing was taken in then.
    pub async fn take(&self, updates: Vec<Update>) -> Result<usize, storage::Error> {
        let arrivals: Vec<Arrival> = updates.iter().map(arrival).collect();
        let (bot, batch, at) = (self.bot_id(), arrivals.as_slice(), Utc::now());
        let receive = |tx| async move { ingress::receive(&tx, bot, batch, at).await };
        let received = self.db().write(receive).await?;
        for gone in received.gone {
            tracing::error!(update = %gone, "Telegram no longer has an update that nobody decided");
        }
        Ok(updates
            .into_iter()
            .filter(|update| self.queue(update.clone()))
            .count())
    }

    /// Puts an update into its chat's lane; `false` for one that is there already.
    fn queue(&self, update: Update) -> bool {
        // Updates without a chat have no order: each is a lane of its own.
        let lane = hear::chat_of(&update).unwrap_or(i64::MIN + i64::from(update.id.0));
        let mut lanes = self.inner.lanes.lock().expect("nothing panics in here");
        if !lanes.here.insert(update.id.0) {
            return false;
        }
        match lanes.waiting.get_mut(&lane) {
            Some(waiting) => waiting.push_back(update),
            None => {
                lanes.waiting.insert(lane, VecDeque::from([update]));
                let ingress = self.clone();
                tokio::spawn(async move { ingress.drain(lane).await });
            }
        }
        true
    }

    /// Sees to a chat's updates until none waits.
    async fn drain(&self, lane: i64) {
        loop {
            let next = {
                let mut lanes = self.inner.lanes.lock().expect("nothing panics in here");
                let next = lanes.waiting.get_mut(&lane).and_then(VecDeque::pop_front);
                if next.is_none() {
                    lanes.waiting.remove(&lane);
                }
                next
            };
            let Some(update) = next else { return };
            let id = update.id.0;
            self.see_to(&update).await;
            let mut lanes = self.inner.lanes.lock().expect("nothing panics in here");
            lanes.here.remove(&id);
        }
    }

    async fn see_to(&self, update: &Update) {
        self.persist(update.id.0, || self.attempt(update)).await;
    }

    /// Sees to one update, for as long as it takes: what is away comes back.
    async fn persist<F>(&self, update: u32, attempt: impl Fn() -> F)
    where
        F: Future<Output = Result<(), Setback>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let wait = match attempt().await {
                Ok(()) => return,
                Err(Setback { reason, wait }) => {
                    tracing::warn!(update, "an update waits: {reason}");
                    wait.unwrap_or(pause)
                }
            };
            tokio::select! {
                // Its row says that it is not finished: the next gateway goes on with it.
                () = self.inner.shutdown.begun() => return,
                () = tokio::time::sleep(wait) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, update: &Update) -> Result<(), Setback> {
        let arrival = arrival(update);
        let Some(heard) = hear::hear(update, &self.inner.desk.name) else {
            return Ok(self.pass_over(arrival).await?);
        };
        self.at(Moment::Received, arrival.update).await?;
        let began = Utc::now();
        let decided = match self.decide(arrival, &heard, began).await {
            Ok(decided) => decided,
            // What was decided by a version that this one does not understand.
            Err(Undecided::Storage(error @ storage::Error::Corrupt { .. })) => {
                self.bury(arrival, &error.to_string()).await?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let Some(Decided { command, user, .. }) = decided else {
            return Ok(());
        };
        self.carry_out(arrival, &heard, &command, &user, began)
            .await
    }

    /// Does what is stored to be done, and writes down that it is done.
    async fn carry_out(
        &self,
        arrival: Arrival,
        heard: &Heard,
        command: &Command,
        user: &User,
        began: Timestamp,
    ) -> Result<(), Setback> {
        self.at(Moment::Decided, arrival.update).await?;
        let language = user.profile.language.unwrap_or(heard.language);
        let acted = self.inner.desk.act(heard, &user.id, language, command);
        let responses = acted.await.map_err(Setback::from)?;
        self.at(Moment::Acted, arrival.update).await?;
        self.finish(arrival, heard, command, &responses, began)
            .await?;
        self.at(Moment::Finished, arrival.update).await
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
            let decided = decide(heard, &person, waits_for.unwrap_or(&Dialogue::Nothing));
            let deciding = Stored::new(decided.command, heard);
            let stored = ingress::decide(&tx, bot, arrival, &deciding, at).await?;
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
                if matches!(heard.said, Said::Press { .. }) {
                    let action = name_of(&deciding.command);
                    journal.record(at, UserInteractionTracked { action });
                }
                outbox::append(&tx, journal.events()).await?;
            }
            Ok::<_, Undecided>(match stored.value.standing {
                Standing::Decided(Stored { command, .. }) => Some(Decided {
                    command,
                    user: met.value,
                    fresh: stored.fresh,
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

    /// Acknowledges what is not for us.
    async fn pass_over(&self, arrival: Arrival) -> Result<(), Undecided> {
        let (bot, at) = (self.bot_id(), Utc::now());
        let written = |tx: Tx| async move {
            ingress::decide(&tx, bot, arrival, &Stored::nothing(), at).await?;
            ingress::finish(&tx, bot, arrival.update, at).await?;
            Ok::<_, Undecided>(())
        };
        self.db().write(written).await
    }

    fn person(&self, user: &User, at: Timestamp) -> Person {
        Person {
            access: user.access(&self.inner.desk.access, at),
            told: user.profile.lock_told,
        }
    }

    fn correlation(&self, heard: &Heard) -> String {
        format!("update-{}-{}", self.bot_id(), heard.update)
    }

    fn journal(
        &self,
        heard: &Heard,
        what: &str,
        session: Option<String>,
        cause: Option<EventId>,
    ) -> Journal {
        let update = self.correlation(heard);
        let context = Context {
            correlation: update.clone(),
            environment: self.inner.desk.environment.clone(),
            session,
            user: user_id(heard.from).ok().map(|id| id.as_str().to_owned()),
            request: Some(update.clone()),
            ..Context::default()
        };
        Journal::of_request(&format!("{update}-{what}"), Origin::GATEWAY, context, cause)
    }

    fn heard_events(
        &self,
        journal: &mut Journal,
        heard: &Heard,
        user: &UserId,
        new: bool,
        at: Timestamp,
    ) {
        let (kind, length) = kind_of(&heard.said);
        journal.record(
            at,
            UserMessageReceived {
                user: user.as_str().to_owned(),
                chat: heard.chat.id,
                message: i64::from(heard.message),
                kind,
                length,
            },
        );
        if new {
            journal.record(
                at,
                UserCreated {
                    user: user.as_str().to_owned(),
                    changed_fields: vec!["language".to_owned()],
                },
            );
        }
    }
}

/// What is stored to be done.
struct Decided {
    command: Command,
    user: User,
    /// Whether it was stored now, and not before.
    fresh: bool,
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

/// What is to be said of a dialogue that was stored.
fn session_events(journal: &mut Journal, saved: &Saved, user: &UserId, at: Timestamp) {
    if saved.fresh {
        let created = UserSessionCreated {
            session: saved.id.clone(),
            user: user.as_str().to_owned(),
        };
        journal.record(at, created);
    }
    let stored = SessionSaved {
        session: saved.id.clone(),
        expires_at: at + DIALOGUE,
    };
    journal.record(at, stored);
}

fn kind_of(said: &Said) -> (MessageKind, u64) {
    let length = |text: &str| text.chars().count() as u64;
    match said {
        Said::Command { rest, .. } => (MessageKind::Command, length(rest)),
        Said::Words(words) if words.starts_with("http") => (MessageKind::Link, length(words)),
        Said::Words(words) => (MessageKind::Text, length(words)),
        Said::Voice { .. } => (MessageKind::Voice, 0),
        Said::Picture { .. } => (MessageKind::Photo, 0),
        Said::Document { .. } | Said::OtherFile { .. } => (MessageKind::Document, 0),
        Said::Press { .. } => (MessageKind::Callback, 0),
        Said::Other => (MessageKind::Text, 0),
    }
}

/// A command's name, as it is stored.
fn name_of(command: &Command) -> String {
    let json = serde_json::to_value(command).unwrap_or_default();
    json["do"].as_str().unwrap_or_default().to_owned()
}
