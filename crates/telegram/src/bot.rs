//! [`Bot`]: Bot API requests. Each call is one attempt, without retries.

mod drafts;
mod edits;
mod inline_mode;

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use domain::{AccountId, BotId, ChatMigration, delivery::MessageRecord};
use metrics::Metrics;
use serde::Serialize;
use serde_json::Value;
use teloxide_core::{
    RequestError,
    net::Download as _,
    payloads::{
        AnswerCallbackQuerySetters as _, SendDocumentSetters as _, SendMessageSetters as _,
        SetChatMenuButtonSetters as _, SetMessageReactionSetters as _, SetMyCommandsSetters as _,
        SetMyDescriptionSetters as _, SetMyShortDescriptionSetters as _, SetWebhookSetters as _,
    },
    requests::{JsonRequest, Output, Payload, Request, Requester as _},
    types::{
        AllowedUpdate, BotCommand, BotCommandScope, CallbackQueryId, ChatAction, ChatId, FileId,
        ForceReply, LinkPreviewOptions, MenuButton, MessageId, ParseMode, ReactionType, Recipient,
        ReplyMarkup, ReplyParameters,
    },
};
use tokio::{io::AsyncWrite, sync::mpsc::UnboundedSender};
use traces::tracing::{Instrument as _, Span, field::Empty};
use url::Url;

pub use inline_mode::{InlineAnswer, InlineArticle};

use crate::{
    ChatRef, Html, Keyboard, Medium, OutgoingFile, Photo, SendError,
    bot_api_limits::{
        ALBUM_MAX, ALBUM_MIN, CALLBACK_ANSWER_UNITS, COMMAND_DESCRIPTION_UNITS, DESCRIPTION_UNITS,
        DOWNLOAD_BYTES, SHORT_DESCRIPTION_UNITS,
    },
    message_types::sent_message,
    units,
};

/// Timeout of one request. An album of ten pictures is 2 MB, which a slow connection needs time
/// for.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Long-poll timeout on Telegram's side. A gateway renews its lease before each poll, so this
/// bounds how long a bot receives nothing after its gateway is killed.
const POLL_TIMEOUT: Duration = Duration::from_secs(10);

/// Cheap to clone.
#[derive(Clone)]
pub struct Bot {
    api: teloxide_core::Bot,
    id: BotId,
    migrations: Option<UnboundedSender<ChatMigration>>,
    /// Whether its messages arrive without a sound.
    silent: bool,
    metrics: Arc<Metrics>,
}

/// `getUpdates` with an untyped JSON answer: it is stored as received.
#[derive(Debug, Clone, Serialize)]
struct RawGetUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    limit: u8,
    timeout: u64,
    allowed_updates: [AllowedUpdate; 6],
}

/// The kinds of updates that the gateway reads.
const ALLOWED_UPDATES: [AllowedUpdate; 6] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::ChannelPost,
    AllowedUpdate::CallbackQuery,
    AllowedUpdate::InlineQuery,
    AllowedUpdate::MyChatMember,
];

impl Payload for RawGetUpdates {
    type Output = Vec<Value>;
    const NAME: &'static str = "GetUpdates";

    fn timeout_hint(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.timeout))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotIdentity {
    /// The number at the start of the token.
    pub id: u64,
    /// Without `@`.
    pub username: String,
}

/// The webhook as Telegram sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookStatus {
    /// `None` if no webhook is set.
    pub url: Option<Url>,
    /// Updates that wait for delivery.
    pub pending: u32,
    /// When a delivery last failed, and why.
    pub last_error: Option<(DateTime<Utc>, String)>,
}

/// Why a [`Bot`] can't be created.
#[derive(Debug, thiserror::Error)]
pub enum BotSetupError {
    #[error("no HTTP client for Telegram: {0}")]
    Client(String),
    /// The token has the wrong form.
    #[error(
        "TELOXIDE_TOKEN does not look like a bot's token, 123456:ABC…: @BotFather gives one, \
         and shows it again under /mybots"
    )]
    Token,
    /// The URL can't have a path appended.
    #[error("TELOXIDE_API_URL: it has to look like https://host[:port]")]
    Address,
}

