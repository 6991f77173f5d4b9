//! Tests of the bot from the chat's side: a fake Telegram that enforces Telegram's rules, a real
//! Temporal server, the pools of production.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod alerts;
mod any_order;
mod broadcasts;
mod catalogue;
mod content_language;
mod control_message;
mod conversations;
mod crash_points;
mod drafts;
mod edits;
mod encryption;
mod event_requests;
mod events;
mod fairness;
mod faults;
mod file_uploads;
mod first_minute;
mod group_dialogues;
mod group_schedules;
mod grouping;
mod groups;
mod interactions;
mod locked_users;
mod membership;
mod metrics_page;
mod model_faults;
mod old_buttons;
mod options;
mod owners;
mod permissions;
mod presses;
mod privacy;
mod reception;
mod reconciling;
mod redelivery;
mod replies;
mod schedule_texts;
mod schedules;
mod slide_list;
mod stopping;
mod stored_updates;
mod understanding;
mod uploads;
mod webhook;

use axum::Router;
use gateway::bot::{RunningBot, reception::Reception};
use runtime::{
    failpoint_hooks::FailpointHooks, http::Port, settings::LogFormat, shutdown::Shutdown, telemetry,
};
use testkit::{
    ScriptedFailpoints, TestApp, TestAppBuilder,
    bot_api::{Actor, FakeBotApi, FakeMessage},
    eventually,
};

/// The program that reads files in the tests.
fn parser() -> sandbox::ParserProgram {
    sandbox::ParserProgram::at(env!("CARGO_BIN_EXE_gateway"))
}

struct BotTest {
    telegram: FakeBotApi,
    app: TestApp,
    shutdown: Shutdown,
    /// The port for the next gateway with a webhook.
    port: Option<Port>,
    /// The running gateway's routes for the operator's port.
    operator_routes: Router,
}

impl BotTest {
    /// Without failpoints.
    async fn start() -> Self {
        Self::with(TestApp::builder()).await
    }

    /// Without failpoints, and with a user.
    async fn with_user(name: &str, language: &str) -> (Self, Actor) {
        let bot = Self::start().await;
        let user = bot.user(name, language).await;
        (bot, user)
    }

    /// All carousels, the newest first.
    async fn carousels(&self) -> Vec<storage::carousels::Carousel> {
        let filter = storage::carousels::CarouselFilter::default();
        storage::carousels::list(&self.app.db.read(), &filter).await.unwrap().rows
    }

    async fn with_faults(faults: &ScriptedFailpoints) -> Self {
        Self::with(TestApp::builder().faults(faults.hooks())).await
    }

    /// With these settings or failpoints.
    async fn with(house: TestAppBuilder) -> Self {
        // Print the log if a test fails.
        let _ = telemetry::start(Some("warn"), LogFormat::Human, None, "test");
        let telegram = FakeBotApi::start().await;
        let house = house
            .env("TELOXIDE_TOKEN", telegram.token())
            .env("TELOXIDE_API_URL", telegram.url().to_string())
            .start()
            .await;
        let mut bot = Self::new(telegram, house, None);
        bot.start_gateway().await;
        bot
    }

    /// With a webhook at this port.
    async fn with_webhook(port: Port) -> Self {
        let _ = telemetry::start(Some("warn"), LogFormat::Human, None, "test");
        let telegram = FakeBotApi::start().await;
        let url = format!("http://{}/telegram", port.address());
        let house = TestApp::builder()
            .env("TELOXIDE_TOKEN", telegram.token())
            .env("TELOXIDE_API_URL", telegram.url().to_string())
            .env("TELEGRAM_WEBHOOK_URL", url)
            .env("TELEGRAM_WEBHOOK_SECRET", webhook::SECRET)
            .start()
            .await;
        let mut bot = Self::new(telegram, house, Some(port));
        bot.start_gateway().await;
        bot
    }

    fn new(telegram: FakeBotApi, app: TestApp, port: Option<Port>) -> Self {
        let (shutdown, operator_routes) = (Shutdown::default(), Router::new());
        Self { telegram, app, shutdown, port, operator_routes }
    }

    async fn start_gateway(&mut self) {
        self.start_gateway_with(FailpointHooks::none()).await;
    }

    async fn start_gateway_with(&mut self, faults: FailpointHooks) {
        self.shutdown = Shutdown::default();
        let hearing = self.another_gateway(faults).await;
        if let (Some(route), Some(port)) = (hearing.route, self.port.take()) {
            tokio::spawn(port.serve(route, self.shutdown.clone()));
        }
        self.operator_routes = hearing.operator_routes;
        is_connected(&hearing.reception).await;
    }

    /// Starts a gateway that ends together with the present one.
    async fn another_gateway(&self, faults: FailpointHooks) -> RunningBot {
        let (settings, client) = (self.app.settings(), self.app.client.clone());
        let (metrics, shutdown) = (&self.app.metrics, self.shutdown.clone());
        let started =
            gateway::bot::start(settings, client, metrics, shutdown, faults, parser()).await;
        started.unwrap().expect("a token makes a bot")
    }

    async fn user(&self, name: &str, language: &str) -> Actor {
        self.telegram.person_speaking(name, language).await
    }
}

impl Drop for BotTest {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// Waits until the gateway is connected to Telegram.
async fn is_connected(reception: &Reception) {
    eventually("the bot is connected", async || reception.readiness().ok()).await;
}

/// The bot's visible messages in the user's chat.
async fn answers(person: &Actor) -> Vec<FakeMessage> {
    person.chat().await.bot_messages().cloned().collect()
}
