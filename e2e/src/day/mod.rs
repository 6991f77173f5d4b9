//! `day`: people chat with the bot for a day, and the chats are printed as they see them. Real
//! processes and a real Temporal server; only Telegram and the model are fake.

mod group;
mod owner;
mod private_chat;
mod requests;
mod transcript;

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use testkit::{
    FakeModelServer, ModelProtocol, ModelResponse,
    bot_api::FakeBotApi,
    cluster::{ClusterPlan, Member},
    failpoints::{FailpointAction, Failpoints},
};
use workers::Pool;

use self::transcript::{Person, Transcript};
use crate::cli::{note, print};

/// The delay of each draft, like a model's: people have time to press Stop.
const DRAFT_DELAY: Duration = Duration::from_secs(4);

/// How long a person waits for an answer. A group gets 20 messages a minute, so an album can wait.
const PATIENCE: Duration = Duration::from_secs(150);

/// The account numbers of the people, in the order in which they are added. The first one owns the
/// bot, the last one is not invited.
const OWNER: &str = "1000001";
const INVITED: &str = "1000002,1000003,1000004";

#[derive(Debug, Args)]
pub(crate) struct DayArgs {
    /// The language of the people's Telegram.
    #[arg(long, value_enum, default_value_t)]
    language: ChatLanguage,
    /// Writes the Bot API requests as JSON, for a check by other programs.
    #[arg(long, value_name = "FILE")]
    calls: Option<PathBuf>,
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

impl ChatLanguage {
    const fn language(self) -> domain::Language {
        match self {
            Self::En => domain::Language::En,
            Self::Ru => domain::Language::Ru,
        }
    }
}

/// Everybody who writes to the bot.
struct People {
    owner: Person,
    ann: Person,
    bob: Person,
    eve: Person,
    /// Not on the list of invited people.
    stranger: Person,
}

impl People {
    async fn join(telegram: &FakeBotApi, language: ChatLanguage) -> Self {
        let telegram = telegram.clone().with_timeout(PATIENCE);
        let person = async |en, ru| {
            let name = match language {
                ChatLanguage::En => en,
                ChatLanguage::Ru => ru,
            };
            let actor = telegram.person_speaking(name, language.language().name()).await;
            Person { actor, name }
        };
        Self {
            owner: person("Olga", "Ольга").await,
            ann: person("Ann", "Аня").await,
            bob: person("Bob", "Боря").await,
            eve: person("Eve", "Ева").await,
            stranger: person("Sam", "Сёма").await,
        }
    }
}

/// Plays the day.
pub(crate) async fn run(day: DayArgs) -> anyhow::Result<bool> {
    std::fs::create_dir_all(&day.pictures)
        .with_context(|| format!("can't make {}", day.pictures.display()))?;
    let program = std::env::current_exe().context("the path of this program")?;
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    model.set_default_response(ModelResponse::Write(day.language.language()));
    let slowly = Failpoints::at("write_slides.before", FailpointAction::Delay(DRAFT_DELAY));
    let plan = ClusterPlan::new(program)
        .with(Member::Gateway)
        .bot_api()
        .env("BOT_ADMINS", OWNER)
        .env("BOT_ALLOWED", INVITED)
        .env("AI_PRICES", "test-model=0.4/1.6")
        .failpoints(Pool::Ai, slowly.map_err(anyhow::Error::msg)?);
    let plan = model.env().into_iter().fold(plan, |plan, (name, value)| plan.env(name, value));
    let cluster = plan.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let telegram = cluster.telegram();
    let people = People::join(telegram, day.language).await;
    let telegram = telegram.clone().with_timeout(PATIENCE);
    let mut chat = Transcript::new(telegram.clone(), day.language, &day.pictures);
    owner::lets_in(&mut chat, &people).await?;
    private_chat::first_minute(&mut chat, &people.ann).await?;
    private_chat::edits(&mut chat, &people.ann).await?;
    requests::several_messages(&mut chat, &people.bob).await?;
    requests::second_thoughts(&mut chat, &people.eve).await?;
    requests::stopped(&mut chat, &people.bob).await?;
    private_chat::schedules(&mut chat, &people.bob).await?;
    group::carousel(&mut chat, &people).await?;
    group::schedule_and_migration(&mut chat, &people).await?;
    owner::commands(&mut chat, &people).await?;
    private_chat::privacy(&mut chat, &people.ann).await?;
    if let Some(file) = &day.calls {
        let calls = serde_json::to_vec(&telegram.calls().await)?;
        std::fs::write(file, calls).with_context(|| format!("can't write {}", file.display()))?;
    }
    let broken = telegram.calls_over_limit().await.len();
    print(format!(
        "\nThe bot exceeded Telegram's limits {broken} times; each time it waited for `retry_after`."
    ));
    Ok(true)
}
