//! Tests of the bot from the chat's side: a fake Telegram that enforces Telegram's rules, a real
//! Temporal server, the pools of production.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod broadcasting;
mod chatting;
mod drafts;
mod encrypting;
mod excluding;
mod fairness;
mod faults;
mod groups;
mod inbox;
mod model_faults;
mod people;
mod privacy;
mod repeating;
mod revising;
mod scheduling;
mod settling;
mod stepping;
mod telling;
mod uploads;
mod webhook;

use runtime::{faults::Faults, http::Port, settings::LogFormat, shutdown::Shutdown, telemetry};
use testkit::{
    House, HouseBuilder, ScriptedFaults,
    bot_api::{BotApi, Message, Person},
};

/// A test environment with a bot.
struct Bot {
    telegram: BotApi,
    house: House,
    shutdown: Shutdown,
    /// The port for the next gateway with a webhook.
    port: Option<Port>,
}

impl Bot {
    /// Without failpoints.
    async fn start() -> Self {
        Self::with(House::build()).await
    }

    /// With these failpoints.
    async fn with_faults(faults: &ScriptedFaults) -> Self {
        Self::with(House::build().faults(faults.faults())).await
    }

    /// With these settings or failpoints.
    async fn with(house: HouseBuilder) -> Self {
        // Print the log if a test fails.
        let _ = telemetry::start(Some("warn"), LogFormat::Human);
        let telegram = BotApi::start().await;
        let house = house
            .env("TELOXIDE_TOKEN", telegram.token())
            .env("TELOXIDE_API_URL", telegram.url().to_string())
            .start()
            .await;
        let mut bot = Self {
            telegram,
            house,
            shutdown: Shutdown::default(),
            port: None,
        };
        bot.listen().await;
        bot
    }

    /// With a webhook at this port.
    async fn called_at(port: Port) -> Self {
        let _ = telemetry::start(Some("warn"), LogFormat::Human);
        let telegram = BotApi::start().await;
        let url = format!("http://{}/telegram", port.address());
        let house = House::build()
            .env("TELOXIDE_TOKEN", telegram.token())
            .env("TELOXIDE_API_URL", telegram.url().to_string())
            .env("TELEGRAM_WEBHOOK_URL", url)
            .env("TELEGRAM_WEBHOOK_SECRET", webhook::SECRET)
            .start()
            .await;
        let mut bot = Self {
            telegram,
            house,
            shutdown: Shutdown::default(),
            port: Some(port),
        };
        bot.listen().await;
        bot
    }

    /// Starts the gateway.
    async fn listen(&mut self) {
        self.listen_with(Faults::none()).await;
    }

    /// Starts the gateway with these failpoints.
    async fn listen_with(&mut self, faults: Faults) {
        self.shutdown = Shutdown::default();
        let (settings, client) = (self.house.settings(), self.house.client.clone());
        let started = gateway::bot::start(settings, client, self.shutdown.clone(), faults).await;
        let hearing = started.unwrap().expect("a token makes a bot");
        if let (Some(route), Some(port)) = (hearing.route, self.port.take()) {
            tokio::spawn(port.serve(route, self.shutdown.clone()));
        }
    }

    /// A user with this language in their Telegram app.
    async fn person(&self, name: &str, language: &str) -> Person {
        self.telegram.person_speaking(name, language).await
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// The bot's visible messages in the user's chat.
async fn answers(person: &Person) -> Vec<Message> {
    person.chat().await.answers().cloned().collect()
}
