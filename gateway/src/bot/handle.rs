//! Carries out actions. One exhaustive match. Every action may run twice, because an update may be
//! delivered again: an action that must not be repeated has a key that is derived from the update.

mod access;
mod broadcasts;
mod cancel_unopened;
mod downloads;
mod edits;
mod finished_carousel;
mod privacy;
mod replies;
mod schedules;
mod settings;
mod stats;

pub use privacy::DataDisclosure;

use std::{sync::Mutex, time::Duration};

use chrono::Utc;
use domain::{
    AccountId, BotId, Brief, CarouselId, Language, NoticeId, Outcome, Question, QuestionError,
    UserId,
    access::AccessList,
    delivery::DeliveryPart,
    limits::{QUESTION_CHARS, TEXT_CHARS, TOPIC_CHARS},
};
pub use downloads::UploadLimits;
use render::Renderer;
use storage::{
    Blobs, Database,
    carousels::{self, Carousel, CarouselFilter},
    ledger::LedgerError,
    rate_limiter::{RateLimited, RateLimiter},
    settings as user_settings, users,
};
use telegram::{
    Bot, Html, Phrase, SendError,
    action::{Action, RefusalReason, ReplyAudience, RequestedSource},
    messages,
};
use temporalio_client::Client;
use workflows::questions::{AnswerRequest, DailyTipRequest};

use super::{
    menu,
    parse::{Incoming, ParsedContent as Spoken},
    reply::{self, ReplyMessage},
};
use crate::{
    backlog,
    carousel_client::{CancelResult, CarouselClient, CarouselOptions, ProviderChoice},
    carousel_request::{CarouselRequest, CarouselSource, RequestRefusal},
    small_requests,
};

/// The reply mentions the queue if at least this many tasks are ahead.
const REPORTED_QUEUE: u64 = 3;

/// How long a draft waits for review.
const DRAFT_REVIEW_TIME: Duration = Duration::from_secs(24 * 3600);

/// The dependencies of all command handlers.
#[derive(Clone)]
pub struct BotDependencies {
    pub bot: Bot,
    pub id: BotId,
    /// The bot's rate limiter.
    pub rate_limiter: RateLimiter,
    pub db: Database,
    pub blobs: Blobs,
    /// Validates requests: themes, fonts, avatars.
    pub renderer: Renderer,
    pub client: Client,
    pub carousels: CarouselClient,
    /// Limit of unfinished carousels per user.
    pub open_carousels: Option<u32>,
    /// Who may use the bot.
    pub access: AccessList,
    /// The bot's user name, without `@`.
    pub name: String,
    /// Deployment name, part of every event.
    pub environment: String,
    /// Limits for files that users send.
    pub upload_limits: UploadLimits,
    /// What `/privacy` says about data.
    pub disclosure: DataDisclosure,
}

/// A temporary failure: the update stays unfinished and is tried again.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The database or the blob store.
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("Temporal: {0}")]
    Temporal(String),
    /// The rate limiter did not grant a share in time.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// Telegram can't be reached, or asks to wait.
    #[error("Telegram: {error}")]
    Telegram {
        error: SendError,
        /// Telegram's `retry_after`, if it sent one.
        wait: Option<Duration>,
    },
}

/// A reply that was sent or attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentReply {
    /// `text` or `document`.
    pub kind: &'static str,
    /// Whether Telegram accepted it.
    pub success: bool,
}

/// One action and the conversation that it belongs to.
pub struct CommandHandler<'a> {
    deps: &'a BotDependencies,
    update: &'a Incoming,
    user: UserId,
    language: Language,
    responses: Mutex<Vec<SentReply>>,
}

impl BotDependencies {
    /// Carries out an action and returns the replies. Idempotent for the same update.
    ///
    /// # Errors
    /// [`HandlerError`], always temporary.
    pub async fn handle(
        &self,
        heard: &Incoming,
        user: &UserId,
        language: Language,
        action: &Action,
    ) -> Result<Vec<SentReply>, HandlerError> {
        let elsewhere = match action.audience() {
            ReplyAudience::Administrator if !heard.private => Some(heard.in_private()),
            ReplyAudience::Anyone | ReplyAudience::Person | ReplyAudience::Administrator => None,
        };
        let task = CommandHandler {
            deps: self,
            update: elsewhere.as_ref().unwrap_or(heard),
            user: user.clone(),
            language,
            responses: Mutex::default(),
        };
        let acted = task.dispatch(action).await;
        // Answer the callback query in every case; otherwise the button keeps showing a spinner.
        if let Spoken::Press { query, .. } = &heard.content {
            let _ = self.bot.answer_callback(query, None).await;
        }
        let responses = task.responses.into_inner();
        acted.map(|()| responses.unwrap_or_default())
    }
}

