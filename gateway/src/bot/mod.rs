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
mod incident_reports;
pub mod ingress;
pub mod menu;
pub mod parse;
pub mod polling;
pub mod reception;
mod reply;
mod request_text;
pub mod route;
pub mod schedule_command;
mod source_text;
mod time_zones;
pub mod webhook;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::Router;
use chrono::Utc;
use domain::access::AccessList;
use metrics::Metrics;
use render::{Renderer, RendererConfig};
use runtime::{
    failpoint_hooks::FailpointHooks,
    metrics::ProcessMetrics,
    settings::{Settings, WebhookSettings},
    shutdown::Shutdown,
};
use sandbox::{ParserProgram, Sandbox, SandboxLimits};
use storage::{
    Blobs, Database, DatabaseRole, chat_migration,
    rate_limiter::{RateLimitedSender, RateLimiter, SendPurpose},
};
use telegram::{Bot, BotIdentity, SendError, bot_api_limits::MESSAGES_PER_SECOND};
use temporalio_client::Client;
use tokio::{sync::mpsc, task::JoinHandle};
use uuid::Uuid;

use crate::{
    alerts::AlertEndpoint, carousel_client::CarouselClient, carousel_request,
    schedule_client::ScheduleClient,
};
use handle::{BotDependencies, DataDisclosure, UploadLimits};
use ingress::Ingress;
use reception::Reception;

/// Pause after a failed request to Telegram during the start.
const START_RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Longest pause during the start, if Telegram asks to wait.
const LONGEST_START_PAUSE: Duration = Duration::from_secs(60);

pub struct RunningBot {
    /// Ends after `shutdown` began.
    pub task: JoinHandle<()>,
    /// The webhook's route, if the bot uses a webhook. Answers 503 until the bot is connected.
    pub route: Option<Router>,
    /// Routes for the operator's port: the endpoint for alerts, if the settings have its token.
    pub operator_routes: Router,
    /// Whether it receives updates.
    pub reception: Reception,
    pub(crate) db: Database,
}

/// Everything that a bot needs besides Telegram.
struct BotSetup {
    bot: Bot,
    settings: Settings,
    db: Database,
    blobs: Blobs,
    renderer: Renderer,
    client: Client,
    reception: Reception,
    sandbox: Sandbox,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
    faults: FailpointHooks,
}

/// Starts the bot if the settings contain a token, and runs it until `shutdown` begins. If Telegram
/// is away or refuses the token, the bot keeps trying. `faults` injects failures in tests; `parser`
/// reads the files that users send.
///
/// # Errors
/// If the database can't be opened, or fonts are missing. The message is for the operator.
pub async fn start(
    settings: &Settings,
    client: Client,
    metrics: &ProcessMetrics,
    shutdown: Shutdown,
    faults: FailpointHooks,
    parser: ParserProgram,
) -> anyhow::Result<Option<RunningBot>> {
    let telegram = &settings.telegram;
    let Some(token) = &telegram.token else {
        return Ok(None);
    };
    if let Some(warning) = &settings.warning {
        tracing::warn!("{warning}");
    }
    let api = telegram.api.as_ref().map(|url| url.expose().clone());
    let (report, migrations) = mpsc::unbounded_channel();
    storage::private_files::make_folder_private(&settings.data.dir, "DATA_DIR")?;
    let url = settings.data.database_url.expose();
    let setup = BotSetup {
        bot: Bot::new(token.expose(), api)?
            .reporting_migrations(report)
            .measured_by(metrics.ours().clone()),
        settings: settings.clone(),
        db: Database::open(url, &storage::DatabaseOptions::of(DatabaseRole::Gateway))
            .await?
            .measured_by(metrics.ours().clone(), "gateway"),
        metrics: metrics.ours().clone(),
        blobs: carousel_request::blobs(settings)?,
        renderer: Renderer::new(&RendererConfig {
            font_dir: settings.render.font_dir.clone(),
            ..RendererConfig::default()
        })?,
        client,
        reception: Reception::default(),
        sandbox: Sandbox::new(parser, SandboxLimits::default()),
        shutdown,
        faults,
    };
    let sampled = setup.db.clone();
    metrics.sample(move || {
        sampled.sample_connections();
        std::future::ready(())
    });
    tokio::spawn(chat_migration::follow(setup.db.clone(), setup.bot.id(), migrations));
    let reception = setup.reception.clone();
    let ingress = Arc::new(OnceLock::new());
    let route = telegram.webhook.as_ref().map(|hook| webhook::route(Arc::clone(&ingress), hook));
    let operator_routes = settings.alertmanager_token.clone().map(|token| {
        let (db, bot) = (setup.db.clone(), setup.bot.id());
        let environment = settings.environment.clone();
        AlertEndpoint { db, bot, environment, token }.routes()
    });
    let operator_routes = operator_routes.unwrap_or_default();
    let db = setup.db.clone();
    let task = tokio::spawn(setup.run(ingress));
    Ok(Some(RunningBot { task, route, operator_routes, reception, db }))
}

