//! Tests of the bot from the chat's side: a fake Telegram that enforces Telegram's rules, a real
//! Temporal server, the pools of production.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod broadcasts;
mod conversations;
mod crash_points;
mod drafts;
mod edits;
mod encryption;
mod events;
mod fairness;
mod faults;
mod groups;
mod locked_users;
mod model_faults;
mod permissions;
mod privacy;
mod reconciling;
mod redelivery;
mod schedules;
mod stored_updates;
mod uploads;
mod webhook;

use runtime::{
    failpoint_hooks::FailpointHooks, http::Port, settings::LogFormat, shutdown::Shutdown, telemetry,
};
use testkit::{
    ScriptedFailpoints, TestApp, TestAppBuilder,
    bot_api::{Actor, FakeBotApi, FakeMessage},
};

/// A test environment with a bot.
struct BotTest {
    telegram: FakeBotApi,
    app: TestApp,
    shutdown: Shutdown,
    /// The port for the next gateway with a webhook.
    port: Option<Port>,
}

impl BotTest {
    /// Without failpoints.
    async fn start() -> Self {
        Self::with(TestApp::builder()).await
    }

    /// With these failpoints.
    async fn with_faults(faults: &ScriptedFailpoints) -> Self {
        Self::with(TestApp::builder().faults(faults.hooks())).await
    }

    /// With these settings or failpoints.
    async fn with(house: TestAppBuilder) -> Self {
        // Print the log if a test fails.
        let _ = telemetry::start(Some("warn"), LogFormat::Human);
        let telegram = FakeBotApi::start().await;
        let house = house
            .env("TELOXIDE_TOKEN", telegram.token())
            .env("TELOXIDE_API_URL", telegram.url().to_string())
            .start()
            .await;
        let mut bot = Self { telegram, app: house, shutdown: Shutdown::default(), port: None };
        bot.start_gateway().await;
        bot
    }

    /// With a webhook at this port.
    async fn with_webhook(port: Port) -> Self {
        let _ = telemetry::start(Some("warn"), LogFormat::Human);
        let telegram = FakeBotApi::start().await;
        let url = format!("http://{}/telegram", port.address());
        let house = TestApp::builder()
            .env("TELOXIDE_TOKEN", telegram.token())
            .env("TELOXIDE_API_URL", telegram.url().to_string())
            .env("TELEGRAM_WEBHOOK_URL", url)
            .env("TELEGRAM_WEBHOOK_SECRET", webhook::SECRET)
            .start()
            .await;
        let mut bot =
            Self { telegram, app: house, shutdown: Shutdown::default(), port: Some(port) };
        bot.start_gateway().await;
        bot
    }

    /// Starts the gateway.
    async fn start_gateway(&mut self) {
        self.start_gateway_with(FailpointHooks::none()).await;
    }

    /// Starts the gateway with these failpoints.
    async fn start_gateway_with(&mut self, faults: FailpointHooks) {
        self.shutdown = Shutdown::default();
        let (settings, client) = (self.app.settings(), self.app.client.clone());
        let started = gateway::bot::start(settings, client, self.shutdown.clone(), faults).await;
        let hearing = started.unwrap().expect("a token makes a bot");
        if let (Some(route), Some(port)) = (hearing.route, self.port.take()) {
            tokio::spawn(port.serve(route, self.shutdown.clone()));
        }
    }

    /// A user with this language in their Telegram app.
    async fn user(&self, name: &str, language: &str) -> Actor {
        self.telegram.person_speaking(name, language).await
    }
}

impl Drop for BotTest {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// The bot's visible messages in the user's chat.
async fn answers(person: &Actor) -> Vec<FakeMessage> {
    person.chat().await.bot_messages().cloned().collect()
}
