//! Carries out actions. One exhaustive match. Every action may run twice, because an update may be
//! delivered again: an action that must not be repeated has a key that is derived from the update.

mod access;
mod access_request;
mod broadcasts;
mod cancel;
mod downloads;
mod edits;
mod errors;
mod finished_carousel;
mod greeting;
mod groups;
mod in_progress;
mod options;
mod pictures;
mod presses;
mod privacy;
mod refusals;
mod replies;
mod schedules;
mod settings;
mod slide_list;
mod source_report;
mod start_over;
mod stats;
mod usage;
mod user_events;

pub use privacy::DataDisclosure;

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use domain::{
    AccountId, BotId, Brief, CarouselId, Language, NoticeId, NoticeKind, Question, QuestionError,
    UserId,
    access::AccessList,
    delivery::{DeliveryPart, Generation, LedgerKey},
    limits::{QUESTION_CHARS, TOPIC_CHARS},
};
pub use downloads::UploadLimits;
pub(super) use greeting::starter_phrase;
use metrics::Metrics;
pub(super) use pictures::COVERS_IN_A_ROW;
use render::Renderer;
use runtime::settings::RequestSourceSettings;
use sandbox::{Sandbox, SandboxError};
use storage::{
    Blobs, Database,
    carousels::{self, Carousel},
    ledger::LedgerError,
    rate_limiter::{RateLimited, RateLimiter},
    settings as user_settings,
};
use telegram::{
    Bot, Html, Phrase, SendError,
    action::{Action, ReplyAudience, RequestedSource, SmallTalk},
    messages,
};
use temporalio_client::Client;
use workflows::questions::{AnswerRequest, DailyTipRequest};

use super::{
    decision_record::DecisionRecord,
    menu,
    parse::{BotName, Incoming, ParsedContent as Spoken},
    reply::{self, ReplyMessage},
    request_text,
};
use crate::{
    carousel_client::{CarouselClient, CarouselOptions, ProviderChoice, REVIEW_TIME},
    carousel_request::{CarouselRequest, CarouselSource, RequestRefusal},
    requests::is_user_of,
    small_requests, task_queues,
};

/// The reply mentions the queue if at least this many tasks are ahead.
const REPORTED_QUEUE: u64 = 3;

/// Carousels of this time show how long the next one usually takes.
const RECENT_TIME: TimeDelta = TimeDelta::days(7);

/// The dependencies of all command handlers.
#[derive(Clone)]
pub struct BotDependencies {
    pub bot: Bot,
    pub id: BotId,
    pub rate_limiter: RateLimiter,
    pub db: Database,
    pub blobs: Blobs,
    /// Validates requests: themes, fonts, avatars.
    pub renderer: Renderer,
    /// Reads PDF and DOCX files.
    pub sandbox: Sandbox,
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
    pub metrics: Arc<Metrics>,
    /// Sources of request events, some of which have their carousels sent to a chat.
    pub sources: Vec<RequestSourceSettings>,
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
    /// The parser of files can't be started now.
    #[error("a file was not read: {0}")]
    Parser(SandboxError),
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

/// An id of ours that does not parse means corrupt data.
impl From<domain::IdError> for HandlerError {
    fn from(error: domain::IdError) -> Self {
        Self::Storage(error.into())
    }
}

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
    action: &'a Action,
    /// The revision of the carousel whose button was pressed, if the button acts once.
    revision: Option<u32>,
    responses: Mutex<Vec<SentReply>>,
    /// Whether the callback query was answered.
    answered: AtomicBool,
}