impl Bot {
    /// `api` replaces Telegram's own address.
    pub fn new(token: &str, api: Option<Url>) -> Result<Self, BotSetupError> {
        let number = token.split_once(':').and_then(|(id, _)| id.parse().ok());
        let id = number.map(BotId::new).ok_or(BotSetupError::Token)?;
        let client = teloxide_core::net::default_reqwest_settings()
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|e| BotSetupError::Client(e.to_string()))?;
        let bot = teloxide_core::Bot::with_client(token, client);
        let api = match api {
            Some(url) if url.cannot_be_a_base() => return Err(BotSetupError::Address),
            Some(url) => bot.set_api_url(url),
            None => bot,
        };
        Ok(Self { api, id, migrations: None, silent: false, metrics: Arc::default() })
    }

    /// Counts and times its requests in `metrics`.
    #[must_use]
    pub fn measured_by(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Sends one request.
    pub(crate) async fn call<R>(&self, request: R) -> Result<Output<R>, SendError>
    where
        R: Request<Err = RequestError>,
    {
        let began = Instant::now();
        let method = <R::Payload as Payload>::NAME;
        let span = request_span(method);
        let sending = async { request.send().await.map_err(SendError::from) };
        let answer = sending.instrument(span.clone()).await;
        let outcome = answer.as_ref().err().map_or("ok", SendError::outcome);
        if answer.is_err() {
            span.record("error.type", outcome);
        }
        drop(span);
        self.metrics.bot_api_seconds.observe(began.elapsed(), [method, outcome]);
        if let Some(wait) = answer.as_ref().err().and_then(SendError::retry_after) {
            self.metrics.bot_api_wait_seconds.add(wait.as_secs_f64(), [method]);
        }
        answer
    }

    /// Reports to `migrations` each migrated group that a message was sent to by its old id.
    #[must_use]
    pub fn reporting_migrations(self, migrations: UnboundedSender<ChatMigration>) -> Self {
        Self { migrations: Some(migrations), ..self }
    }

    /// The same bot, whose messages arrive without a sound: for what no person waits for.
    #[must_use]
    pub fn silently(&self) -> Self {
        Self { silent: true, ..self.clone() }
    }

    /// The number at the start of the token.
    pub const fn id(&self) -> BotId {
        self.id
    }

    /// Calls `getMe`.
    pub async fn identity(&self) -> Result<BotIdentity, SendError> {
        let me = self.call(self.api.get_me()).await?;
        Ok(BotIdentity { id: me.id.0, username: me.username().to_owned() })
    }

    /// Updates from `offset` on, as untyped JSON. Waits up to 10 s for the first one.
    pub async fn updates(&self, offset: i64) -> Result<Vec<Value>, SendError> {
        let poll = RawGetUpdates {
            // 0 returns the oldest unconfirmed update; a negative offset counts from the end.
            offset: Some(offset).filter(|offset| *offset > 0),
            limit: 100,
            timeout: POLL_TIMEOUT.as_secs(),
            allowed_updates: ALLOWED_UPDATES,
        };
        self.call(JsonRequest::new(self.api.clone(), poll)).await
    }

    /// Registers `url` as the webhook; Telegram sends `secret` in a header.
    pub async fn set_webhook(&self, url: Url, secret: &str) -> Result<(), SendError> {
        let request =
            self.api.set_webhook(url).secret_token(secret).allowed_updates(ALLOWED_UPDATES);
        self.call(request).await?;
        Ok(())
    }

    /// Removes the webhook. Pending updates stay queued.
    pub async fn delete_webhook(&self) -> Result<(), SendError> {
        self.call(self.api.delete_webhook()).await?;
        Ok(())
    }

    /// What Telegram reports about the webhook.
    pub async fn webhook_status(&self) -> Result<WebhookStatus, SendError> {
        let info = self.call(self.api.get_webhook_info()).await?;
        Ok(WebhookStatus {
            url: info.url,
            pending: info.pending_update_count,
            last_error: info.last_error_date.zip(info.last_error_message),
        })
    }

    /// Sets the command menu. `language: None` is the default for other languages; `chat: None` is
    /// the default for chats without a menu of their own.
    pub async fn set_commands(
        &self,
        commands: &[(&str, &str)],
        language: Option<&str>,
        chat: Option<i64>,
    ) -> Result<(), SendError> {
        let menu = commands.iter().map(|(name, about)| {
            BotCommand::new(*name, units::cut(about, COMMAND_DESCRIPTION_UNITS))
        });
        let mut request = self.api.set_my_commands(menu);
        if let Some(language) = language {
            request = request.language_code(language);
        }
        if let Some(chat) = chat {
            let chat_id = Recipient::Id(ChatId(chat));
            request = request.scope(BotCommandScope::Chat { chat_id });
        }
        self.call(request).await?;
        Ok(())
    }

    /// Sets what people read before they press Start, and on the bot's profile. `language: None` is
    /// the default for other languages.
    pub async fn set_descriptions(
        &self,
        description: &str,
        short: &str,
        language: Option<&str>,
    ) -> Result<(), SendError> {
        let mut request =
            self.api.set_my_description().description(units::cut(description, DESCRIPTION_UNITS));
        let mut short_request = self
            .api
            .set_my_short_description()
            .short_description(units::cut(short, SHORT_DESCRIPTION_UNITS));
        if let Some(language) = language {
            request = request.language_code(language);
            short_request = short_request.language_code(language);
        }
        self.call(request).await?;
        self.call(short_request).await?;
        Ok(())
    }

    /// Makes the menu button of private chats open the commands.
    pub async fn set_menu_button(&self) -> Result<(), SendError> {
        self.call(self.api.set_chat_menu_button().menu_button(MenuButton::Commands)).await?;
        Ok(())
    }

    pub async fn send_text(
        &self,
        chat: ChatRef,
        text: &Html,
        keyboard: &Keyboard,
    ) -> Result<MessageRecord, SendError> {
        self.send_reply(chat, None, text, keyboard).await
    }

    /// Same, as a reply to a message of this chat; without one if that message is gone.
    pub async fn send_reply(
        &self,
        chat: ChatRef,
        to: Option<i32>,
        text: &Html,
        keyboard: &Keyboard,
    ) -> Result<MessageRecord, SendError> {
        let markup = (!keyboard.is_empty()).then(|| keyboard.markup().into());
        self.send_message(chat, text, markup, to).await
    }

    /// Sends a question to one member of a group, whose app opens the reply field: the member who
    /// wrote the message `reply_to`, or who is mentioned in the text.
    pub async fn send_question(
        &self,
        chat: ChatRef,
        text: &Html,
        reply_to: Option<i32>,
    ) -> Result<MessageRecord, SendError> {
        let markup = ReplyMarkup::ForceReply(ForceReply::new().selective());
        self.send_message(chat, text, Some(markup), reply_to).await
    }

    async fn send_message(
        &self,
        chat: ChatRef,
        text: &Html,
        markup: Option<ReplyMarkup>,
        reply_to: Option<i32>,
    ) -> Result<MessageRecord, SendError> {
        let markup = &markup;
        let send = |chat: ChatRef| async move {
            let mut request = self
                .api
                .send_message(chat.chat_id(), text.markup())
                .parse_mode(ParseMode::Html)
                .link_preview_options(no_preview());
            request.message_thread_id = chat.thread_id();
            request.disable_notification = self.silent.then_some(true);
            request.reply_markup.clone_from(markup);
            request.reply_parameters = reply_to.map(|message| {
                ReplyParameters::new(MessageId(message)).allow_sending_without_reply()
            });
            Ok(sent_message(&self.call(request).await?))
        };
        self.following_migration(chat, send).await
    }

    /// Sends to a chat; if it has migrated, to its new id. The refusal proves that the first
    /// request had no effect.
    async fn following_migration<T, F: Future<Output = Result<T, SendError>>>(
        &self,
        chat: ChatRef,
        send: impl Fn(ChatRef) -> F,
    ) -> Result<T, SendError> {
        match send(chat).await {
            Err(SendError::Moved(to)) => {
                let (from, to) = (chat.id, domain::ChatId::new(to));
                if let Some(migrations) = &self.migrations {
                    // Without a listener, the next message reports it again.
                    let _ = migrations.send(ChatMigration { from, to });
                }
                send(ChatRef { id: to, ..chat }).await
            }
            sent => sent,
        }
    }

    /// The account numbers of a group's administrators that are people.
    ///
    /// # Errors
    ///
    /// [`SendError::Forbidden`] and [`SendError::ChatGone`] if the bot is no member.
    pub async fn administrators(&self, chat: ChatRef) -> Result<Vec<AccountId>, SendError> {
        let members = self.call(self.api.get_chat_administrators(chat.chat_id())).await?;
        let people = members.into_iter().filter(|member| !member.user.is_bot);
        Ok(people
            .filter_map(|member| i64::try_from(member.user.id.0).ok().map(AccountId::new))
            .collect())
    }

    /// Sends pictures as one album of photos or of documents, in order. Returns the messages that
    /// Telegram created, which can be fewer than `photos`.
    ///
    /// # Errors
    ///
    /// [`SendError::Refused`] without a request for fewer than two or more than ten pictures.
    pub async fn send_album(
        &self,
        chat: ChatRef,
        photos: Vec<Photo>,
        medium: Medium,
    ) -> Result<Vec<MessageRecord>, SendError> {
        if !(ALBUM_MIN..=ALBUM_MAX).contains(&photos.len()) {
            return Err(SendError::Refused(format!(
                "an album has {ALBUM_MIN} to {ALBUM_MAX} pictures, not {}",
                photos.len()
            )));
        }
        let photos = &photos;
        let send = |chat: ChatRef| async move {
            let media = photos.iter().map(|photo| photo.clone().input(medium));
            let mut request = self.api.send_media_group(chat.chat_id(), media);
            request.message_thread_id = chat.thread_id();
            request.disable_notification = self.silent.then_some(true);
            Ok(self.call(request).await?.iter().map(sent_message).collect())
        };
        self.following_migration(chat, send).await
    }

    /// Sends one picture with buttons.
    pub async fn send_photo(
        &self,
        chat: ChatRef,
        photo: Photo,
        keyboard: &Keyboard,
    ) -> Result<MessageRecord, SendError> {
        use teloxide_core::payloads::SendPhotoSetters as _;
        let photo = &photo;
        let send = |chat: ChatRef| async move {
            let mut request = self.api.send_photo(chat.chat_id(), photo.file.clone().input());
            request.message_thread_id = chat.thread_id();
            request.disable_notification = self.silent.then_some(true);
            if let Some(caption) = &photo.caption {
                request = request.caption(caption.markup()).parse_mode(ParseMode::Html);
            }
            if !keyboard.is_empty() {
                request = request.reply_markup(keyboard.markup());
            }
            Ok(sent_message(&self.call(request).await?))
        };
        self.following_migration(chat, send).await
    }

    /// Sends a file unchanged: Telegram re-encodes photos but not documents.
    pub async fn send_document(
        &self,
        chat: ChatRef,
        file: OutgoingFile,
        caption: Option<&Html>,
        keyboard: &Keyboard,
    ) -> Result<MessageRecord, SendError> {
        let file = &file;
        let send = |chat: ChatRef| async move {
            let mut request = self
                .api
                .send_document(chat.chat_id(), file.clone().input())
                .disable_content_type_detection(true);
            request.message_thread_id = chat.thread_id();
            request.disable_notification = self.silent.then_some(true);
            if let Some(caption) = caption {
                request = request.caption(caption.markup()).parse_mode(ParseMode::Html);
            }
            if !keyboard.is_empty() {
                request = request.reply_markup(keyboard.markup());
            }
            Ok(sent_message(&self.call(request).await?))
        };
        self.following_migration(chat, send).await
    }

    /// Shows "typing…". Callers may ignore the error.
    pub async fn show_typing(&self, chat: ChatRef) -> Result<(), SendError> {
        self.action(chat, ChatAction::Typing).await
    }

    /// Shows "sending a photo…". Callers may ignore the error.
    pub async fn show_uploading(&self, chat: ChatRef) -> Result<(), SendError> {
        self.action(chat, ChatAction::UploadPhoto).await
    }

    async fn action(&self, chat: ChatRef, action: ChatAction) -> Result<(), SendError> {
        let mut request = self.api.send_chat_action(chat.chat_id(), action);
        request.message_thread_id = chat.thread_id();
        self.call(request).await?;
        Ok(())
    }

    /// Shows a reaction of the bot on a message. Callers may ignore the error: a chat can forbid
    /// reactions.
    pub async fn react(&self, chat: ChatRef, message: i32, emoji: &str) -> Result<(), SendError> {
        let reaction = ReactionType::Emoji { emoji: emoji.to_owned() };
        let request = self.api.set_message_reaction(chat.chat_id(), MessageId(message));
        self.call(request.reaction([reaction])).await?;
        Ok(())
    }

    /// Answers a callback query, which ends the button's spinner. `toast` is shown briefly.
    ///
    /// # Errors
    ///
    /// [`SendError::MessageGone`] if the query is too old.
    pub async fn answer_callback(&self, press: &str, toast: Option<&str>) -> Result<(), SendError> {
        let mut request = self.api.answer_callback_query(CallbackQueryId(press.to_owned()));
        if let Some(toast) = toast {
            request = request.text(units::cut(toast, CALLBACK_ANSWER_UNITS));
        }
        self.call(request).await?;
        Ok(())
    }

    /// Contents of a file that a user sent. A file larger than `most` bytes is not fetched, and
    /// reading stops at `most` even if Telegram states a smaller size.
    ///
    /// # Errors
    ///
    /// [`SendError::Refused`] for a file above `most`, or above the 20 MB that bots can download.
    pub async fn download(&self, file: &str, most: u32) -> Result<Bytes, SendError> {
        let most = most.min(DOWNLOAD_BYTES);
        let too_large = || SendError::Refused(format!("the file is larger than {most} bytes"));
        let meta = self.call(self.api.get_file(FileId(file.to_owned()))).await?;
        // If Telegram sends no size, the library reports the largest number.
        let stated = meta.meta.size;
        if stated > most && stated != u32::MAX {
            return Err(too_large());
        }
        let mut bytes = BoundedBuffer::of(most);
        match self.api.download_file(&meta.path, &mut bytes).await {
            Ok(()) => Ok(BytesMut::from(bytes.read.as_slice()).freeze()),
            Err(_) if bytes.is_over => Err(too_large()),
            Err(e) => Err(SendError::Unreachable(format!(
                "the file did not come through: {}",
                crate::send_error::innermost(&e)
            ))),
        }
    }
}

/// Buffer that accepts at most `most` bytes.
struct BoundedBuffer {
    read: Vec<u8>,
    most: usize,
    is_over: bool,
}

impl BoundedBuffer {
    fn of(most: u32) -> Self {
        Self { read: Vec::new(), most: most as usize, is_over: false }
    }
}

impl AsyncWrite for BoundedBuffer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        more: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.read.len() + more.len() > self.most {
            self.is_over = true;
            return Poll::Ready(Err(io::Error::other("the file is larger than it said")));
        }
        self.read.extend_from_slice(more);
        Poll::Ready(Ok(more.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Our texts link to pages that need no preview picture.
fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bot(token hidden)")
    }
}

/// The real address contains the token. `method` is a type's name, `SendMessage`.
fn request_span(method: &str) -> Span {
    let name = || {
        let (first, rest) = method.split_at(method.len().min(1));
        first.to_lowercase() + rest
    };
    traces::span!(
        "bot_api",
        otel.name = format!("POST {}", name()),
        otel.kind = "client",
        http.request.method = "POST",
        url.template = format!("/bot{{token}}/{}", name()),
        "error.type" = Empty,
    )
}
