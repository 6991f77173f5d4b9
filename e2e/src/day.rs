//! `day`: a person chats with the bot for a day, and the chat is printed as they see it. Real
//! processes and a real Temporal server; only Telegram is fake.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use testkit::{
    bot_api::{Actor, FakeBotApi, FakeMessage, MessageContent},
    cluster::{ClusterPlan, Member},
    failpoints::{FailpointAction, Failpoints},
};
use workers::Pool;

use crate::cli::{note, print};

/// The delay of each draft, like a model's. The offline writer would finish before the person can
/// press Stop.
const DRAFT_DELAY: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct DayArgs {
    /// The language of the person's Telegram.
    #[arg(long, value_enum, default_value_t)]
    language: ChatLanguage,
    /// The folder for the pictures.
    #[arg(long, default_value = "out/day", value_name = "FOLDER")]
    pictures: PathBuf,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ChatLanguage {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// The texts that the person sends and the labels that they press, and the texts that show the
/// effect.
struct DayScript {
    language: &'static str,
    topic: &'static str,
    ready: &'static str,
    edit: &'static str,
    which: &'static str,
    third: &'static str,
    words: &'static str,
    changed: &'static str,
    send: &'static str,
    theme_button: &'static str,
    theme_choices: &'static str,
    files: &'static str,
    schedule: &'static str,
    scheduled: &'static str,
    second: &'static str,
    stop: &'static str,
    stopped: &'static str,
    settings: &'static str,
    language_button: &'static str,
    other: &'static str,
    language_changed: &'static str,
    status: &'static str,
    start: &'static str,
    privacy: &'static str,
    exported: &'static str,
    forget: &'static str,
    confirm_button: &'static str,
    forgotten: &'static str,
    start_again: &'static str,
}

const ENGLISH: DayScript = DayScript {
    language: "en",
    topic: "Why tests matter",
    ready: "Done. What next?",
    edit: "Edit a slide",
    which: "Which slide",
    third: "Slide 3 of",
    words: "Small steps\nOne test, one change, one commit: whatever breaks is at most one step away.",
    changed: "Slide 3 is new",
    send: "Send the album",
    theme_button: "Look",
    theme_choices: "Which look",
    files: "Files",
    schedule: "/schedule weekly mon 09:00 Clean code",
    scheduled: "Clean code",
    second: "How to name things",
    stop: "Stop",
    stopped: "Stopped",
    settings: "Settings",
    language_button: "Language",
    other: "русский",
    language_changed: "Настройки",
    status: "ничего не делаю",
    start: "finished Instagram carousel",
    privacy: "What I store about you",
    exported: "Everything that is stored about you",
    forget: "Delete everything about you?",
    confirm_button: "Yes, delete everything",
    forgotten: "Done: your data is deleted",
    start_again: "Nothing yet",
};

const RUSSIAN: DayScript = DayScript {
    language: "ru",
    topic: "Почему тесты важны",
    ready: "Готово",
    edit: "Изменить слайд",
    which: "Какой слайд",
    third: "Слайд 3 из",
    words: "Маленькие шаги\nОдин тест, одно изменение, один коммит: что бы ни сломалось, до причины один шаг.",
    changed: "Слайд 3 переделан",
    send: "Отправить альбом",
    theme_button: "Оформление",
    theme_choices: "Какое оформление",
    files: "Файлы",
    schedule: "/schedule weekly mon 09:00 Чистый код",
    scheduled: "Чистый код",
    second: "Как давать имена",
    stop: "Остановить",
    stopped: "Остановлено",
    settings: "Настройки",
    language_button: "Язык",
    other: "English",
    language_changed: "Settings",
    status: "not making anything",
    start: "карусель",
    privacy: "Что я о тебе храню",
    exported: "Всё, что о тебе хранится",
    forget: "Удалить всё о тебе?",
    confirm_button: "Да, удалить всё",
    forgotten: "Готово: твои данные удалены",
    start_again: "Пока ничего нет",
};

/// Prints a chat as it grows.
struct ChatPrinter<'a> {
    telegram: &'a FakeBotApi,
    person: Actor,
    folder: &'a Path,
    seen: i64,
    pictures: usize,
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

/// Plays the day.
pub(crate) async fn run(day: DayArgs) -> anyhow::Result<bool> {
    let script = match day.language {
        ChatLanguage::En => ENGLISH,
        ChatLanguage::Ru => RUSSIAN,
    };
    std::fs::create_dir_all(&day.pictures)
        .with_context(|| format!("can't make {}", day.pictures.display()))?;
    let program = std::env::current_exe().context("the path of this program")?;
    let slowly = Failpoints::at("write_slides.before", FailpointAction::Delay(DRAFT_DELAY));
    let cluster = ClusterPlan::new(program)
        .with(Member::Gateway)
        .bot_api()
        .failpoints(Pool::Ai, slowly.map_err(anyhow::Error::msg)?);
    let cluster = cluster.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let telegram = cluster.telegram();
    let person = telegram.person_speaking("Ann", script.language).await;
    let mut scribe = ChatPrinter { telegram, person, folder: &day.pictures, seen: 0, pictures: 0 };
    play(&mut scribe, &script).await?;
    let broken = telegram.calls_over_limit().await.len();
    print(format!(
        "\nThe bot exceeded Telegram's limits {broken} times; each time it waited for `retry_after`."
    ));
    Ok(true)
}

async fn play(scribe: &mut ChatPrinter<'_>, script: &DayScript) -> anyhow::Result<()> {
    scribe.sends_text("/start", script.start).await?;

    scribe.heading("A carousel");
    let ready = scribe.sends_text(script.topic, script.ready).await?;

    scribe.heading("Slide 3 is edited");
    let menu = scribe.presses(&ready, script.edit, script.which).await?;
    let third = menu.buttons()[2][0].text.clone();
    let asked = scribe.presses_in_place(&menu, &third).await;
    anyhow::ensure!(asked.text().contains(script.third), "{}", asked.text());
    let slide = scribe.sends_text(script.words, script.changed).await?;
    let ready = scribe.presses(&slide, script.send, script.ready).await?;

    scribe.heading("Another look");
    let looks = scribe.presses(&ready, script.theme_button, script.theme_choices).await?;
    let ready = scribe.presses(&looks, "paper", script.ready).await?;

    scribe.heading("The files");
    scribe.presses_for_files(&ready, script.files).await?;

    scribe.heading("By the clock");
    scribe.sends_text(script.schedule, script.scheduled).await?;

    scribe.heading("A carousel that is stopped");
    let accepted = scribe.sends_text(script.second, script.second).await?;
    scribe.presses(&accepted, script.stop, script.stopped).await?;

    scribe.heading("What is stored, a copy of it, and its end");
    scribe.sends_text("/privacy", script.privacy).await?;
    scribe.sends_text("/export", script.exported).await?;
    let question = scribe.sends_text("/forget", script.forget).await?;
    scribe.presses(&question, script.confirm_button, script.forgotten).await?;
    scribe.sends_text("/history", script.start_again).await?;

    scribe.heading("The other language");
    let settings = scribe.sends_text("/settings", script.settings).await?;
    let tongues = scribe.presses_in_place(&settings, script.language_button).await;
    scribe.presses_in_place(&tongues, script.other).await;
    scribe.sends_text("/settings", script.language_changed).await?;
    scribe.sends_text("/status", script.status).await?;
    Ok(())
}

impl ChatPrinter<'_> {
    fn heading(&self, heading: &str) {
        print(format!("\n## {heading}\n"));
    }

    /// Sends a text and waits for a message that contains `expected`; returns it.
    async fn sends_text(&mut self, text: &str, expected: &str) -> anyhow::Result<FakeMessage> {
        print(format!("**Ann:** {}", text.replace('\n', "\n  ")));
        let said = self.person.sends_text(text).await;
        self.waits_for(said, expected).await
    }

    async fn presses(
        &mut self,
        under: &FakeMessage,
        label: &str,
        expected: &str,
    ) -> anyhow::Result<FakeMessage> {
        print(format!("**Ann** presses [{label}]"));
        let last = self.last().await;
        self.person.presses(under, label).await;
        self.waits_for(last, expected).await
    }

    /// Presses a button that edits its own message.
    async fn presses_in_place(&mut self, under: &FakeMessage, label: &str) -> FakeMessage {
        print(format!("**Ann** presses [{label}]"));
        let query = self.person.presses(under, label).await;
        self.person.waits_for_callback_answer(&query).await;
        let (id, before) = (under.id, under.markup.clone());
        let changed = self.person.waits_for(|chat| {
            let message = chat.message(id)?;
            (message.markup != before).then(|| message.clone())
        });
        let changed = changed.await;
        self.print(&changed);
        changed
    }

    /// Presses a button and waits for nine files.
    async fn presses_for_files(&mut self, under: &FakeMessage, label: &str) -> anyhow::Result<()> {
        print(format!("**Ann** presses [{label}]"));
        let last = self.last().await;
        self.person.presses(under, label).await;
        let all = self.person.waits_for(|chat| {
            let files = chat.bot_messages().filter(|message| {
                message.id > last && matches!(message.content, MessageContent::Document { .. })
            });
            (files.count() == 9).then_some(())
        });
        all.await;
        self.print_new().await
    }

    async fn last(&self) -> i64 {
        let chat = self.person.chat().await;
        chat.last().map_or(0, |message| message.id)
    }

    async fn waits_for(&mut self, after: i64, expected: &str) -> anyhow::Result<FakeMessage> {
        let heard = self.person.waits_for(|chat| {
            let mut answers = chat.bot_messages();
            let found = answers.rfind(|m| m.id > after && m.text().contains(expected));
            found.cloned()
        });
        let heard = heard.await;
        self.print_new().await?;
        Ok(heard)
    }

    /// Prints the new messages, albums as one.
    async fn print_new(&mut self) -> anyhow::Result<()> {
        let chat = self.person.chat().await;
        let new: Vec<FakeMessage> =
            (chat.bot_messages()).filter(|message| message.id > self.seen).cloned().collect();
        for message in &new {
            self.seen = self.seen.max(message.id);
            match &message.content {
                MessageContent::Photo { file, .. } => {
                    self.pictures += 1;
                    let name = format!("{:02}.jpg", self.pictures);
                    let path = self.folder.join(name);
                    let bytes = self.telegram.file(file).await;
                    std::fs::write(&path, bytes)
                        .with_context(|| format!("can't write {}", path.display()))?;
                    print(format!("**Bot:** ![{0}]({0})", path.display()));
                    if !message.text().is_empty() {
                        self.print(message);
                    }
                }
                MessageContent::Document { file, .. } => {
                    let bytes = self.telegram.file(file).await;
                    let kind = kind_of(&bytes);
                    print(format!("**Bot:** 📄 a {kind} of {} KB", bytes.len() / 1024));
                }
                MessageContent::Text { .. } | MessageContent::Voice { .. } => self.print(message),
            }
        }
        Ok(())
    }

    fn print(&self, message: &FakeMessage) {
        print(format!("**Bot:** {}", message.text().replace('\n', "\n  ")));
        for row in message.buttons() {
            let row: Vec<String> = row.iter().map(|b| format!("[{}]", b.text)).collect();
            print(format!("  {}", row.join(" ")));
        }
    }
}
