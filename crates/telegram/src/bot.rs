//! [`Bot`]: Bot API requests. Each call is one attempt, without retries.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use domain::BotId;
use serde::Serialize;
use serde_json::Value;
use teloxide_core::{
    net::Download as _,
    payloads::{
        AnswerCallbackQuerySetters as _, EditMessageTextSetters as _, SendDocumentSetters as _,
        SendMessageSetters as _, SetMyCommandsSetters as _, SetWebhookSetters as _,
    },
    requests::{JsonRequest, Payload, Request as _, Requester as _},
    types::{
        AllowedUpdate, BotCommand, BotCommandScope, CallbackQueryId, ChatAction, ChatId, FileId,
        LinkPreviewOptions, MessageId, ParseMode, Recipient,
    },
};
use tokio::io::AsyncWrite;
use url::Url;

use crate::{
    ChatRef, Html, Keyboard, Medium, OutgoingFile, Photo, SendError, SentMessage,
    bot_api_limits::{ALBUM_MAX, ALBUM_MIN, DOWNLOAD_BYTES},
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
}

/// `getUpdates` with an untyped JSON answer: it is stored as received.
#[derive(Debug, Clone, Serialize)]
struct RawGetUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    limit: u8,
    timeout: u64,
    allowed_updates: [AllowedUpdate; 2],
}

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
        Ok(Self { api, id })
    }

    /// The number at the start of the token.
    pub const fn id(&self) -> BotId {
        self.id
    }

    /// Calls `getMe`.
    pub async fn identity(&self) -> Result<BotIdentity, SendError> {
        let me = self.api.get_me().await?;
        Ok(BotIdentity { id: me.id.0, username: me.username().to_owned() })
    }

    /// Updates from `offset` on, as untyped JSON. Waits up to 10 s for the first one.
    pub async fn updates(&self, offset: i64) -> Result<Vec<Value>, SendError> {
        let poll = RawGetUpdates {
            // 0 returns the oldest unconfirmed update; a negative offset counts from the end.
            offset: Some(offset).filter(|offset| *offset > 0),
            limit: 100,
            timeout: POLL_TIMEOUT.as_secs(),
            allowed_updates: [AllowedUpdate::Message, AllowedUpdate::CallbackQuery],
        };
        Ok(JsonRequest::new(self.api.clone(), poll).send().await?)
    }

    /// Registers `url` as the webhook; Telegram sends `secret` in a header.
    pub async fn set_webhook(&self, url: Url, secret: &str) -> Result<(), SendError> {
        let request = self
            .api
            .set_webhook(url)
            .secret_token(secret)
            .allowed_updates([AllowedUpdate::Message, AllowedUpdate::CallbackQuery]);
        request.await?;
        Ok(())
    }

    /// Removes the webhook. Pending updates stay queued.
    pub async fn delete_webhook(&self) -> Result<(), SendError> {
        self.api.delete_webhook().await?;
        Ok(())
    }

    /// Sets the command menu. `language: None` is the default for other languages; `chat: None` is
    /// the default for chats without a menu of their own.
    pub async fn set_commands(
        &self,
        commands: &[(&str, &str)],
        language: Option<&str>,
        chat: Option<i64>,
    ) -> Result<(), SendError> {
        let menu = commands.iter().map(|(name, about)| BotCommand::new(*name, *about));
        let mut request = self.api.set_my_commands(menu);
        if let Some(language) = language {
            request = request.language_code(language);
        }
        if let Some(chat) = chat {
            let chat_id = Recipient::Id(ChatId(chat));
            request = request.scope(BotCommandScope::Chat { chat_id });
        }
        request.await?;
        Ok(())
    }

    pub async fn send_text(
        &self,
        chat: ChatRef,
        text: &Html,
        keyboard: &Keyboard,
    ) -> Result<SentMessage, SendError> {
        let mut request = self
            .api
            .send_message(chat.chat_id(), text.markup())
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview());
        request.message_thread_id = chat.thread_id();
        if !keyboard.is_empty() {
            request = request.reply_markup(keyboard.markup());
        }
        Ok(SentMessage::from(&request.await?))
    }

    /// # Errors
    ///
    /// Callers can usually ignore [`SendError::NotModified`] and [`SendError::MessageGone`].
    pub async fn edit_text(
        &self,
        chat: ChatRef,
        message: i32,
        text: &Html,
        keyboard: &Keyboard,
    ) -> Result<(), SendError> {
        let mut request = self
            .api
            .edit_message_text(chat.chat_id(), MessageId(message), text.markup())
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview());
        if !keyboard.is_empty() {
            request = request.reply_markup(keyboard.markup());
        }
        request.await?;
        Ok(())
    }

    pub async fn delete(&self, chat: ChatRef, message: i32) -> Result<(), SendError> {
        self.api.delete_message(chat.chat_id(), MessageId(message)).await?;
        Ok(())
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
    ) -> Result<Vec<SentMessage>, SendError> {
        if !(ALBUM_MIN..=ALBUM_MAX).contains(&photos.len()) {
            return Err(SendError::Refused(format!(
                "an album has {ALBUM_MIN} to {ALBUM_MAX} pictures, not {}",
                photos.len()
            )));
        }
        let media = photos.into_iter().map(|photo| photo.input(medium));
        let mut request = self.api.send_media_group(chat.chat_id(), media);
        request.message_thread_id = chat.thread_id();
        Ok(request.await?.iter().map(SentMessage::from).collect())
    }

    /// Sends one picture with buttons.
    pub async fn send_photo(
        &self,
        chat: ChatRef,
        photo: Photo,
        keyboard: &Keyboard,
    ) -> Result<SentMessage, SendError> {
        use teloxide_core::payloads::SendPhotoSetters as _;
        let mut request = self.api.send_photo(chat.chat_id(), photo.file.input());
        request.message_thread_id = chat.thread_id();
        if let Some(caption) = photo.caption {
            request = request.caption(caption.markup()).parse_mode(ParseMode::Html);
        }
        if !keyboard.is_empty() {
            request = request.reply_markup(keyboard.markup());
        }
        Ok(SentMessage::from(&request.await?))
    }

    /// Sends a file unchanged: Telegram re-encodes photos but not documents.
    pub async fn send_document(
        &self,
        chat: ChatRef,
        file: OutgoingFile,
        caption: Option<&Html>,
        keyboard: &Keyboard,
    ) -> Result<SentMessage, SendError> {
        let mut request = self
            .api
            .send_document(chat.chat_id(), file.input())
            .disable_content_type_detection(true);
        request.message_thread_id = chat.thread_id();
        if let Some(caption) = caption {
            request = request.caption(caption.markup()).parse_mode(ParseMode::Html);
        }
        if !keyboard.is_empty() {
            request = request.reply_markup(keyboard.markup());
        }
        Ok(SentMessage::from(&request.await?))
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
        request.await?;
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
            request = request.text(toast);
        }
        request.await?;
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
        let meta = self.api.get_file(FileId(file.to_owned())).await?;
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
