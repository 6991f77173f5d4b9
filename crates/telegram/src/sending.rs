//! What is sent, and what comes back.

use bytes::Bytes;
use teloxide::types::{
    ChatId, FileId, InputFile, InputMedia, InputMediaDocument, InputMediaPhoto, Message, MessageId,
    ParseMode, ThreadId,
};

use crate::Html;

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chat {
    /// The chat, in Telegram's numbering.
    pub id: i64,
    /// The topic of a forum.
    pub thread: Option<i32>,
}

/// A file: its bytes, or the id that Telegram gave it when it was sent first.
#[derive(Debug, Clone)]
pub enum File {
    /// To be uploaded.
    Bytes {
        /// What it is called.
        name: String,
        /// What is in it.
        bytes: Bytes,
    },
    /// On Telegram's disks already.
    Known(String),
}

/// What pictures of an album are sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// To be looked at: Telegram encodes them anew.
    Photo,
    /// As they are, where Telegram does not take them as photos.
    Document,
}

/// A picture of an album.
#[derive(Debug, Clone)]
pub struct Photo {
    /// The picture.
    pub file: File,
    /// What stands below it; Telegram shows the first one's below the album.
    pub caption: Option<Html>,
}

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its number in the chat.
    pub message: i32,
    /// The id of its file, with which it can be sent again without an upload.
    pub file: Option<String>,
}

impl Chat {
    pub(crate) fn chat_id(self) -> ChatId {
        ChatId(self.id)
    }

    pub(crate) fn thread_id(self) -> Option<ThreadId> {
        self.thread.map(|thread| ThreadId(MessageId(thread)))
    }
}

impl File {
    pub(crate) fn input(self) -> InputFile {
        match self {
            Self::Bytes { name, bytes } => InputFile::memory(bytes).file_name(name),
            Self::Known(id) => InputFile::file_id(FileId(id)),
        }
    }
}

impl Photo {
    pub(crate) fn input(self, medium: Medium) -> InputMedia {
        let (file, caption) = (self.file.input(), self.caption);
        let markup = caption.as_ref().map(Html::markup).map(str::to_owned);
        let mode = caption.map(|_| ParseMode::Html);
        match medium {
            Medium::Photo => {
                let mut photo = InputMediaPhoto::new(file);
                (photo.caption, photo.parse_mode) = (markup, mode);
                InputMedia::Photo(photo)
            }
            Medium::Document => {
                let mut document = InputMediaDocument::new(file);
                (document.caption, document.parse_mode) = (markup, mode);
                document.disable_content_type_detection = Some(true);
                InputMedia::Document(document)
            }
        }
    }
}

impl From<&Message> for Sent {
    fn from(message: &Message) -> Self {
        let photo = message
            .photo()
            .and_then(|sizes| sizes.iter().max_by_key(|s| s.width));
        let file = match (photo, message.document()) {
            (Some(photo), _) => Some(photo.file.id.0.clone()),
            (None, Some(document)) => Some(document.file.id.0.clone()),
            (None, None) => None,
        };
        Self {
            message: message.id.0,
            file,
        }
    }
}
