//! Simulated people and groups: what a test does in a chat.

use std::time::Duration;

use serde_json::Value;

use super::{
    client::{FakeBotApi, number},
    fake_model::{BotMembership, CallOutcome, ChatId, FakeChat, FakeMessage},
    simulated_actions::{PersonMessage, SimulatedAction},
};

/// A person, with a private chat with the bot.
#[derive(Debug, Clone)]
pub struct Actor {
    telegram: FakeBotApi,
    /// Their user id, which is also their chat's id.
    pub id: i64,
}

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

    pub async fn replies(&self, to: &FakeMessage, text: &str) -> i64 {
        let said = PersonMessage {
            chat: Some(to.chat),
            thread: to.thread,
            reply_to: Some(to.id),
            ..self.text_message(text)
        };
        self.sends(said).await
    }

    pub async fn sends_text_in(&self, group: &ActorGroup, text: &str) -> i64 {
        let said = PersonMessage { chat: Some(group.id), ..self.text_message(text) };
        self.sends(said).await
    }

    pub async fn sends_text_in_topic(&self, group: &ActorGroup, thread: i64, text: &str) -> i64 {
        let said =
            PersonMessage { chat: Some(group.id), thread: Some(thread), ..self.text_message(text) };
        self.sends(said).await
    }

    /// Replies to a message of another person.
    pub async fn replies_in(&self, group: &ActorGroup, to: i64, text: &str) -> i64 {
        let said =
            PersonMessage { chat: Some(group.id), reply_to: Some(to), ..self.text_message(text) };
        self.sends(said).await
    }

    /// Sends a text to a group as its anonymous administrator, or to a channel.
    pub async fn sends_anonymously(&self, group: &ActorGroup, text: &str) -> i64 {
        let said =
            PersonMessage { chat: Some(group.id), anonymous: true, ..self.text_message(text) };
        self.sends(said).await
    }

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

    /// Sends pictures as one album, the caption with the first; returns the first message's id.
    pub async fn sends_album(&self, pictures: usize, jpeg: &[u8], caption: &str) -> i64 {
        let mut album = Vec::new();
        for n in 0..pictures {
            let file = self.telegram.put("photo", "photo.jpg", "image/jpeg", jpeg).await;
            album.push(PersonMessage {
                file: Some(file.id),
                kind: "photo".to_owned(),
                album: Some(format!("album-of-{}-{caption}", self.id)),
                ..self.text_message(if n == 0 { caption } else { "" })
            });
        }
        self.sends_together(album).await[0]
    }

    /// Sends several messages at once, as an app does; returns their ids.
    pub async fn sends_together(&self, all: Vec<PersonMessage>) -> Vec<i64> {
        let of_person = |said| PersonMessage { person: self.id, ..said };
        let messages = all.into_iter().map(of_person).collect();
        let sent = self.telegram.act(&SimulatedAction::SendTogether { messages }).await;
        sent.as_array().expect("a list of ids").iter().map(number).collect()
    }

    /// Sends a message of any shape; returns its id.
    pub async fn sends(&self, said: PersonMessage) -> i64 {
        let said = PersonMessage { person: self.id, ..said };
        number(&self.telegram.act(&SimulatedAction::Send(said)).await)
    }

    /// Types `@bot query` in any chat; returns the `results` and the `button` of the answer.
    ///
    /// # Panics
    /// If inline mode is off, or if there is no answer.
    pub async fn asks_inline(&self, query: &str) -> Value {
        let act = SimulatedAction::InlineQuery { person: self.id, query: query.to_owned() };
        let query = self.telegram.act(&act).await;
        assert!(query.is_string(), "inline mode is off");
        let answered = self.telegram.until_called(|call| {
            let mine = call.params["inline_query_id"] == query;
            let done = call.answer == CallOutcome::Ok;
            (mine && done).then(|| call.params.clone())
        });
        answered.await
    }

    pub async fn edits(&self, message: i64, text: &str) {
        self.edits_in(self.id, message, text).await;
    }

    pub async fn edits_in(&self, chat: ChatId, message: i64, text: &str) {
        let edit = SimulatedAction::Edit { person: self.id, chat, message, text: text.to_owned() };
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
        self.callback_answer(self.id, query).await
    }

    /// The same for a button in a group.
    pub async fn waits_for_callback_answer_in(&self, group: &ActorGroup, query: &str) -> String {
        self.callback_answer(group.id, query).await
    }

    async fn callback_answer(&self, chat: ChatId, query: &str) -> String {
        let found = self.telegram.until(chat, |seen| {
            let press = seen.presses.iter().find(|press| press.id == query)?;
            press.answer.clone()
        });
        found.await
    }

    pub async fn blocks(&self) {
        self.set_membership(self.id, BotMembership::Blocked).await;
    }

    pub async fn unblocks(&self) {
        self.set_membership(self.id, BotMembership::Welcome).await;
    }

    pub async fn deletes_account(&self) {
        self.set_membership(self.id, BotMembership::Gone).await;
    }

    pub async fn removes_bot_from(&self, group: &ActorGroup) {
        self.set_membership(group.id, BotMembership::Blocked).await;
    }

    pub async fn adds_bot_to(&self, group: &ActorGroup) {
        self.set_membership(group.id, BotMembership::Welcome).await;
    }

    async fn set_membership(&self, chat: ChatId, standing: BotMembership) {
        let stand = SimulatedAction::Stand { chat, by: self.id, standing };
        self.telegram.act(&stand).await;
    }

    pub async fn chat(&self) -> FakeChat {
        let chat = self.telegram.chat(self.id).await;
        chat.expect("the chat has messages")
    }

    /// Waits until `wanted` finds something in the chat.
    pub async fn waits_for<T>(&self, wanted: impl Fn(&FakeChat) -> Option<T>) -> T {
        let seen = self.telegram.until(self.id, |seen| wanted(seen.chat.as_ref()?));
        seen.await
    }

    /// Sends a text and waits for a message of the bot that contains `answer`.
    pub async fn asks(&self, text: &str, answer: &str) -> FakeMessage {
        self.sends_text(text).await;
        self.waits_for_text(answer).await
    }

    /// Presses a button and waits for a message of the bot that contains `answer`.
    pub async fn presses_for(&self, on: &FakeMessage, label: &str, answer: &str) -> FakeMessage {
        self.presses(on, label).await;
        self.waits_for_text(answer).await
    }

    /// Sends a topic and waits for an album of at least `pictures` items.
    pub async fn orders(&self, topic: &str, pictures: usize) -> Vec<FakeMessage> {
        self.sends_text(topic).await;
        self.waits_for_album(pictures).await
    }

    /// Waits for a message of the bot; returns the last one that is wanted.
    pub async fn waits_for_message(&self, wanted: impl Fn(&FakeMessage) -> bool) -> FakeMessage {
        self.waits_for(|chat| chat.bot_messages().rfind(|message| wanted(message)).cloned()).await
    }

    /// Waits for a message of the bot that contains `words` and was not deleted.
    pub async fn waits_for_text(&self, words: &str) -> FakeMessage {
        self.waits_for_message(|message| message.text().contains(words)).await
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

    /// A text of this person, to be sent with others.
    pub fn text_message(&self, text: &str) -> PersonMessage {
        PersonMessage { person: self.id, text: text.to_owned(), ..PersonMessage::default() }
    }
}

impl ActorGroup {
    pub(super) fn new(telegram: FakeBotApi, id: ChatId) -> Self {
        Self { telegram, id }
    }

    /// Makes a person an administrator.
    pub async fn promotes(&self, person: &Actor) {
        let promote = SimulatedAction::Promote { chat: self.id, person: person.id };
        self.telegram.act(&promote).await;
    }

    pub async fn forbids_reactions(&self) {
        self.telegram.act(&SimulatedAction::ForbidReactions { chat: self.id }).await;
    }

    /// Becomes a supergroup, with another id.
    pub async fn migrates(&self) -> Self {
        let migrated = self.telegram.act(&SimulatedAction::Migrate { chat: self.id }).await;
        Self::new(self.telegram.clone(), number(&migrated))
    }

    /// Waits for a message of the bot that contains `words` and was not deleted; returns the last.
    pub async fn waits_for_text(&self, words: &str) -> FakeMessage {
        self.waits_for(|chat| chat.bot_messages().rfind(|m| m.text().contains(words)).cloned())
            .await
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
