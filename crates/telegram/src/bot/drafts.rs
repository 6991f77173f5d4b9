//! Drafts of messages in private chats.

use serde::Serialize;
use teloxide_core::{
    requests::{JsonRequest, Payload},
    types::True,
};

use super::Bot;
use crate::{ChatRef, SendError};

/// `sendMessageDraft`, which teloxide does not have yet.
#[derive(Debug, Clone, Serialize)]
struct SendMessageDraft {
    chat_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i32>,
    draft_id: i64,
    text: String,
}

impl Payload for SendMessageDraft {
    type Output = True;
    const NAME: &'static str = "SendMessageDraft";
}

impl Bot {
    /// Shows a draft of the message to come, without formatting; Telegram removes it when a message
    /// follows, or after half a minute. Only private chats support it. `draft_id` is not 0. Callers
    /// may ignore the error: servers before Bot API 9.3 don't have the method.
    pub async fn show_message_draft(
        &self,
        chat: ChatRef,
        draft_id: i64,
        text: String,
    ) -> Result<(), SendError> {
        let (chat_id, message_thread_id) = (chat.id.get(), chat.thread);
        let draft = SendMessageDraft { chat_id, message_thread_id, draft_id, text };
        self.call(JsonRequest::new(self.api.clone(), draft)).await?;
        Ok(())
    }
}
