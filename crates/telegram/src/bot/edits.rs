//! Requests that change a message of the bot, or delete it.

use domain::delivery::MessageRecord;
use teloxide_core::{
    payloads::{EditMessageMediaSetters as _, EditMessageTextSetters as _},
    requests::Requester as _,
    types::{MessageId, ParseMode},
};

use super::{Bot, no_preview};
use crate::{ChatRef, Html, Keyboard, Medium, Photo, SendError, message_types::sent_message};

impl Bot {
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
        self.call(request).await.map_err(gone_if_moved)?;
        Ok(())
    }

    /// Removes the buttons under a message.
    pub async fn remove_keyboard(&self, chat: ChatRef, message: i32) -> Result<(), SendError> {
        self.call(self.api.edit_message_reply_markup(chat.chat_id(), MessageId(message))).await?;
        Ok(())
    }

    pub async fn delete(&self, chat: ChatRef, message: i32) -> Result<(), SendError> {
        let deleting = self.api.delete_message(chat.chat_id(), MessageId(message));
        self.call(deleting).await.map_err(gone_if_moved)?;
        Ok(())
    }

    /// Replaces the content of a message by a picture; a text message becomes a picture. Returns the
    /// message with the file id of the picture.
    pub async fn edit_photo(
        &self,
        chat: ChatRef,
        message: i32,
        photo: Photo,
        keyboard: &Keyboard,
    ) -> Result<MessageRecord, SendError> {
        let media = photo.input(Medium::Photo);
        let mut request = self.api.edit_message_media(chat.chat_id(), MessageId(message), media);
        if !keyboard.is_empty() {
            request = request.reply_markup(keyboard.markup());
        }
        let edited = self.call(request).await.map_err(gone_if_moved)?;
        Ok(sent_message(&edited))
    }
}

/// A supergroup has none of the messages of the group that it was.
fn gone_if_moved(error: SendError) -> SendError {
    match error {
        SendError::Moved(_) => SendError::MessageGone,
        error => error,
    }
}
