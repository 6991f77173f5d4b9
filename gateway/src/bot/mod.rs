//! The bot: turns chat messages into commands, and commands into workflows and replies.
//!
//! Each update is stored and acknowledged first. When its chat has its turn, [`parse`] parses it
//! into a [`parse::Incoming`], and [`route`] makes a [`telegram::action::Action`] of that (both
//! pure). The decision is stored in the transaction that changes the dialogue, then [`handle`]
//! carries out the action. An update that is taken up again is not decided again: its stored action
//! is carried out again, under keys that are derived from the update.

pub mod access_command;
pub mod decision_record;
pub mod handle;
pub mod ingress;
pub mod menu;
pub mod parse;
pub mod polling;
mod reply;
pub mod route;
pub mod schedule_command;
pub mod webhook;

use axum::Router;
use domain::{BotId, access::AccessList};
use render::{Renderer, RendererConfig};
use runtime::{
    failpoint_hooks::FailpointHooks,
    settings::{Settings, WebhookSettings},
    shutdown::Shutdown,
};
use storage::{
    Database, DatabaseRole,
    rate_limiter::{RateLimitedSender, RateLimiter, SendPurpose},
};
use telegram::{Bot, bot_api_limits::MESSAGES_PER_SECOND};
use temporalio_client::Client;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{carousel_client::CarouselClient, carousel_request, schedule_client::ScheduleClient};
use handle::{BotDependencies, DataDisclosure, UploadLimits};
use ingress::Ingress;

/// A running bot.
pub struct RunningBot {
    /// Ends after `shutdown` began.
    pub task: JoinHandle<()>,
    /// The webhook's route, if the bot uses a webhook.
    pub route: Option<Router>,
}

/// Starts the bot if the settings contain a token, and runs it until `shutdown` begins. `faults`
/// injects failures in tests.
///
/// # Errors
/// If Telegram rejects the token, the database can't be opened, or fonts are missing. The message
/// is for the operator.
pub async fn start(
    settings: &Settings,
    client: Client,
    shutdown: Shutdown,
    faults: FailpointHooks,
) -> anyhow::Result<Option<RunningBot>> {
    let telegram = &settings.telegram;
    let Some(token) = &telegram.token else {
        return Ok(None);
    };
    if let Some(warning) = &settings.warning {
        tracing::warn!("{warning}");
    }
    let api = telegram.api.as_ref().map(|url| url.expose().clone());
    let bot = Bot::new(token.expose(), api)?;
    let me = bot.identity().await?;
    let id = BotId::new(i64::try_from(me.id)?);
    storage::private_files::make_folder_private(&settings.data.dir, "DATA_DIR")?;
    let url = settings.data.database_url.expose();
    let db = Database::open(url, &storage::DatabaseOptions::of(DatabaseRole::Gateway)).await?;
    let renderer = Renderer::new(&RendererConfig {
        font_dir: settings.render.font_dir.clone(),
        ..RendererConfig::default()
    })?;
    let desk = BotDependencies {
        bot: bot.clone(),
        id,
        rate_limiter: RateLimiter::new(
            db.clone(),
            RateLimitedSender { bot: id, rate: MESSAGES_PER_SECOND, purpose: SendPurpose::Reply },
        ),
        db,
        blobs: carousel_request::blobs(settings)?,
        renderer,
        carousels: CarouselClient::new(client.clone()),
        client,
        open_carousels: settings.quota.open_carousels,
        access: AccessList { allowed: telegram.allowed.clone(), owners: telegram.admins.clone() },
        name: me.username.clone(),
        environment: settings.environment.clone(),
        upload_limits: UploadLimits::of(settings),
        disclosure: DataDisclosure::of(settings),
    };
    if let Err(fault) = menu::set(&bot).await {
        tracing::warn!("the command menu was not updated: {fault}");
    }
    for admin in &telegram.admins {
        if let Err(fault) = menu::set_for_admin(&bot, *admin).await {
            tracing::info!(admin, "an administrator's menu was not set: {fault}");
        }
    }
    let (db, schedules) = (desk.db.clone(), ScheduleClient::new(desk.client.clone()));
    tokio::spawn(async move {
        if let Err(error) = schedules.create_missing(&db, id).await {
            tracing::warn!("missing schedules were not checked: {error}");
        }
    });
    let holder = Uuid::now_v7().to_string();
    let ingress = Ingress::new(desk, &holder, faults);
    let hearing = match &telegram.webhook {
        Some(webhook) => start_webhook(ingress, bot, webhook, shutdown).await?,
        None => start_polling(ingress, bot, holder, shutdown).await?,
    };
    tracing::info!(bot = me.username, "the bot receives updates");
    Ok(Some(hearing))
}

/// Receives updates by long polling.
async fn start_polling(
    ingress: Ingress,
    bot: Bot,
    holder: String,
    shutdown: Shutdown,
) -> anyhow::Result<RunningBot> {
    // Telegram refuses polling while a webhook is set.
    bot.delete_webhook().await?;
    let task = tokio::spawn(async move {
        let polling = polling::run(ingress.clone(), bot, holder, shutdown.clone());
        tokio::join!(polling, ingress.work(&shutdown));
    });
    Ok(RunningBot { task, route: None })
}

/// Receives updates by webhook.
async fn start_webhook(
    ingress: Ingress,
    bot: Bot,
    webhook: &WebhookSettings,
    shutdown: Shutdown,
) -> anyhow::Result<RunningBot> {
    let (url, secret) = (webhook.url.expose().clone(), webhook.secret.expose());
    bot.set_webhook(url, secret).await?;
    let route = webhook::route(ingress.clone(), webhook);
    let delete = webhook.delete;
    let task = tokio::spawn(async move {
        ingress.work(&shutdown).await;
        if delete && let Err(fault) = bot.delete_webhook().await {
            tracing::warn!("the webhook was not deleted: {fault}");
        }
    });
    Ok(RunningBot { task, route: Some(route) })
}