impl BotDependencies {
    /// How messages name this bot.
    pub(super) fn bot_name(&self) -> BotName<'_> {
        BotName { id: self.id, username: &self.name }
    }

    /// Carries out an action and returns the replies. Idempotent for the same update.
    ///
    /// # Errors
    /// [`HandlerError`], always temporary.
    pub async fn handle(
        &self,
        heard: &Incoming,
        user: &UserId,
        language: Language,
        decision: &DecisionRecord,
    ) -> Result<Vec<SentReply>, HandlerError> {
        let action = &decision.action;
        let elsewhere = match action.audience() {
            ReplyAudience::Administrator if !heard.private => Some(heard.in_private()),
            ReplyAudience::Anyone | ReplyAudience::Person | ReplyAudience::Administrator => None,
        };
        let task = CommandHandler {
            deps: self,
            update: elsewhere.as_ref().unwrap_or(heard),
            user: user.clone(),
            language,
            action,
            revision: decision.revision,
            responses: Mutex::default(),
            answered: AtomicBool::new(false),
        };
        let acted = match &heard.content {
            Spoken::Press { query, .. } => task.dispatch_press(query).await,
            _ => task.dispatch(action).await,
        };
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
            Action::Greet { topic } => {
                self.show_menu().await;
                self.greet().await?;
                match topic {
                    Some(text) => {
                        let source = &RequestedSource::Words { text: text.clone() };
                        self.make(self.carousel_id(), source, None).await
                    }
                    None => Ok(()),
                }
            }
            Action::Starter { topic } => self.make_starter(*topic).await,
            Action::SmallTalk { about } => self.reply(small_talk(*about)).await,
            Action::Help => self.help().await,
            Action::Unknown { command } => self.reply(Phrase::UnknownCommand { command }).await,
            Action::MyId => {
                let id = self.update.account.to_string();
                self.reply(Phrase::MyId { id: &id }).await
            }
            Action::Refuse { why } => self.refuse(*why).await,
            Action::Make { source, request } => {
                self.make(self.carousel_id(), source, request.as_deref()).await
            }
            Action::OfferStartOver { text } => self.offer_start_over(text).await,
            Action::StartOver { update } => self.start_over(*update).await,
            Action::Migrate { from, to } => self.migrate(*from, *to).await,
            Action::Membership { change } => self.membership(*change).await,
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
            Action::Again { carousel, offline } => {
                let writers =
                    if *offline { ProviderChoice::Offline } else { ProviderChoice::Configured };
                self.make_another(carousel, writers, |_| {}).await
            }
            Action::Options { carousel } => self.options(carousel).await,
            Action::Remake { carousel, change } => self.remake(carousel, change).await,
            Action::Questions { carousel } => {
                let ask = |brief: &mut Brief| brief.questions = true;
                self.make_another(carousel, ProviderChoice::Offline, ask).await
            }
            Action::Files { carousel } => self.files(carousel).await,
            Action::Caption { carousel } => self.caption(carousel).await,
            Action::Nothing => Ok(()),
            Action::EditMenu { carousel } => self.edit_menu(carousel).await,
            Action::AskSlide { carousel, slide, by } => self.ask_slide(carousel, *slide, *by).await,
            Action::EditSlide { carousel, slide, by, text } => {
                self.edit_slide(carousel, *slide, *by, text).await
            }
            Action::RemoveSlide { carousel, slide, revision } => {
                self.remove_slide(carousel, *slide, *revision).await
            }
            Action::MoveSlide { carousel, slide, to, revision } => {
                self.move_slide(carousel, *slide, *to, *revision).await
            }
            Action::Restore { carousel, revision } => self.restore(carousel, *revision).await,
            Action::AskCaption { carousel } => self.ask_caption(carousel).await,
            Action::SetCaption { carousel, text } => self.set_caption(carousel, text).await,
            Action::AltTexts { carousel } => self.alt_texts(carousel).await,
            Action::SourceReport { carousel } => self.source_report(carousel).await,
            Action::EditAll { carousel, text } => self.edit_all(carousel, text).await,
            Action::ThemeMenu { carousel } => self.theme_menu(carousel).await,
            Action::Restyle { carousel, theme } => self.restyle(carousel, theme).await,
            Action::Rewrite { carousel } => self.rewrite(carousel).await,
            Action::SendAlbum { carousel, revision } => self.send_album(carousel, *revision).await,
            Action::Draw { carousel } => self.draw(carousel).await,
            Action::Drop => self.reply(Phrase::EditDropped).await,
            Action::Schedule { what } => self.schedule(what).await,
            Action::Broadcast { what } => self.broadcast(what).await,
            Action::Stats => self.stats().await,
            Action::Errors => self.errors().await,
            Action::Usage => self.usage().await,
            Action::AskAccess => self.ask_access().await,
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

    /// Administrators see their commands too, in private.
    async fn help(&self) -> Result<(), HandlerError> {
        let mut text = Phrase::Help { listens: self.listens() }.html(self.language);
        if self.update.private && self.is_administrator().await {
            text = text.append(&Html::text("\n\n")).append(&reply::admin_help(self.language));
        }
        self.send(text.into()).await
    }

    /// Whether recordings are transcribed, as a value of a phrase.
    fn listens(&self) -> u64 {
        self.deps.upload_limits.listens.into()
    }

    /// Validates the request, confirms it, and starts the carousel.
    async fn make(
        &self,
        id: Result<CarouselId, domain::IdError>,
        source: &RequestedSource,
        request: Option<&str>,
    ) -> Result<(), HandlerError> {
        let comment = request.unwrap_or_default();
        let is_long = |text: &str| text.chars().count() > TOPIC_CHARS;
        let (mut topic, mut chosen) = request_text::comment(comment);
        let source = match source {
            // A comment that is too long for a title belongs to the text.
            RequestedSource::Words { text } if is_long(comment) => {
                topic = "";
                Some(CarouselSource::Text([comment, text].join("\n\n")))
            }
            RequestedSource::Words { text } if !topic.is_empty() || is_long(text) => {
                Some(CarouselSource::Text(text.clone()))
            }
            RequestedSource::Words { text } => {
                let (asked, options) = request_text::read(text);
                topic = asked;
                chosen = chosen.or(options);
                None
            }
            RequestedSource::Link { url } => Some(CarouselSource::Link(url.clone())),
            RequestedSource::Voice { file, ending, bytes } => {
                match self.recording(file, ending, *bytes).await? {
                    Some(sound) => Some(CarouselSource::Voice(sound, ending.clone())),
                    None => return Ok(()),
                }
            }
            RequestedSource::Document { file, ending, bytes } => {
                match self.document(file, ending, *bytes).await? {
                    Some(text) => Some(CarouselSource::Text(text)),
                    None => return Ok(()),
                }
            }
        };
        let wanted = user_settings::settings_of(&self.deps.db.read(), &self.user).await?;
        let mut order = CarouselRequest::about(if is_long(topic) { "" } else { topic });
        order.source = source;
        order.language = chosen.language.or(wanted.language.map(Into::into));
        order.usual_language = self.language;
        order.theme = chosen.theme.clone().unwrap_or_else(|| reply::theme_of(&wanted));
        order.slides = chosen.slides.or(wanted.slides).unwrap_or_default();
        order.format = chosen.format.or(wanted.format).unwrap_or(order.format);
        let topic = order.topic.clone();
        match order.validate(&self.deps.renderer, &self.deps.blobs).await {
            Ok(brief) => {
                let terms = self.terms(ProviderChoice::Configured).await?;
                self.start(id, &brief, terms).await
            }
            Err(RequestRefusal::Storage(error)) => Err(error.into()),
            Err(refusal) => self.refused(&refusal, &topic).await,
        }
    }

    /// The id of the carousel that this message asks for.
    fn carousel_id(&self) -> Result<CarouselId, domain::IdError> {
        let (bot, chat, message) = (self.deps.id, self.update.chat.id, self.update.message);
        CarouselId::new(domain::RequestSource::Telegram, &format!("{bot}-{chat}-{message}"))
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
        let id = id?;
        let known = carousels::find(&self.deps.db.read(), &id).await?.is_some();
        if !known && let Some(open) = self.too_many_open().await? {
            return self.refuse_topic(brief.topic.as_str(), Phrase::TooManyOpen { open }).await;
        }
        if !known {
            // A few tasks run in parallel: that is no queue.
            let ahead = task_queues::tasks_ahead(&self.deps.client).await;
            let ahead = if ahead < REPORTED_QUEUE { 0 } else { ahead };
            let mut text = messages::accepted(self.language, brief.topic.as_str(), ahead);
            // With a review, the time depends on the user; with a queue, on the work ahead.
            if terms.review.is_none() && ahead == 0 {
                let lately = Utc::now() - RECENT_TIME;
                let usual = storage::stats::usual_time_ms(&self.deps.db.read(), lately).await?;
                if let Some(millis) = usual {
                    let usual = messages::usual_time(self.language, millis);
                    text = text.append(&Html::text(" ")).append(&usual);
                }
            }
            let said = ReplyMessage {
                text: text
                    .append(&Html::text("\n"))
                    .append(&reply::understood(self.language, brief)),
                keyboard: messages::progress_keyboard(self.language, &id),
            };
            self.send_once(&id, NoticeKind::Progress.into(), said).await?;
            let _ = tokio::join!(self.deps.bot.show_typing(self.update.chat), self.acknowledge());
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
            review: wanted.draft_review.then_some(REVIEW_TIME),
            documents: wanted.documents,
            cause: None,
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

    /// Shows what the bot does until its answer comes: a draft of the answer in a private chat,
    /// "typing…" elsewhere.
    async fn show_message_draft(&self, phrase: Phrase<'_>) {
        let (bot, chat) = (&self.deps.bot, self.update.chat);
        let draft = self.update.update.get();
        if self.update.private && draft != 0 {
            let text = phrase.plain(self.language);
            if bot.show_message_draft(chat, draft, text).await.is_ok() {
                return;
            }
        }
        let _ = bot.show_typing(chat).await;
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
        let wanted = user_settings::settings_of(&self.deps.db.read(), &self.user).await?;
        let usual = wanted.language.unwrap_or(self.language);
        let language = Language::shown_by(question.as_str()).unwrap_or(usual);
        let request = AnswerRequest {
            user: self.user.as_str().to_owned(),
            question: question.as_str().to_owned(),
            language: language.name().to_owned(),
            ..AnswerRequest::default()
        };
        let id = format!("answer-tg-{}-{}", self.deps.id, self.update.update);
        self.show_message_draft(Phrase::AskUnderWay).await;
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
            small_requests::RequestError::Failed { cause, .. } => {
                let said = messages::unanswered(self.language, &cause);
                self.send(said.into()).await
            }
            small_requests::RequestError::Slow => self.reply(Phrase::Busy).await,
            small_requests::RequestError::Temporal(reason) => Err(HandlerError::Temporal(reason)),
        }
    }

    /// A carousel, if it belongs to the user.
    async fn own(&self, id: &CarouselId) -> Result<Option<Carousel>, HandlerError> {
        let found = carousels::find(&self.deps.db.read(), id).await?;
        Ok(found.filter(|carousel| self.may_act_for(&carousel.user)))
    }

    /// Whether the person may change the work of `user`: their own, and in a chat that a source of request
    /// events sends to, that source's.
    fn may_act_for(&self, user: &UserId) -> bool {
        let sends_here =
            |source: &&RequestSourceSettings| source.chat == Some(self.update.chat.id.get());
        let mut sources = self.deps.sources.iter().filter(sends_here);
        *user == self.user || sources.any(|source| is_user_of(&source.source, user))
    }
}

const fn small_talk(about: SmallTalk) -> Phrase<'static> {
    match about {
        SmallTalk::Hello => Phrase::SmallTalkHello,
        SmallTalk::Thanks => Phrase::SmallTalkThanks,
        SmallTalk::About => Phrase::SmallTalkAbout,
        SmallTalk::Okay => Phrase::SmallTalkOkay,
    }
}

/// The key of a notice of the gateway, which are the same for all revisions.
fn notice(carousel: &CarouselId, name: NoticeId) -> LedgerKey {
    LedgerKey {
        carousel: carousel.clone(),
        revision: 0,
        part: DeliveryPart::Notice(name),
        generation: Generation::FIRST,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better in `map_err`")]
fn temporal(error: crate::carousel_client::CarouselError) -> HandlerError {
    HandlerError::Temporal(error.to_string())
}

fn telegram_error(fault: SendError) -> HandlerError {
    HandlerError::Telegram { wait: fault.retry_after(), error: fault }
}