impl CommandHandler<'_> {
    async fn dispatch(&self, action: &Action) -> Result<(), HandlerError> {
        if self.is_deletion_running(action).await? {
            return self.reply(Phrase::ForgetUnderWay).await;
        }
        match action {
            Action::Greet => {
                self.show_menu().await;
                self.greet().await
            }
            Action::Help => self.reply(Phrase::Help).await,
            Action::Unknown { command } => self.reply(Phrase::UnknownCommand { command }).await,
            Action::MyId => {
                let id = self.update.account.to_string();
                self.reply(Phrase::MyId { id: &id }).await
            }
            Action::Refuse { why } => self.refuse(*why).await,
            Action::Make { source } => self.make(source).await,
            Action::DailyTip => self.wisdom().await,
            Action::Ask { question } => self.ask(question).await,
            Action::Settings { setting } => self.settings(*setting).await,
            Action::Set(change) => self.set(change).await,
            Action::AskBrand { field } => self.reply(settings::prompt(*field)).await,
            Action::SetBrand { field, value } => self.set_brand(*field, value).await,
            Action::SetAvatar { file, bytes } => self.set_avatar(file, *bytes).await,
            Action::History { page } => self.history(*page).await,
            Action::Status => self.status().await,
            Action::Cancel { carousel } => self.cancel(carousel.as_ref()).await,
            Action::SendAgain { carousel, revision, generation } => {
                self.send_again(carousel, *revision, *generation).await
            }
            Action::Again { carousel, offline } => self.make_another(carousel, *offline).await,
            Action::Files { carousel } => self.files(carousel).await,
            Action::Caption { carousel } => self.caption(carousel).await,
            Action::Nothing => Ok(()),
            Action::EditMenu { carousel } => self.edit_menu(carousel).await,
            Action::AskSlide { carousel, slide, by } => self.ask_slide(carousel, *slide, *by).await,
            Action::EditSlide { carousel, slide, by, text } => {
                self.edit_slide(carousel, *slide, *by, text).await
            }
            Action::ThemeMenu { carousel } => self.theme_menu(carousel).await,
            Action::Restyle { carousel, theme } => self.restyle(carousel, theme).await,
            Action::Rewrite { carousel } => self.rewrite(carousel).await,
            Action::SendAlbum { carousel, revision } => self.send_album(carousel, *revision).await,
            Action::Draw { carousel } => self.draw(carousel).await,
            Action::Drop => self.reply(Phrase::EditDropped).await,
            Action::Schedule { what } => self.schedule(what).await,
            Action::Broadcast { what } => self.broadcast(what).await,
            Action::Stats => self.stats().await,
            Action::Access { what } => self.access(what).await,
            Action::Privacy => self.privacy().await,
            Action::Export => self.export().await,
            Action::Forget { confirmed } => self.forget(*confirmed).await,
        }
    }

    /// Sets an administrator's own menu. Telegram refuses it until they have written to the bot.
    async fn show_menu(&self) {
        if self.update.private && self.is_administrator().await {
            self.show_menu_to(self.update.account).await;
        }
    }

    async fn show_menu_to(&self, account: AccountId) {
        if let Err(fault) = menu::set_for_admin(&self.deps.bot, account.get()).await {
            tracing::warn!("an administrator's menu was not updated: {fault}");
        }
    }

    async fn greet(&self) -> Result<(), HandlerError> {
        let user = users::find(&self.deps.db.read(), &self.user).await?;
        // Only a private chat asks whether the user wants news.
        let asks = self.update.private && user.is_some_and(|user| !user.profile.wants_news);
        self.send(reply::greeting(self.language, asks)).await
    }

    async fn refuse(&self, why: RefusalReason) -> Result<(), HandlerError> {
        let id = self.update.account.to_string();
        let link = format!("https://t.me/{}", self.deps.name);
        self.reply(match why {
            RefusalReason::NotAllowed => Phrase::NotAllowed { id: &id },
            RefusalReason::Locked => return self.reply_lock().await,
            RefusalReason::OnlyPrivate => Phrase::OnlyPrivate { link: &link },
            RefusalReason::OnlyOwners => Phrase::OnlyOwners,
            RefusalReason::NothingToRead => Phrase::NothingToRead,
            RefusalReason::NoTopic => Phrase::TopicEmpty,
            RefusalReason::NoQuestion => Phrase::AskEmpty,
            RefusalReason::File => Phrase::FileRefused,
            RefusalReason::FileTooLarge => Phrase::FileTooLarge { max: 80 },
            RefusalReason::StaleButton => Phrase::StaleButton,
        })
        .await
    }

    /// Validates the request, confirms it, and starts the carousel.
    async fn make(&self, source: &RequestedSource) -> Result<(), HandlerError> {
        let words = match source {
            RequestedSource::Words { text } if text.chars().count() > TOPIC_CHARS => {
                CarouselSource::Text(text.clone())
            }
            RequestedSource::Words { text } => CarouselSource::Topic(text.clone()),
            RequestedSource::Link { url } => CarouselSource::Link(url.clone()),
            RequestedSource::Voice { file, ending, bytes } => {
                match self.recording(file, ending, *bytes).await? {
                    Some(sound) => CarouselSource::Voice(sound, ending.clone()),
                    None => return Ok(()),
                }
            }
            RequestedSource::Document { file, bytes } => match self.document(file, *bytes).await? {
                Some(text) => CarouselSource::Text(text),
                None => return Ok(()),
            },
        };
        let wanted = user_settings::settings_of(&self.deps.db.read(), &self.user).await?;
        let mut order = CarouselRequest::about(words);
        order.language = wanted.language;
        order.theme = reply::theme_of(&wanted);
        order.slides = wanted.slides.unwrap_or_default();
        order.format = wanted.format.unwrap_or(order.format);
        match order.validate(&self.deps.renderer, &self.deps.blobs).await {
            Ok(brief) => {
                let id = self.carousel_id();
                let terms = self.terms(ProviderChoice::Configured).await?;
                self.start(id, &brief, terms).await
            }
            Err(RequestRefusal::Storage(error)) => Err(error.into()),
            Err(refusal) => self.refused(&refusal).await,
        }
    }

    /// The id of the carousel that this update requests.
    fn carousel_id(&self) -> Result<CarouselId, domain::IdError> {
        let (bot, chat, message) = (self.deps.id, self.update.chat.id, self.update.message);
        CarouselId::new(domain::RequestSource::Telegram, &format!("{bot}-{chat}-{message}"))
    }

    async fn refused(&self, refusal: &RequestRefusal) -> Result<(), HandlerError> {
        use domain::TopicError as T;
        match refusal {
            RequestRefusal::Topic(T::Empty | T::NoWords) => {
                self.reply(Phrase::TopicWithoutWords).await
            }
            RequestRefusal::Undrawable { character } => {
                let character = character.to_string();
                self.reply(Phrase::Undrawable { character: &character }).await
            }
            RequestRefusal::Topic(T::TopicTooLong { chars }) => {
                let (chars, max) = (*chars as u64, TOPIC_CHARS as u64);
                self.reply(Phrase::TopicTooLong { chars, max }).await
            }
            RequestRefusal::Topic(T::TextTooLong { chars }) => {
                let (chars, max) = (*chars as u64, TEXT_CHARS as u64);
                self.reply(Phrase::TextTooLong { chars, max }).await
            }
            RequestRefusal::Link(_) => self.reply(Phrase::LinkRefused).await,
            RequestRefusal::Voice(_) => self.reply(Phrase::VoiceRefused).await,
            RequestRefusal::UnknownTheme { theme, .. } => {
                let theme = theme.as_str();
                self.reply(Phrase::ThemeGone { theme }).await
            }
            // `make` retries while the store is unavailable.
            RequestRefusal::Storage(_) => self.reply(Phrase::Busy).await,
        }
    }

    /// Confirms a carousel through the ledger, where the delivery pool finds the message again,
    /// then starts it. When the update is delivered again, both already exist.
    async fn start(
        &self,
        id: Result<CarouselId, domain::IdError>,
        brief: &Brief,
        terms: CarouselOptions,
    ) -> Result<(), HandlerError> {
        // Our own ids always parse.
        let id = id.map_err(storage::StorageError::from)?;
        let known = carousels::find(&self.deps.db.read(), &id).await?.is_some();
        if !known && let Some(open) = self.too_many_open().await? {
            return self.reply(Phrase::TooManyOpen { open }).await;
        }
        if !known {
            // A few tasks run in parallel: that is no queue.
            let ahead = backlog::tasks_ahead(&self.deps.client).await;
            let ahead = if ahead < REPORTED_QUEUE { 0 } else { ahead };
            let slides = u64::from(brief.slides.get());
            let said = ReplyMessage {
                text: messages::accepted(self.language, brief.topic.as_str(), slides, ahead),
                keyboard: messages::progress_keyboard(self.language, &id),
            };
            self.send_once(&id, messages::PROGRESS_NOTICE, said).await?;
            let _ = self.deps.bot.show_typing(self.update.chat).await;
        }
        let destination = self.destination();
        let started =
            self.deps.carousels.start_with(terms, &id, &self.user, brief, destination).await;
        started.map(drop).map_err(temporal)
    }

    /// The options from this user's settings.
    async fn terms(&self, writers: ProviderChoice) -> Result<CarouselOptions, HandlerError> {
        let wanted = user_settings::settings_of(&self.deps.db.read(), &self.user).await?;
        Ok(CarouselOptions {
            writers,
            review: wanted.draft_review.then_some(DRAFT_REVIEW_TIME),
            documents: wanted.documents,
        })
    }

    /// The number of unfinished carousels of this user, if it has reached the limit.
    async fn too_many_open(&self) -> Result<Option<u64>, HandlerError> {
        let Some(most) = self.deps.open_carousels else {
            return Ok(None);
        };
        let open = self.open().await?.len();
        Ok((open >= most as usize).then_some(open as u64))
    }

    async fn open(&self) -> Result<Vec<Carousel>, HandlerError> {
        let filter = CarouselFilter {
            user: Some(self.user.clone()),
            open_only: true,
            limit: 20,
            after: None,
        };
        Ok(carousels::list(&self.deps.db.read(), &filter).await?.rows)
    }

    async fn wisdom(&self) -> Result<(), HandlerError> {
        let request = DailyTipRequest {
            user: self.user.as_str().to_owned(),
            language: self.language.name().to_owned(),
            day: Utc::now().date_naive().to_string(),
            ..DailyTipRequest::default()
        };
        let id = format!("wisdom-tg-{}-{}", self.deps.id, self.update.update);
        let _ = self.deps.bot.show_typing(self.update.chat).await;
        match small_requests::daily_tip(&self.deps.client, &id, request).await {
            Ok(found) => {
                let thought = messages::daily_tip(self.language, &found.text, &found.source);
                self.send(thought.into()).await
            }
            Err(error) => self.unanswered(error).await,
        }
    }

    async fn ask(&self, question: &str) -> Result<(), HandlerError> {
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
        let id = format!("answer-tg-{}-{}", self.deps.id, self.update.update);
        let _ = self.deps.bot.show_typing(self.update.chat).await;
        match small_requests::answer(&self.deps.client, &id, request).await {
            Ok(found) if found.covered => {
                let titles: Vec<&str> =
                    (found.citations.iter().map(|note| note.title.as_str())).collect();
                let notes = titles.join(", ");
                let sources = Phrase::AnswerSources { notes: &notes }.html(self.language);
                let text = Html::text(&found.text).append(&Html::text("\n\n"));
                self.send(text.append(&sources.italic()).into()).await
            }
            Ok(_) => self.reply(Phrase::AnswerNone).await,
            Err(error) => self.unanswered(error).await,
        }
    }

    async fn unanswered(&self, error: small_requests::RequestError) -> Result<(), HandlerError> {
        match error {
            small_requests::RequestError::Failed { kind, model, .. } => {
                let said = messages::unanswered(self.language, kind, model.as_deref());
                self.send(said.into()).await
            }
            small_requests::RequestError::Slow => self.reply(Phrase::Busy).await,
            small_requests::RequestError::Temporal(reason) => Err(HandlerError::Temporal(reason)),
        }
    }

    async fn status(&self) -> Result<(), HandlerError> {
        let open = self.open().await?;
        if open.is_empty() {
            return self.reply(Phrase::StatusIdle).await;
        }
        let mut text = Html::default();
        for carousel in open {
            let progress = self.deps.carousels.progress(&carousel.id).await;
            let stage = progress.map_or_else(|| "queued".to_owned(), |progress| progress.stage);
            let stage = Phrase::StageName { stage: &stage }.plain(self.language);
            let line = Phrase::StatusLine { topic: &carousel.brief.topic, stage: &stage };
            text = text.append(&line.html(self.language)).append(&Html::text("\n"));
        }
        self.send(text.into()).await
    }

    async fn cancel(&self, carousel: Option<&CarouselId>) -> Result<(), HandlerError> {
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
            match self.deps.carousels.cancel(&carousel.id, "asked in the chat").await {
                // The delivery pool reports the cancellation as its last step.
                Ok(CancelResult::Done | CancelResult::Requested) => any = true,
                Ok(CancelResult::TooLate) => late = true,
                Ok(CancelResult::AlreadyEnded(_)) => {}
                Err(crate::carousel_client::CarouselError::NotFound(_)) => {}
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
    async fn own(&self, id: &CarouselId) -> Result<Option<Carousel>, HandlerError> {
        let found = carousels::find(&self.deps.db.read(), id).await?;
        Ok(found.filter(|carousel| carousel.user == self.user))
    }
}

fn notice(name: &str) -> Result<DeliveryPart, HandlerError> {
    let name = NoticeId::parse(name).map_err(storage::StorageError::from)?;
    Ok(DeliveryPart::Notice(name))
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better in `map_err`")]
fn temporal(error: crate::carousel_client::CarouselError) -> HandlerError {
    HandlerError::Temporal(error.to_string())
}

fn telegram_error(fault: SendError) -> HandlerError {
    let wait = match &fault {
        SendError::RateLimited(wait) => Some(*wait),
        _ => None,
    };
    HandlerError::Telegram { error: fault, wait }
}
