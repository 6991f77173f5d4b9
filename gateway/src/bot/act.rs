//! Carries out commands. One exhaustive match. Every action may run twice, because an update may be
//! delivered again: an action that must not be repeated has a key that is derived from the update.

mod access;
mod afterwards;
mod broadcasting;
mod cancelling;
mod choosing;
mod fetching;
mod privacy;
mod revising;
mod scheduling;
mod sending;
mod stats;

pub use privacy::Disclosure;

use std::{sync::Mutex, time::Duration};

use chrono::Utc;
use domain::{
    AccountId, BotId, Brief, CarouselId, Language, NoticeId, Outcome, Question, QuestionError,
    UserId,
    access::AccessList,
    delivery::Part,
    limits::{QUESTION_CHARS, TEXT_CHARS, TOPIC_CHARS},
};
pub use fetching::Intake;
use render::Renderer;
use storage::{
    Blobs, Database,
    carousels::{self, Carousel, Filter},
    ledger::LedgerError,
    pace::{Crowded, Pacer},
    settings, users,
};
use telegram::{Bot, Fault, Html, Phrase, talk};
use temporalio_client::Client;
use workflows::contract::{AnswerRequest, WisdomRequest};

use super::{
    command::{Audience, Command, Source, Why},
    hear::{Heard, Said as Spoken},
    menu,
    say::{self, Said},
};
use crate::{
    backlog,
    carousels::{Cancelled, Carousels, Terms, Writers},
    order::{Order, Refusal, Words},
    requests,
};

/// The reply mentions the queue if at least this many tasks are ahead.
const QUEUE: u64 = 3;

/// How long a draft waits for review.
const DRAFT_PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// The dependencies of all command handlers.
#[derive(Clone)]
pub struct Desk {
    pub bot: Bot,
    pub id: BotId,
    /// The bot's rate limiter.
    pub pacer: Pacer,
    pub db: Database,
    pub blobs: Blobs,
    /// Validates requests: themes, fonts, avatars.
    pub renderer: Renderer,
    pub client: Client,
    pub carousels: Carousels,
    /// Limit of unfinished carousels per user.
    pub open_carousels: Option<u32>,
    /// Who may use the bot.
    pub access: AccessList,
    /// The bot's user name, without `@`.
    pub name: String,
    /// Deployment name, part of every event.
    pub environment: String,
    /// Limits for files that users send.
    pub intake: Intake,
    /// What `/privacy` says about data.
    pub disclosure: Disclosure,
}

/// A temporary failure: the update stays unfinished and is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The database or the blob store.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("Temporal: {0}")]
    Temporal(String),
    /// The rate limiter did not grant a share in time.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// Telegram can't be reached, or asks to wait.
    #[error("Telegram: {fault}")]
    Telegram {
        fault: Fault,
        /// Telegram's `retry_after`, if it sent one.
        wait: Option<Duration>,
    },
}

/// A reply that was sent or attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// `text` or `document`.
    pub kind: &'static str,
    /// Whether Telegram accepted it.
    pub success: bool,
}

/// One command and the conversation that it belongs to.
pub struct Task<'a> {
    desk: &'a Desk,
    heard: &'a Heard,
    user: UserId,
    language: Language,
    responses: Mutex<Vec<Response>>,
}

impl Desk {
    /// Carries out a command and returns the replies. Idempotent for the same update.
    ///
    /// # Errors
    /// [`Trouble`], always temporary.
    pub async fn act(
        &self,
        heard: &Heard,
        user: &UserId,
        language: Language,
        command: &Command,
    ) -> Result<Vec<Response>, Trouble> {
        let elsewhere = match command.audience() {
            Audience::Administrator if !heard.private => Some(heard.in_private()),
            Audience::Anyone | Audience::Person | Audience::Administrator => None,
        };
        let task = Task {
            desk: self,
            heard: elsewhere.as_ref().unwrap_or(heard),
            user: user.clone(),
            language,
            responses: Mutex::default(),
        };
        let acted = task.act(command).await;
        // Answer the callback query in every case; otherwise the button keeps showing a spinner.
        if let Spoken::Press { query, .. } = &heard.said {
            let _ = self.bot.answer_press(query, None).await;
        }
        let responses = task.responses.into_inner();
        acted.map(|()| responses.unwrap_or_default())
    }
}

