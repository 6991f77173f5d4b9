//! Prints chats as they grow, also messages that the bot changes, its reactions and notifications.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use testkit::bot_api::{
    Actor, ActorGroup, ButtonAction, FakeBotApi, FakeMessage, MessageContent, PersonMessage,
};

use super::ChatLanguage;
use crate::cli::print;

/// A person and their name.
pub(super) struct Person {
    pub(super) actor: Actor,
    pub(super) name: &'static str,
}

/// What was printed of a message: its text and its file. Buttons alone are no news.
type Shown = (String, Option<String>);

pub(super) struct Transcript {
    pub(super) telegram: FakeBotApi,
    language: ChatLanguage,
    folder: PathBuf,
    pictures: usize,
    /// By chat and message.
    seen: BTreeMap<(i64, i64), Shown>,
    reacted: BTreeSet<(i64, i64)>,
}

/// The file type, by the first bytes.
fn kind_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [b'P', b'K', ..] => "ZIP",
        [0xff, 0xd8, ..] => "JPEG",
        _ => "file",
    }
}

fn shown(message: &FakeMessage) -> Shown {
    (message.text().to_owned(), message.file().map(str::to_owned))
}

impl Transcript {
    pub(super) fn new(telegram: FakeBotApi, language: ChatLanguage, folder: &Path) -> Self {
        Self {
            telegram,
            language,
            folder: folder.to_owned(),
            pictures: 0,
            seen: BTreeMap::new(),
            reacted: BTreeSet::new(),
        }
    }