impl BotSetup {
    /// Connects to Telegram, then receives updates until `shutdown` begins.
    async fn run(self, started: Arc<OnceLock<Ingress>>) {
        let Some(me) = self.until_accepted(|| self.bot.identity()).await else {
            return;
        };
        let holder = Uuid::now_v7().to_string();
        let desk = self.dependencies(&me);
        let ingress = Ingress::new(desk.clone(), &holder, self.faults.clone());
        // An update may arrive as soon as the webhook is set.
        let ingress = started.get_or_init(|| ingress).clone();
        let webhook = self.settings.telegram.webhook.as_ref();
        let accepted = match webhook {
            Some(webhook) => self.until_accepted(|| self.set_webhook(webhook)).await,
            // Telegram refuses polling while a webhook is set.
            None => self.until_accepted(|| self.bot.delete_webhook()).await,
        };
        if accepted.is_none() {
            return;
        }
        self.reception.succeeded();
        tracing::info!(bot = me.username, "the bot receives updates");
        let (bot, reception, shutdown) = (&self.bot, &self.reception, &self.shutdown);
        let working = ingress.work(shutdown);
        match webhook {
            Some(webhook) => {
                let watching = webhook::watch(bot, webhook, reception, shutdown);
                let reporting = incident_reports::run(&desk, reception, &holder, shutdown);
                tokio::join!(working, watching, reporting, self.prepare());
                if webhook.delete
                    && let Err(fault) = bot.delete_webhook().await
                {
                    tracing::warn!("the webhook was not deleted: {fault}");
                }
            }
            None => {
                let reporting = incident_reports::run(&desk, reception, &holder, shutdown);
                let name = holder.clone();
                let polling = polling::run(ingress.clone(), bot.clone(), name, reception, shutdown);
                tokio::join!(polling, working, reporting, self.prepare());
            }
        }
    }

    fn dependencies(&self, me: &BotIdentity) -> BotDependencies {
        let (settings, id) = (&self.settings, self.bot.id());
        let telegram = &settings.telegram;
        let sender =
            RateLimitedSender { bot: id, rate: MESSAGES_PER_SECOND, purpose: SendPurpose::Reply };
        BotDependencies {
            bot: self.bot.clone(),
            id,
            rate_limiter: RateLimiter::new(self.db.clone(), sender),
            db: self.db.clone(),
            blobs: self.blobs.clone(),
            renderer: self.renderer.clone(),
            sandbox: self.sandbox.clone(),
            carousels: CarouselClient::new(self.client.clone()),
            client: self.client.clone(),
            open_carousels: settings.quota.open_carousels,
            access: AccessList {
                allowed: telegram.allowed.clone(),
                owners: telegram.admins.clone(),
            },
            name: me.username.clone(),
            environment: settings.environment.clone(),
            upload_limits: UploadLimits::of(settings),
            disclosure: DataDisclosure::of(settings),
            metrics: self.metrics.clone(),
            sources: self.settings.bus.as_ref().map_or_else(Vec::new, |bus| bus.sources.clone()),
        }
    }

    async fn set_webhook(&self, webhook: &WebhookSettings) -> Result<(), SendError> {
        self.bot.set_webhook(webhook.url.expose().clone(), webhook.secret.expose()).await
    }

    /// What does not have to be done before the first update: menus and schedules.
    async fn prepare(&self) {
        if let Err(fault) = menu::set(&self.bot).await {
            tracing::warn!("the command menu was not updated: {fault}");
        }
        for admin in &self.settings.telegram.admins {
            if let Err(fault) = menu::set_for_admin(&self.bot, *admin).await {
                tracing::info!(admin, "an administrator's menu was not set: {fault}");
            }
        }
        let schedules = ScheduleClient::new(self.client.clone());
        if let Err(error) = schedules.create_missing(&self.db, self.bot.id()).await {
            tracing::warn!("missing schedules were not checked: {error}");
        }
    }

    /// Repeats a request until Telegram accepts it; `None` if `shutdown` begins first.
    async fn until_accepted<T, F>(&self, request: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, SendError>>,
    {
        loop {
            let answer = tokio::select! {
                () = self.shutdown.begun() => return None,
                answer = request() => answer,
            };
            let fault = match answer {
                Ok(accepted) => return Some(accepted),
                Err(fault) => fault,
            };
            let pause = fault.retry_after().unwrap_or(START_RETRY_PAUSE).min(LONGEST_START_PAUSE);
            self.reception.failed(fault.into(), Utc::now());
            tokio::select! {
                () = self.shutdown.begun() => return None,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
