//! Arguments and results of sending: chats, files, photos, sent messages.

use bytes::Bytes;
use domain::delivery::MessageRecord;
use teloxide_core::types::{
    ChatId, FileId, InputFile, InputMedia, InputMediaDocument, InputMediaPhoto, Message, MessageId,
    ParseMode, ThreadId,
};

use crate::Html;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChatRef {
    pub id: domain::ChatId,
    /// The topic of a forum.
    pub thread: Option<i32>,
}

/// A file: its bytes, or the file id that Telegram returned for an earlier upload.
#[derive(Debug, Clone)]
pub enum OutgoingFile {
    Bytes {
        name: String,
        bytes: Bytes,
    },
    /// A file id: Telegram has the file already.
    FileId(String),
}

/// How the pictures of an album are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Telegram re-encodes them for display.
    Photo,
    /// Sent unchanged, for pictures that Telegram does not accept as photos.
    Document,
}

#[derive(Debug, Clone)]
pub struct Photo {
    pub file: OutgoingFile,
    /// Telegram shows the first picture's caption below the album.
    pub caption: Option<Html>,
}

impl ChatRef {
    pub(crate) fn chat_id(self) -> ChatId {
        ChatId(self.id.get())
    }

    pub(crate) fn thread_id(self) -> Option<ThreadId> {
        self.thread.map(|thread| ThreadId(MessageId(thread)))
    }
}

impl OutgoingFile {
    pub(crate) fn input(self) -> InputFile {
        match self {
            Self::Bytes { name, bytes } => InputFile::memory(bytes).file_name(name),
            Self::FileId(id) => InputFile::file_id(FileId(id)),
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

pub(crate) fn sent_message(message: &Message) -> MessageRecord {
    let photo = message.photo().and_then(|sizes| sizes.iter().max_by_key(|s| s.width));
    let file = match (photo, message.document()) {
        (Some(photo), _) => photo.file.id.0.clone(),
        (None, Some(document)) => document.file.id.0.clone(),
        (None, None) => String::new(),
    };
    MessageRecord { message: message.id.0.into(), file }
}
