//! Tests of the bot's readiness: what Telegram refuses is shown to the operator, and the bot recovers
//! when the reason has gone.

use gateway::bot::{self, RunningBot};
use runtime::{failpoint_hooks::FailpointHooks, shutdown::Shutdown};
use testkit::{
    TestApp,
    bot_api::{BotApiFault, FakeBotApi},
    eventually,
};

use crate::is_connected;

/// Starts an application and its bot, which meets `fault` first.
async fn started_with(fault: BotApiFault) -> (FakeBotApi, TestApp, RunningBot, Shutdown) {
    let telegram = FakeBotApi::start().await;
    telegram.fault(fault).await;
    let app = TestApp::builder()
        .env("TELOXIDE_TOKEN", telegram.token())
        .env("TELOXIDE_API_URL", telegram.url().to_string())
        .start()
        .await;
    let shutdown = Shutdown::default();
    let started = bot::start(
        app.settings(),
        app.client.clone(),
        &app.metrics,
        shutdown.clone(),
        FailpointHooks::none(),
        crate::parser(),
    );
    let running = started.await.unwrap().unwrap();
    (telegram, app, running, shutdown)
}

async fn is_unready(running: &RunningBot, reason: &str) {
    let unready = async || {
        let said = running.reception.readiness().err()?;
        said.contains(reason).then_some(())
    };
    eventually(&format!("unready: {reason}"), unready).await;
}

#[tokio::test]
async fn bot_waits_for_telegram_and_for_its_token() {
    for (fault, reason) in [
        (BotApiFault::cut().on("getMe"), "Telegram"),
        (BotApiFault::server_error(502).on("getMe"), "Telegram"),
        (BotApiFault::unauthorized().on("getMe"), "does not know this bot's token"),
        (BotApiFault::server_error(500).on("deleteWebhook"), "Telegram"),
    ] {
        let (telegram, _app, running, shutdown) = started_with(fault).await;
        is_unready(&running, reason).await;
        is_connected(&running.reception).await;
        let ann = telegram.person_speaking("Ann", "en").await;
        ann.asks("/myid", "Your ID").await;
        shutdown.begin();
        running.task.await.unwrap();
    }
}

#[tokio::test]
async fn waiting_bot_stops_on_shutdown() {
    let fault = BotApiFault::unauthorized().on("getMe").always();
    let (_telegram, _app, running, shutdown) = started_with(fault).await;
    is_unready(&running, "token").await;
    shutdown.begin();
    running.task.await.unwrap();
}

#[tokio::test]
async fn second_program_with_the_token_makes_the_bot_unready() {
    let fault = BotApiFault::conflict().on("getUpdates").times(2);
    let (telegram, _app, running, _shutdown) = started_with(fault).await;
    is_unready(&running, "another program receives this bot's updates").await;
    is_connected(&running.reception).await;
    let ann = telegram.person_speaking("Ann", "en").await;
    ann.asks("/myid", "Your ID").await;
}