    /// The text in the language of the day.
    pub(super) const fn t(&self, en: &'static str, ru: &'static str) -> &'static str {
        match self.language {
            ChatLanguage::En => en,
            ChatLanguage::Ru => ru,
        }
    }

    pub(super) fn heading(&self, en: &'static str, ru: &'static str) {
        print(format!("\n## {}\n", self.t(en, ru)));
    }

    /// Says what happens outside the messages.
    pub(super) fn note(&self, words: &str) {
        print(format!("*{words}*"));
    }

    /// Sends a text in private, and waits for a message that contains `expected`.
    pub(super) async fn says(
        &mut self,
        who: &Person,
        text: &str,
        expected: &str,
    ) -> anyhow::Result<FakeMessage> {
        quote(who, text);
        who.actor.sends_text(text).await;
        self.waits(who.actor.id, expected).await
    }

    /// The same in a group.
    pub(super) async fn says_in(
        &mut self,
        group: &ActorGroup,
        who: &Person,
        text: &str,
        expected: &str,
    ) -> anyhow::Result<FakeMessage> {
        quote(who, text);
        who.actor.sends_text_in(group, text).await;
        self.waits(group.id, expected).await
    }

    pub(super) async fn replies(
        &mut self,
        who: &Person,
        to: &FakeMessage,
        text: &str,
        expected: &str,
    ) -> anyhow::Result<FakeMessage> {
        let begin: String = to.text().chars().take(30).collect();
        print(format!("**{}** (in reply to “{}…”): {text}", who.name, begin.replace('\n', " ")));
        who.actor.replies(to, text).await;
        self.waits(to.chat, expected).await
    }

    /// Sends several messages at once, and waits for a message that contains `expected`.
    pub(super) async fn sends_together(
        &mut self,
        who: &Person,
        messages: Vec<PersonMessage>,
        expected: &str,
    ) -> anyhow::Result<FakeMessage> {
        for message in &messages {
            let begin: String = message.text.chars().take(60).collect();
            let from = message.forwarded_from.as_ref();
            let from = from.map_or_else(String::new, |from| format!(" (forwards from {from})"));
            print(format!("**{}**{from}: {begin}…", who.name));
        }
        who.actor.sends_together(messages).await;
        self.waits(who.actor.id, expected).await
    }

    /// Presses a button, and waits for a message, new or changed, that contains `expected`.
    pub(super) async fn presses(
        &mut self,
        who: &Person,
        under: &FakeMessage,
        label: &str,
        expected: &str,
    ) -> anyhow::Result<FakeMessage> {
        let toast = self.press(who, under, label).await?;
        if !toast.is_empty() {
            print(format!("**Bot** (notification): {toast}"));
        }
        self.waits(under.chat, expected).await
    }

    /// Presses a button that only shows a notification.
    pub(super) async fn sees_notification(
        &mut self,
        who: &Person,
        under: &FakeMessage,
        label: &str,
        expected: &str,
    ) -> anyhow::Result<()> {
        let toast = self.press(who, under, label).await?;
        print(format!("**Bot** (notification): {toast}"));
        anyhow::ensure!(toast.contains(expected), "“{toast}”, not “{expected}”");
        Ok(())
    }

    async fn press(
        &self,
        who: &Person,
        under: &FakeMessage,
        label: &str,
    ) -> anyhow::Result<String> {
        let button = under.button(label);
        let button = button.with_context(|| format!("no [{label}] under {:?}", under.text()))?;
        print(format!("**{}** presses [{}]", who.name, button.text));
        let data = button.data().with_context(|| format!("[{label}] does nothing"))?.to_owned();
        let query = who.actor.presses_data(under.chat, under.id, &data).await;
        let answered = self.telegram.until(under.chat, |seen| {
            let press = seen.presses.iter().find(|press| press.id == query)?;
            press.answer.clone()
        });
        Ok(answered.await)
    }

    /// Presses a button and waits for the files of five slides, the PDF and the ZIP.
    pub(super) async fn presses_for_files(
        &mut self,
        who: &Person,
        under: &FakeMessage,
        label: &str,
    ) -> anyhow::Result<()> {
        self.press(who, under, label).await?;
        let all = self.telegram.until(under.chat, |seen| {
            let files = seen.chat.as_ref()?.bot_messages().filter(|message| {
                message.id > under.id && matches!(message.content, MessageContent::Document { .. })
            });
            (files.count() >= 7).then_some(())
        });
        all.await;
        self.print_new(under.chat).await
    }

    /// Waits for a message that contains `expected` and was not printed yet, in this form.
    pub(super) async fn waits(&mut self, chat: i64, expected: &str) -> anyhow::Result<FakeMessage> {
        let seen = &self.seen;
        let found = self.telegram.until(chat, |snapshot| {
            let is_new =
                |m: &&FakeMessage| seen.get(&(chat, m.id)).is_none_or(|seen| *seen != shown(m));
            let mut messages = snapshot.chat.as_ref()?.bot_messages();
            messages.rfind(|m| m.text().contains(expected) && is_new(m)).cloned()
        });
        let found = found.await;
        self.print_new(chat).await?;
        Ok(found)
    }

    /// The pictures of the newest album in a chat.
    pub(super) async fn newest_album(&self, chat: i64) -> anyhow::Result<Vec<FakeMessage>> {
        let chat = self.telegram.chat(chat).await.context("the chat has messages")?;
        let album = chat.albums().pop().context("there is an album")?;
        Ok(album.into_iter().cloned().collect())
    }

    /// Prints what is new in a chat: messages, changes of earlier ones, reactions.
    async fn print_new(&mut self, chat: i64) -> anyhow::Result<()> {
        let Some(chat) = self.telegram.chat(chat).await else {
            return Ok(());
        };
        for message in &chat.messages {
            if !message.reactions.is_empty() && self.reacted.insert((chat.id, message.id)) {
                print(format!("**Bot** reacts: {}", message.reactions.join(" ")));
            }
        }
        let new: Vec<FakeMessage> = chat.bot_messages().cloned().collect();
        for message in &new {
            let now = shown(message);
            let before = self.seen.insert((chat.id, message.id), now.clone());
            let who = match &before {
                Some(before) if *before == now => continue,
                Some(_) => "**Bot** (changes its message)",
                None => "**Bot**",
            };
            self.print_message(who, message).await?;
        }
        Ok(())
    }

    async fn print_message(&mut self, who: &str, message: &FakeMessage) -> anyhow::Result<()> {
        match &message.content {
            MessageContent::Photo { file, .. } => {
                self.pictures += 1;
                let path = self.folder.join(format!("{:02}.jpg", self.pictures));
                let bytes = self.telegram.file(file).await;
                std::fs::write(&path, bytes)
                    .with_context(|| format!("can't write {}", path.display()))?;
                print(format!("{who}: ![{0}]({0})", path.display()));
                if message.text().is_empty() {
                    return Ok(());
                }
            }
            MessageContent::Document { file, .. } => {
                let bytes = self.telegram.file(file).await;
                let kind = kind_of(&bytes);
                print(format!("{who}: 📄 a {kind} of {} KB", bytes.len() / 1024));
                if message.text().is_empty() {
                    return Ok(());
                }
            }
            MessageContent::Text { .. }
            | MessageContent::Voice { .. }
            | MessageContent::MigratedTo { .. }
            | MessageContent::MigratedFrom { .. } => {}
        }
        print(format!("{who}: {}", message.text().replace('\n', "\n  ")));
        for row in message.buttons() {
            let label = |press: &ButtonAction, text: &str| match press {
                ButtonAction::Copy(_) => format!("[⧉ {text}]"),
                ButtonAction::Url(_) => format!("[↗ {text}]"),
                ButtonAction::Callback(_) | ButtonAction::Other => format!("[{text}]"),
            };
            let row: Vec<String> = row.iter().map(|b| label(&b.press, &b.text)).collect();
            print(format!("  {}", row.join(" ")));
        }
        Ok(())
    }
}

fn quote(who: &Person, text: &str) {
    print(format!("**{}:** {}", who.name, text.replace('\n', "\n  ")));
}
