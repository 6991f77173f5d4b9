//! Simulated people and groups: what a test does in a chat.

use std::time::Duration;

use super::{
    client::{FakeBotApi, number},
    fake_model::{BotMembership, ChatId, FakeChat, FakeMessage},
    simulated_actions::{PersonMessage, SimulatedAction},
};

/// A person, with a private chat with the bot.
#[derive(Debug, Clone)]
pub struct Actor {
    telegram: FakeBotApi,
    /// Their user id, which is also their chat's id.
    pub id: i64,
}

/// A group that contains the bot.
#[derive(Debug, Clone)]
pub struct ActorGroup {
    telegram: FakeBotApi,
    pub id: ChatId,
}

impl Actor {
    pub(super) fn new(telegram: FakeBotApi, id: i64) -> Self {
        Self { telegram, id }
    }

    /// Sets the timeout of this person's waits.
    #[must_use]
    pub fn with_timeout(self, deadline: Duration) -> Self {
        Self { telegram: self.telegram.with_timeout(deadline), ..self }
    }

    /// Sends a text to the bot; returns the message's id.
    pub async fn sends_text(&self, text: &str) -> i64 {
        self.sends(self.text_message(text)).await
    }

    /// Replies to a message.
    pub async fn replies(&self, to: &FakeMessage, text: &str) -> i64 {
        let said = PersonMessage {
            chat: Some(to.chat),
            thread: to.thread,
            reply_to: Some(to.id),
            ..self.text_message(text)
        };
        self.sends(said).await
    }

    /// Sends a text to a group.
    pub async fn sends_text_in(&self, group: &ActorGroup, text: &str) -> i64 {
        let said = PersonMessage { chat: Some(group.id), ..self.text_message(text) };
        self.sends(said).await
    }

    /// Sends a text to a topic of a group.
    pub async fn sends_text_in_topic(&self, group: &ActorGroup, thread: i64, text: &str) -> i64 {
        let said =
            PersonMessage { chat: Some(group.id), thread: Some(thread), ..self.text_message(text) };
        self.sends(said).await
    }

    /// Forwards a post of a channel.
    pub async fn forwards(&self, channel: &str, text: &str) -> i64 {
        let said =
            PersonMessage { forwarded_from: Some(channel.to_owned()), ..self.text_message(text) };
        self.sends(said).await
    }

    pub async fn sends_photo(&self, jpeg: &[u8], caption: &str) -> i64 {
        self.sends_file("photo", ("photo.jpg", "image/jpeg"), jpeg, caption).await
    }

    pub async fn sends_document(&self, name: &str, mime: &str, bytes: &[u8]) -> i64 {
        self.sends_file("document", (name, mime), bytes, "").await
    }

    pub async fn sends_voice(&self, ogg: &[u8]) -> i64 {
        self.sends_file("voice", ("voice.ogg", "audio/ogg"), ogg, "").await
    }

    async fn sends_file(
        &self,
        kind: &str,
        (name, mime): (&str, &str),
        bytes: &[u8],
        caption: &str,
    ) -> i64 {
        let file = self.telegram.put(kind, name, mime, bytes).await;
        let said = PersonMessage {
            file: Some(file.id),
            kind: kind.to_owned(),
            ..self.text_message(caption)
        };
        self.sends(said).await
    }

    /// Sends a message of any shape; returns its id.
    pub async fn sends(&self, said: PersonMessage) -> i64 {
        let said = PersonMessage { person: self.id, ..said };
        number(&self.telegram.act(&SimulatedAction::Send(said)).await)
    }

    /// Edits the text of a message of theirs.
    pub async fn edits(&self, message: i64, text: &str) {
        let edit = SimulatedAction::Edit {
            person: self.id,
            chat: self.id,
            message,
            text: text.to_owned(),
        };
        self.telegram.act(&edit).await;
    }

    /// Presses the button with a label that is or contains `label`; returns the callback query's
    /// id.
    pub async fn presses(&self, message: &FakeMessage, label: &str) -> String {
        let button = message.button(label);
        let button = button.unwrap_or_else(|| {
            panic!("no button “{label}” under {:?}: {:?}", message.text(), message.buttons())
        });
        let data = button.data().unwrap_or_else(|| panic!("“{label}” has no callback data"));
        self.presses_data(message.chat, message.id, data).await
    }

    /// Sends a callback query with this data, whether such a button exists or not.
    pub async fn presses_data(&self, chat: ChatId, message: i64, data: &str) -> String {
        let press =
            SimulatedAction::Press { person: self.id, chat, message, data: data.to_owned() };
        let query = self.telegram.act(&press).await;
        query.as_str().expect("a press has an id").to_owned()
    }

    /// Waits until the bot answered a callback query, and returns the text of the answer.
    pub async fn waits_for_callback_answer(&self, query: &str) -> String {
        let found = self.telegram.until(self.id, |seen| {
            let press = seen.presses.iter().find(|press| press.id == query)?;
            press.answer.clone()
        });
        found.await
    }

    pub async fn blocks(&self) {
        self.set_membership(BotMembership::Blocked).await;
    }

    /// Unblocks the bot.
    pub async fn unblocks(&self) {
        self.set_membership(BotMembership::Welcome).await;
    }

    /// Deletes their account.
    pub async fn deletes_account(&self) {
        self.set_membership(BotMembership::Gone).await;
    }

    async fn set_membership(&self, standing: BotMembership) {
        let stand = SimulatedAction::Stand { chat: self.id, standing };
        self.telegram.act(&stand).await;
    }

    /// The chat with the bot.
    pub async fn chat(&self) -> FakeChat {
        let chat = self.telegram.chat(self.id).await;
        chat.expect("the chat has messages")
    }

    /// Waits until `wanted` finds something in the chat.
    pub async fn waits_for<T>(&self, wanted: impl Fn(&FakeChat) -> Option<T>) -> T {
        let seen = self.telegram.until(self.id, |seen| wanted(seen.chat.as_ref()?));
        seen.await
    }

    /// Waits for a message of the bot that contains `words` and was not deleted.
    pub async fn waits_for_text(&self, words: &str) -> FakeMessage {
        self.waits_for(|chat| {
            let mut answers = chat.bot_messages();
            answers.rfind(|message| message.text().contains(words)).cloned()
        })
        .await
    }

    /// Waits for an album of at least `pictures` items.
    pub async fn waits_for_album(&self, pictures: usize) -> Vec<FakeMessage> {
        self.waits_for(|chat| {
            let albums = chat.albums();
            let album = albums.into_iter().rfind(|album| album.len() >= pictures)?;
            Some(album.into_iter().cloned().collect())
        })
        .await
    }

    fn text_message(&self, text: &str) -> PersonMessage {
        PersonMessage { person: self.id, text: text.to_owned(), ..PersonMessage::default() }
    }
}

impl ActorGroup {
    pub(super) fn new(telegram: FakeBotApi, id: ChatId) -> Self {
        Self { telegram, id }
    }

    /// Adds a topic, and returns its thread id.
    pub async fn topic(&self, name: &str) -> i64 {
        let topic = SimulatedAction::Topic { chat: self.id, name: name.to_owned() };
        number(&self.telegram.act(&topic).await)
    }

    pub async fn chat(&self) -> FakeChat {
        let chat = self.telegram.chat(self.id).await;
        chat.expect("a group's chat exists from the start")
    }

    /// Waits until `wanted` finds something in the group.
    pub async fn waits_for<T>(&self, wanted: impl Fn(&FakeChat) -> Option<T>) -> T {
        self.telegram.until(self.id, |seen| wanted(seen.chat.as_ref()?)).await
    }
}