impl Task<'_> {
    async fn act(&self, command: &Command) -> Result<(), Trouble> {
        if self.is_being_forgotten(command).await? {
            return self.reply(Phrase::ForgetUnderWay).await;
        }
        match command {
            Command::Greet => {
                self.show_menu().await;
                self.greet().await
            }
            Command::Help => self.reply(Phrase::Help).await,
            Command::Unknown { command } => self.reply(Phrase::UnknownCommand { command }).await,
            Command::MyId => {
                let id = self.heard.from.to_string();
                self.reply(Phrase::MyId { id: &id }).await
            }
            Command::Refuse { why } => self.refuse(*why).await,
            Command::Make { source } => self.make(source).await,
            Command::Wisdom => self.wisdom().await,
            Command::Ask { question } => self.ask(question).await,
            Command::Settings { setting } => self.settings(setting.as_deref()).await,
            Command::Set { setting, value } => self.set(setting, value).await,
            Command::AskBrand { field } => self.reply(choosing::prompt(*field)).await,
            Command::SetBrand { field, value } => self.set_brand(*field, value).await,
            Command::SetAvatar { file, bytes } => self.set_avatar(file, *bytes).await,
            Command::History { page } => self.history(*page).await,
            Command::Status => self.status().await,
            Command::Cancel { carousel } => self.cancel(carousel.as_deref()).await,
            Command::SendAgain {
                carousel,
                revision,
                generation,
            } => self.send_again(carousel, *revision, *generation).await,
            Command::Again { carousel, offline } => self.again(carousel, *offline).await,
            Command::Files { carousel } => self.files(carousel).await,
            Command::Caption { carousel } => self.caption(carousel).await,
            Command::Nothing => Ok(()),
            Command::EditMenu { carousel } => self.edit_menu(carousel).await,
            Command::AskSlide {
                carousel,
                slide,
                by,
            } => self.ask_slide(carousel, *slide, *by).await,
            Command::EditSlide {
                carousel,
                slide,
                by,
                text,
            } => self.edit_slide(carousel, *slide, *by, text).await,
            Command::LookMenu { carousel } => self.look_menu(carousel).await,
            Command::Restyle { carousel, theme } => self.restyle(carousel, theme).await,
            Command::Rewrite { carousel } => self.rewrite(carousel).await,
            Command::SendAlbum { carousel, revision } => self.send_album(carousel, *revision).await,
            Command::Draw { carousel } => self.draw(carousel).await,
            Command::Drop => self.reply(Phrase::EditDropped).await,
            Command::Schedule { what } => self.schedule(what).await,
            Command::Broadcast { what } => self.broadcast(what).await,
            Command::Stats => self.stats().await,
            Command::Access { what } => self.access(what).await,
            Command::Privacy => self.privacy().await,
            Command::Export => self.export().await,
            Command::Forget { confirmed } => self.forget(*confirmed).await,
        }
    }

    /// Sets an administrator's own menu. Telegram refuses it until they have written to the bot.
    async fn show_menu(&self) {
        if self.heard.private && self.administers().await {
            self.show_menu_to(self.heard.from).await;
        }
    }

    async fn show_menu_to(&self, account: AccountId) {
        if let Err(fault) = menu::set_for_admin(&self.desk.bot, account.get()).await {
            tracing::warn!("an administrator's menu was not updated: {fault}");
        }
    }

    async fn greet(&self) -> Result<(), Trouble> {
        let user = users::find(&self.desk.db.read(), &self.user).await?;
        // Only a private chat asks whether the user wants news.
        let asks = self.heard.private && user.is_some_and(|user| !user.profile.wants_news);
        self.send(say::greeting(self.language, asks)).await
    }

    async fn refuse(&self, why: Why) -> Result<(), Trouble> {
        let id = self.heard.from.to_string();
        let link = format!("https://t.me/{}", self.desk.name);
        self.reply(match why {
            Why::NotAllowed => Phrase::NotAllowed { id: &id },
            Why::Locked => return self.tell_lock().await,
            Why::OnlyPrivate => Phrase::OnlyPrivate { link: &link },
            Why::OnlyOwners => Phrase::OnlyOwners,
            Why::NothingToRead => Phrase::NothingToRead,
            Why::NoTopic => Phrase::TopicEmpty,
            Why::NoQuestion => Phrase::AskEmpty,
            Why::File => Phrase::FileRefused,
            Why::FileTooLarge => Phrase::FileTooLarge { max: 80 },
            Why::StaleButton => Phrase::StaleButton,
        })
        .await
    }

    /// Validates the request, confirms it, and starts the carousel.
    async fn make(&self, source: &Source) -> Result<(), Trouble> {
        let words = match source {
            Source::Words { text } if text.chars().count() > TOPIC_CHARS => {
                Words::Text(text.clone())
            }
            Source::Words { text } => Words::Topic(text.clone()),
            Source::Link { url } => Words::Link(url.clone()),
            Source::Voice {
                file,
                ending,
                bytes,
            } => match self.recording(file, ending, *bytes).await? {
                Some(sound) => Words::Voice(sound, ending.clone()),
                None => return Ok(()),
            },
            Source::Document { file, bytes } => match self.document(file, *bytes).await? {
                Some(text) => Words::Text(text),
                None => return Ok(()),
            },
        };
        let wanted = settings::of(&self.desk.db.read(), &self.user).await?;
        let mut order = Order::about(words);
        order.language = wanted.language;
        order.theme = say::theme_of(&wanted);
        order.slides = wanted.slides.unwrap_or_default();
        order.format = wanted.format.unwrap_or(order.format);
        match order.judge(&self.desk.renderer, &self.desk.blobs).await {
            Ok(brief) => {
                let id = self.carousel_id();
                let terms = self.terms(Writers::Configured).await?;
                self.start(id, &brief, terms).await
            }
            Err(Refusal::Storage(error)) => Err(error.into()),
            Err(refusal) => self.refused(&refusal).await,
        }
    }

    /// The id of the carousel that this update requests.
    fn carousel_id(&self) -> Result<CarouselId, domain::IdError> {
        let (bot, chat, message) = (self.desk.id, self.heard.chat.id, self.heard.message);
        CarouselId::new(domain::Source::Telegram, &format!("{bot}-{chat}-{message}"))
    }

    async fn refused(&self, refusal: &Refusal) -> Result<(), Trouble> {
        use domain::TopicError as T;
        match refusal {
            Refusal::Words(T::Empty | T::NoWords) => self.reply(Phrase::TopicWithoutWords).await,
            Refusal::Undrawable { character } => {
                let character = character.to_string();
                self.reply(Phrase::Undrawable {
                    character: &character,
                })
                .await
            }
            Refusal::Words(T::TopicTooLong { chars }) => {
                let (chars, max) = (*chars as u64, TOPIC_CHARS as u64);
                self.reply(Phrase::TopicTooLong { chars, max }).await
            }
            Refusal::Words(T::TextTooLong { chars }) => {
                let (chars, max) = (*chars as u64, TEXT_CHARS as u64);
                self.reply(Phrase::TextTooLong { chars, max }).await
            }
            Refusal::Link(_) => self.reply(Phrase::LinkRefused).await,
            Refusal::Voice(_) => self.reply(Phrase::VoiceRefused).await,
            Refusal::UnknownTheme { theme, .. } => {
                let theme = theme.as_str();
                self.reply(Phrase::ThemeGone { theme }).await
            }
            // `make` retries while the store is unavailable.
            Refusal::Storage(_) => self.reply(Phrase::Busy).await,
        }
    }

    /// Confirms a carousel through the ledger, where the delivery pool finds the message again,
    /// then starts it. When the update is delivered again, both already exist.
    async fn start(
        &self,
        id: Result<CarouselId, domain::IdError>,
        brief: &Brief,
        terms: Terms,
    ) -> Result<(), Trouble> {
        // Our own ids always parse.
        let id = id.map_err(storage::Error::from)?;
        let known = carousels::find(&self.desk.db.read(), &id).await?.is_some();
        if !known && let Some(open) = self.too_many_open().await? {
            return self.reply(Phrase::TooManyOpen { open }).await;
        }
        if !known {
            // A few tasks run in parallel: that is no queue.
            let ahead = backlog::ahead(&self.desk.client).await;
            let ahead = if ahead < QUEUE { 0 } else { ahead };
            let slides = u64::from(brief.slides.get());
            let said = Said {
                text: talk::accepted(self.language, brief.topic.as_str(), slides, ahead),
                keyboard: talk::while_working(self.language, id.as_str()),
            };
            self.say_once(&id, talk::STATUS, said).await?;
            let _ = self.desk.bot.show_typing(self.heard.chat).await;
        }
        let destination = self.destination();
        let started = self
            .desk
            .carousels
            .start_on(terms, &id, &self.user, brief, destination)
            .await;
        started.map(drop).map_err(temporal)
    }

    /// The options from this user's settings.
    async fn terms(&self, writers: Writers) -> Result<Terms, Trouble> {
        let wanted = settings::of(&self.desk.db.read(), &self.user).await?;
        Ok(Terms {
            writers,
            review: wanted.draft_review.then_some(DRAFT_PATIENCE),
            documents: wanted.documents,
        })
    }

    /// The number of unfinished carousels of this user, if it has reached the limit.
    async fn too_many_open(&self) -> Result<Option<u64>, Trouble> {
        let Some(most) = self.desk.open_carousels else {
            return Ok(None);
        };
        let open = self.open().await?.len();
        Ok((open >= most as usize).then_some(open as u64))
    }

    async fn open(&self) -> Result<Vec<Carousel>, Trouble> {
        let filter = Filter {
            user: Some(self.user.clone()),
            open_only: true,
            limit: 20,
            after: None,
        };
        Ok(carousels::list(&self.desk.db.read(), &filter).await?.rows)
    }

    async fn wisdom(&self) -> Result<(), Trouble> {
        let request = WisdomRequest {
            user: self.user.as_str().to_owned(),
            language: self.language.name().to_owned(),
            day: Utc::now().date_naive().to_string(),
            ..WisdomRequest::default()
        };
        let id = format!("wisdom-tg-{}-{}", self.desk.id, self.heard.update);
        let _ = self.desk.bot.show_typing(self.heard.chat).await;
        match requests::wisdom(&self.desk.client, &id, request).await {
            Ok(found) => {
                let thought = talk::thought(self.language, &found.text, &found.source);
                self.send(thought.into()).await
            }
            Err(error) => self.unanswered(error).await,
        }
    }

    async fn ask(&self, question: &str) -> Result<(), Trouble> {
        let question = match Question::parse(question) {
            Ok(question) => question,
            Err(QuestionError::Empty) => return self.reply(Phrase::AskEmpty).await,
            Err(QuestionError::TooLong { chars }) => {
                let (chars, max) = (chars as u64, QUESTION_CHARS as u64);
                return self.reply(Phrase::AskTooLong { chars, max }).await;
            }
        };
        let request = AnswerRequest {
            user: self.user.as_str().to_owned(),
            question: question.as_str().to_owned(),
            language: self.language.name().to_owned(),
            ..AnswerRequest::default()
        };
        let id = format!("answer-tg-{}-{}", self.desk.id, self.heard.update);
        let _ = self.desk.bot.show_typing(self.heard.chat).await;
        match requests::answer(&self.desk.client, &id, request).await {
            Ok(found) if found.covered => {
                let titles: Vec<&str> =
                    (found.citations.iter().map(|note| note.title.as_str())).collect();
                let notes = titles.join(", ");
                let sources = Phrase::AnswerSources { notes: &notes }.html(self.language);
                let text = Html::text(&found.text).then(&Html::text("\n\n"));
                self.send(text.then(&sources.italic()).into()).await
            }
            Ok(_) => self.reply(Phrase::AnswerNone).await,
            Err(error) => self.unanswered(error).await,
        }
    }

    async fn unanswered(&self, error: requests::Error) -> Result<(), Trouble> {
        match error {
            requests::Error::Failed { kind, model, .. } => {
                let said = talk::unanswered(self.language, kind, model.as_deref());
                self.send(said.into()).await
            }
            requests::Error::Slow => self.reply(Phrase::Busy).await,
            requests::Error::Temporal(reason) => Err(Trouble::Temporal(reason)),
        }
    }

    async fn status(&self) -> Result<(), Trouble> {
        let open = self.open().await?;
        if open.is_empty() {
            return self.reply(Phrase::StatusIdle).await;
        }
        let mut text = Html::default();
        for carousel in open {
            let progress = self.desk.carousels.progress(&carousel.id).await;
            let stage = progress.map_or_else(|| "queued".to_owned(), |progress| progress.stage);
            let stage = Phrase::StageName { stage: &stage }.plain(self.language);
            let line = Phrase::StatusLine {
                topic: &carousel.brief.topic,
                stage: &stage,
            };
            text = text.then(&line.html(self.language)).then(&Html::text("\n"));
        }
        self.send(text.into()).await
    }

    async fn cancel(&self, carousel: Option<&str>) -> Result<(), Trouble> {
        let wanted = match carousel {
            Some(id) => match self.own(id).await? {
                // A repeated request: the delivery pool has already reported the cancellation.
                Some(over) if over.state.outcome() == Some(Outcome::Cancelled) => return Ok(()),
                Some(carousel) => vec![carousel],
                // The carousel has no row yet, or belongs to another user.
                None => return self.cancel_unopened(id).await,
            },
            None => self.open().await?,
        };
        let mut late = false;
        let mut any = false;
        for carousel in wanted.iter().filter(|carousel| carousel.state.is_open()) {
            match self
                .desk
                .carousels
                .cancel(&carousel.id, "asked in the chat")
                .await
            {
                // The delivery pool reports the cancellation as its last step.
                Ok(Cancelled::Done | Cancelled::Requested) => any = true,
                Ok(Cancelled::TooLate) => late = true,
                Ok(Cancelled::Over(_)) => {}
                Err(crate::carousels::Error::NotFound(_)) => {}
                Err(error) => return Err(temporal(error)),
            }
        }
        match (any, late) {
            (true, _) => self.reply(Phrase::CancelRequested).await,
            (false, true) => self.reply(Phrase::CancelLate).await,
            (false, false) => self.reply(Phrase::NothingToCancel).await,
        }
    }

    /// A carousel, if it belongs to the user.
    async fn own(&self, id: &str) -> Result<Option<Carousel>, Trouble> {
        let Ok(id) = CarouselId::parse(id) else {
            return Ok(None);
        };
        let found = carousels::find(&self.desk.db.read(), &id).await?;
        Ok(found.filter(|carousel| carousel.user == self.user))
    }
}

fn notice(name: &str) -> Result<Part, Trouble> {
    let name = NoticeId::parse(name).map_err(storage::Error::from)?;
    Ok(Part::Notice(name))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it reads better in `map_err`"
)]
fn temporal(error: crate::carousels::Error) -> Trouble {
    Trouble::Temporal(error.to_string())
}

fn waits(fault: Fault) -> Trouble {
    let wait = match &fault {
        Fault::Wait(wait) => Some(*wait),
        _ => None,
    };
    Trouble::Telegram { fault, wait }
}
