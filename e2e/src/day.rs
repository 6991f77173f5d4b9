//! `day`: a person chats with the bot for a day, and the chat is printed as they see it. Real
//! processes and a real Temporal server; only Telegram is fake.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use testkit::{
    bot_api::{BotApi, Content, Message, Person},
    cluster::{Member, Plan},
    failpoints::{Action, Failpoints},
};
use workers::Pool;

use crate::cli::{note, print};

/// The delay of each draft, like a model's. The offline writer would finish before the person can
/// press Stop.
const THOUGHT: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct Day {
    /// The language of the person's Telegram.
    #[arg(long, value_enum, default_value_t)]
    language: Tongue,
    /// The folder for the pictures.
    #[arg(long, default_value = "out/day", value_name = "FOLDER")]
    pictures: PathBuf,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Tongue {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// The texts that the person sends and the labels that they press, and the texts that show the
/// effect.
struct Script {
    language: &'static str,
    topic: &'static str,
    ready: &'static str,
    edit: &'static str,
    which: &'static str,
    third: &'static str,
    words: &'static str,
    changed: &'static str,
    send: &'static str,
    look: &'static str,
    looks: &'static str,
    files: &'static str,
    schedule: &'static str,
    scheduled: &'static str,
    second: &'static str,
    stop: &'static str,
    stopped: &'static str,
    settings: &'static str,
    tongue: &'static str,
    other: &'static str,
    spoken: &'static str,
    status: &'static str,
    start: &'static str,
    privacy: &'static str,
    exported: &'static str,
    forget: &'static str,
    yes: &'static str,
    forgotten: &'static str,
    anew: &'static str,
}

const ENGLISH: Script = Script {
    language: "en",
    topic: "Why tests matter",
    ready: "Done. What next?",
    edit: "Edit a slide",
    which: "Which slide",
    third: "Slide 3 of",
    words: "Small steps\nOne test, one change, one commit: whatever breaks is at most one step away.",
    changed: "Slide 3 is new",
    send: "Send the album",
    look: "Look",
    looks: "Which look",
    files: "Files",
    schedule: "/schedule weekly mon 09:00 Clean code",
    scheduled: "Clean code",
    second: "How to name things",
    stop: "Stop",
    stopped: "Stopped",
    settings: "Settings",
    tongue: "Language",
    other: "русский",
    spoken: "Настройки",
    status: "ничего не делаю",
    start: "finished Instagram carousel",
    privacy: "What I store about you",
    exported: "Everything that is stored about you",
    forget: "Delete everything about you?",
    yes: "Yes, delete everything",
    forgotten: "Done: your data is deleted",
    anew: "Nothing yet",
};

const RUSSIAN: Script = Script {
    language: "ru",
    topic: "Почему тесты важны",
    ready: "Готово",
    edit: "Изменить слайд",
    which: "Какой слайд",
    third: "Слайд 3 из",
    words: "Маленькие шаги\nОдин тест, одно изменение, один коммит: что бы ни сломалось, до причины один шаг.",
    changed: "Слайд 3 переделан",
    send: "Отправить альбом",
    look: "Оформление",
    looks: "Какое оформление",
    files: "Файлы",
    schedule: "/schedule weekly mon 09:00 Чистый код",
    scheduled: "Чистый код",
    second: "Как давать имена",
    stop: "Остановить",
    stopped: "Остановлено",
    settings: "Настройки",
    tongue: "Язык",
    other: "English",
    spoken: "Settings",
    status: "not making anything",
    start: "карусель",
    privacy: "Что я о тебе храню",
    exported: "Всё, что о тебе хранится",
    forget: "Удалить всё о тебе?",
    yes: "Да, удалить всё",
    forgotten: "Готово: твои данные удалены",
    anew: "Пока ничего нет",
};

/// Prints a chat as it grows.
struct Scribe<'a> {
    telegram: &'a BotApi,
    person: Person,
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
pub(crate) async fn run(day: Day) -> anyhow::Result<bool> {
    let script = match day.language {
        Tongue::En => ENGLISH,
        Tongue::Ru => RUSSIAN,
    };
    std::fs::create_dir_all(&day.pictures)
        .with_context(|| format!("can't make {}", day.pictures.display()))?;
    let program = std::env::current_exe().context("the path of this program")?;
    let slowly = Failpoints::at("write_slides.before", Action::Delay(THOUGHT));
    let cluster = Plan::new(program)
        .with(Member::Gateway)
        .bot_api()
        .failpoints(Pool::Ai, slowly.map_err(anyhow::Error::msg)?);
    let cluster = cluster.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let telegram = cluster.telegram();
    let person = telegram.person_speaking("Ann", script.language).await;
    let mut scribe = Scribe {
        telegram,
        person,
        folder: &day.pictures,
        seen: 0,
        pictures: 0,
    };
    play(&mut scribe, &script).await?;
    let broken = telegram.broken_limits().await.len();
    print(format!(
        "\nThe bot exceeded Telegram's limits {broken} times; each time it waited for `retry_after`."
    ));
    Ok(true)
}

async fn play(scribe: &mut Scribe<'_>, script: &Script) -> anyhow::Result<()> {
    scribe.says("/start", script.start).await?;

    scribe.heading("A carousel");
    let ready = scribe.says(script.topic, script.ready).await?;

    scribe.heading("Slide 3 is edited");
    let menu = scribe.presses(&ready, script.edit, script.which).await?;
    let third = menu.buttons()[2][0].text.clone();
    let asked = scribe.presses_in_place(&menu, &third).await;
    anyhow::ensure!(asked.text().contains(script.third), "{}", asked.text());
    let slide = scribe.says(script.words, script.changed).await?;
    let ready = scribe.presses(&slide, script.send, script.ready).await?;

    scribe.heading("Another look");
    let looks = scribe.presses(&ready, script.look, script.looks).await?;
    let ready = scribe.presses(&looks, "paper", script.ready).await?;

    scribe.heading("The files");
    scribe.presses_for_files(&ready, script.files).await?;

    scribe.heading("By the clock");
    scribe.says(script.schedule, script.scheduled).await?;

    scribe.heading("A carousel that is stopped");
    let accepted = scribe.says(script.second, script.second).await?;
    scribe
        .presses(&accepted, script.stop, script.stopped)
        .await?;

    scribe.heading("What is stored, a copy of it, and its end");
    scribe.says("/privacy", script.privacy).await?;
    scribe.says("/export", script.exported).await?;
    let question = scribe.says("/forget", script.forget).await?;
    scribe
        .presses(&question, script.yes, script.forgotten)
        .await?;
    scribe.says("/history", script.anew).await?;

    scribe.heading("The other language");
    let settings = scribe.says("/settings", script.settings).await?;
    let tongues = scribe.presses_in_place(&settings, script.tongue).await;
    scribe.presses_in_place(&tongues, script.other).await;
    scribe.says("/settings", script.spoken).await?;
    scribe.says("/status", script.status).await?;
    Ok(())
}

impl Scribe<'_> {
    fn heading(&self, heading: &str) {
        print(format!("\n## {heading}\n"));
    }

    /// Sends a text and waits for a message that contains `expected`; returns it.
    async fn says(&mut self, text: &str, expected: &str) -> anyhow::Result<Message> {
        print(format!("**Ann:** {}", text.replace('\n', "\n  ")));
        let said = self.person.says(text).await;
        self.hears(said, expected).await
    }

    async fn presses(
        &mut self,
        under: &Message,
        label: &str,
        expected: &str,
    ) -> anyhow::Result<Message> {
        print(format!("**Ann** presses [{label}]"));
        let last = self.last().await;
        self.person.presses(under, label).await;
        self.hears(last, expected).await
    }

    /// Presses a button that edits its own message.
    async fn presses_in_place(&mut self, under: &Message, label: &str) -> Message {
        print(format!("**Ann** presses [{label}]"));
        let query = self.person.presses(under, label).await;
        self.person.is_answered(&query).await;
        let (id, before) = (under.id, under.markup.clone());
        let changed = self.person.hears(|chat| {
            let message = chat.message(id)?;
            (message.markup != before).then(|| message.clone())
        });
        let changed = changed.await;
        self.print(&changed);
        changed
    }

    /// Presses a button and waits for nine files.
    async fn presses_for_files(&mut self, under: &Message, label: &str) -> anyhow::Result<()> {
        print(format!("**Ann** presses [{label}]"));
        let last = self.last().await;
        self.person.presses(under, label).await;
        let all = self.person.hears(|chat| {
            let files = chat.answers().filter(|message| {
                message.id > last && matches!(message.content, Content::Document { .. })
            });
            (files.count() == 9).then_some(())
        });
        all.await;
        self.catch_up().await
    }

    async fn last(&self) -> i64 {
        let chat = self.person.chat().await;
        chat.last().map_or(0, |message| message.id)
    }

    async fn hears(&mut self, after: i64, expected: &str) -> anyhow::Result<Message> {
        let heard = self.person.hears(|chat| {
            let mut answers = chat.answers();
            let found = answers.rfind(|m| m.id > after && m.text().contains(expected));
            found.cloned()
        });
        let heard = heard.await;
        self.catch_up().await?;
        Ok(heard)
    }

    /// Prints the new messages, albums as one.
    async fn catch_up(&mut self) -> anyhow::Result<()> {
        let chat = self.person.chat().await;
        let new: Vec<Message> = (chat.answers())
            .filter(|message| message.id > self.seen)
            .cloned()
            .collect();
        for message in &new {
            self.seen = self.seen.max(message.id);
            match &message.content {
                Content::Photo { file, .. } => {
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
                Content::Document { file, .. } => {
                    let bytes = self.telegram.file(file).await;
                    let kind = kind_of(&bytes);
                    print(format!("**Bot:** 📄 a {kind} of {} KB", bytes.len() / 1024));
                }
                Content::Text { .. } | Content::Voice { .. } => self.print(message),
            }
        }
        Ok(())
    }

    fn print(&self, message: &Message) {
        print(format!("**Bot:** {}", message.text().replace('\n', "\n  ")));
        for row in message.buttons() {
            let row: Vec<String> = row.iter().map(|b| format!("[{}]", b.text)).collect();
            print(format!("  {}", row.join(" ")));
        }
    }
}
