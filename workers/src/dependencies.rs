//! Builds the dependencies of each pool's activities, once, and only for the pools of this process.

use std::sync::Arc;

use ::render::{BackendKind, Renderer, RendererConfig};
use activities::{
    activity_run::ActivityEnvironment,
    ai::{AiService, Fetcher, GuardedClient},
    broadcast_service::BroadcastService,
    delivery::DeliveryService,
    maintenance::{self, MaintenanceService},
    persistence::{Budget, CarouselRules, PersistenceService},
    privacy_service::PrivacyService,
    render::RenderService,
    schedule_service::ScheduleService,
};
use bus::{BusError, RedisBus};
use domain::access::AccessList;
use events::EventSource;
use llm::ModelSetupError;
use runtime::{
    http::Check,
    metrics::ProcessMetrics,
    process_reports::{ProcessReports, process_name},
    settings::{RenderBackend, Settings},
};
use sandbox::{Sandbox, SandboxLimits};
use storage::{Blobs, Database, DatabaseRole, S3Options, chat_migration, outbox};
use temporalio_sdk::WorkerOptions;

use crate::{
    Pool, Pools, WorkerConfig, providers::ConfiguredProviders, relay, temporal_api::TemporalApi,
};

/// Why a pool's dependencies can't be built. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// The database or the blob store.
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Telegram(#[from] telegram::BotSetupError),
    /// Fonts, themes, or a render backend that this build does not have.
    #[error(transparent)]
    Renderer(#[from] ::render::RendererSetupError),
    /// A provider can't be set up.
    #[error(transparent)]
    Provider(#[from] ModelSetupError),
    #[error("pages can't be read: {0}")]
    Pages(String),
    #[error("webhooks can't be called: {0}")]
    Webhooks(String),
    #[error("workflows: {0}")]
    Workflows(String),
}

/// The stores that the pools of a process share.
pub(crate) struct PoolDependencies {
    db: Option<Database>,
    blobs: Option<Blobs>,
    bus: Option<RedisBus>,
    models: Option<ConfiguredProviders>,
    renderer: Option<Renderer>,
    conditions: ActivityEnvironment,
}

impl PoolDependencies {
    /// Opens only what `pools` need: a render pool has no access to the database.
    pub(crate) async fn build(
        pools: &Pools,
        materials: &WorkerConfig<'_>,
    ) -> Result<Self, DependencyError> {
        let data = &materials.settings.data;
        storage::private_files::make_folder_private(&data.dir, "DATA_DIR")?;
        let needs = |these: &[Pool]| these.iter().any(|pool| pools.contains(*pool));
        let db = if needs(&[Pool::Persistence, Pool::Delivery]) {
            let url = data.database_url.expose();
            let db = Database::open(url, &storage::DatabaseOptions::of(role(pools))).await?;
            Some(measured(db, materials.metrics))
        } else {
            None
        };
        let blobs = if needs(&[Pool::Ai, Pool::Render, Pool::Persistence, Pool::Delivery]) {
            let options = S3Options::read(|name| data.aws(name));
            Some(Blobs::open_with(data.blobs_url.expose(), &options)?)
        } else {
            None
        };
        let bus = match &materials.settings.bus {
            Some(bus) if needs(&[Pool::Persistence]) => Some(RedisBus::new(bus.url.expose())?),
            Some(_) | None => None,
        };
        let models = if needs(&[Pool::Ai]) {
            Some(ConfiguredProviders::make(&materials.settings.ai, materials.metrics.ours())?)
        } else {
            None
        };
        let renderer = if needs(&[Pool::Render, Pool::Delivery]) {
            let render = &materials.settings.render;
            Some(Renderer::new(&RendererConfig {
                font_dir: render.font_dir.clone(),
                backend: backend(render.backend),
            })?)
        } else {
            None
        };
        let metrics = materials.metrics.ours().clone();
        let conditions = ActivityEnvironment::production(metrics, materials.shutdown.clone())
            .with_faults(materials.failpoints.clone());
        Ok(Self { db, blobs, bus, models, renderer, conditions })
    }

    /// Registers the activities or workflows of `pool`.
    pub(crate) fn register(
        &self,
        pool: Pool,
        materials: &WorkerConfig<'_>,
        options: &mut WorkerOptions,
    ) -> Result<(), DependencyError> {
        let settings = materials.settings;
        let conditions = self.conditions.clone();
        match pool {
            Pool::Workflow => {
                crate::registry::register(options)
                    .map_err(|e| DependencyError::Workflows(e.to_string()))?;
            }
            Pool::Ai => {
                let sandbox = Sandbox::new(materials.parser.clone(), SandboxLimits::default());
                let fetcher = Fetcher::new(materials.address_policy.clone(), sandbox)
                    .map_err(|e| DependencyError::Pages(e.to_string()))?;
                options.register_activities(AiService::new(
                    self.models().providers(),
                    fetcher,
                    self.blobs(),
                    conditions,
                ));
            }
            Pool::Render => {
                let threads = settings.render.threads;
                options.register_activities(RenderService::new(
                    self.renderer(),
                    self.blobs(),
                    threads,
                    conditions,
                ));
            }
            Pool::Persistence => {
                let rules = CarouselRules {
                    providers: settings.ai.providers.clone(),
                    carousels_per_day: settings.quota.carousels_per_day,
                    open_carousels: settings.quota.open_carousels,
                    budget: settings.ai.budget_per_day.map(|per_day| Budget {
                        per_day,
                        writing: settings.ai.highest_rate(),
                        transcription: settings.ai.transcription_rate(),
                    }),
                    environment: settings.environment.clone(),
                    access: access(settings),
                };
                let upkeep = MaintenanceService::new(
                    self.db(),
                    self.blobs(),
                    Arc::new(TemporalApi(materials.client.clone())),
                    settings.environment.clone(),
                    conditions.clone(),
                );
                let kept = settings.retention;
                let upkeep = upkeep.with_retention(maintenance::RetentionPeriods {
                    carousels: kept.carousels,
                    usage: kept.usage,
                    people: kept.people,
                });
                options.register_activities(upkeep);
                let executions = Arc::new(TemporalApi(materials.client.clone()));
                options.register_activities(PrivacyService::new(
                    self.db(),
                    executions,
                    conditions.clone(),
                ));
                let clockwork = Arc::new(TemporalApi(materials.client.clone()));
                let scheduling = ScheduleService::new(
                    self.db(),
                    clockwork,
                    access(settings),
                    settings.environment.clone(),
                    conditions.clone(),
                );
                options.register_activities(scheduling);
                options.register_activities(BroadcastService::new(
                    self.db(),
                    access(settings),
                    settings.environment.clone(),
                    conditions.clone(),
                ));
                options.register_activities(PersistenceService::new(self.db(), rules, conditions));
            }
            Pool::Delivery => {
                let folders = materials.folders.clone();
                let environment = settings.environment.clone();
                let (db, blobs) = (self.db(), self.blobs());
                let renderer = self.renderer();
                let delivery =
                    DeliveryService::new(db, blobs, renderer, folders, environment, conditions);
                let delivery = match bot(settings)? {
                    Some(bot) => {
                        let bot = bot.measured_by(materials.metrics.ours().clone());
                        let (report, migrations) = tokio::sync::mpsc::unbounded_channel();
                        let following = chat_migration::follow(self.db(), bot.id(), migrations);
                        tokio::spawn(following);
                        delivery.with_bot(bot.reporting_migrations(report))
                    }
                    None => delivery,
                };
                options.register_activities(delivery.broadcasts(access(settings)));
                options.register_activities(delivery.notices());
                options.register_activities(delivery.exports());
                let http = GuardedClient::new(materials.address_policy.clone())
                    .map_err(|e| DependencyError::Webhooks(e.to_string()))?;
                options.register_activities(delivery.webhooks(http));
                options.register_activities(delivery);
            }
        }
        Ok(())
    }

    /// The outbox relay, if the persistence pool runs here.
    pub(crate) fn relay(
        &self,
        pools: &Pools,
        materials: &WorkerConfig<'_>,
    ) -> Option<impl Future<Output = ()> + use<>> {
        if !pools.contains(Pool::Persistence) {
            return None;
        }
        relay::sample(self.db(), materials.metrics);
        let metrics = materials.metrics.ours().clone();
        Some(relay::run(self.db(), self.bus.clone(), metrics, materials.shutdown.clone()))
    }

    /// Writes events about this process, if it has a database.
    pub(crate) fn reports(
        &self,
        pools: &Pools,
        materials: &WorkerConfig<'_>,
        checks: Vec<Check>,
    ) -> Option<impl Future<Output = ()> + use<>> {
        let db = self.db.clone()?;
        // Not among the readiness checks: workflows do not wait for the bus.
        let mut checks = checks;
        checks.extend(self.bus.clone().map(bus_check));
        let persists = pools.contains(Pool::Persistence);
        let names: Vec<&str> = pools.iter().map(Pool::name).collect();
        let reports = ProcessReports {
            process: process_name(&names.join("+")),
            source: if persists { EventSource::PERSISTENCE } else { EventSource::DELIVERY },
            environment: materials.settings.environment.clone(),
            checks,
            counters: Some(materials.metrics.ours().clone()),
        };
        let write = move |events| outbox::append_alone(db.clone(), events);
        Some(reports.run(write, materials.shutdown.clone()))
    }

    pub(crate) fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let (db, blobs) = (self.db.clone(), self.blobs.clone());
        checks.extend(
            db.map(|db| Check::of("database", db, |db: Database| async move { db.ping().await })),
        );
        checks.extend(blobs.map(|blobs| {
            Check::of("blobs", blobs, |blobs: Blobs| async move { blobs.ping().await })
        }));
        checks.extend(self.models.as_ref().and_then(ConfiguredProviders::check));
        checks
    }

    fn models(&self) -> &ConfiguredProviders {
        self.models.as_ref().expect("`make` builds them for every pool that needs them")
    }

    fn renderer(&self) -> Renderer {
        self.renderer.clone().expect("`make` builds one for every pool that needs one")
    }

    fn db(&self) -> Database {
        self.db.clone().expect("`make` opens it for every pool that needs it")
    }

    fn blobs(&self) -> Blobs {
        self.blobs.clone().expect("`make` opens them for every pool that needs them")
    }
}

/// Whether Redis answers.
fn bus_check(bus: RedisBus) -> Check {
    Check::of("bus", bus, |bus: RedisBus| async move { bus.ping().await })
}

/// Counts its transactions, and samples its connections for each metrics page.
fn measured(db: Database, metrics: &ProcessMetrics) -> Database {
    let db = db.measured_by(metrics.ours().clone(), "workers");
    let sampled = db.clone();
    metrics.sample(move || {
        sampled.sample_connections();
        std::future::ready(())
    });
    db
}

/// The access list. The gateway builds it from the same settings.
fn access(settings: &Settings) -> AccessList {
    AccessList {
        allowed: settings.telegram.allowed.clone(),
        owners: settings.telegram.admins.clone(),
    }
}

fn bot(settings: &Settings) -> Result<Option<telegram::Bot>, DependencyError> {
    let telegram = &settings.telegram;
    let Some(token) = &telegram.token else {
        return Ok(None);
    };
    let api = telegram.api.as_ref().map(|url| url.expose().clone());
    let bot = telegram::Bot::new(token.expose(), api)?;
    Ok(Some(bot))
}

fn role(pools: &Pools) -> DatabaseRole {
    match (pools.contains(Pool::Persistence), pools.contains(Pool::Delivery)) {
        (true, true) => DatabaseRole::All,
        (true, false) => DatabaseRole::Persistence,
        (false, _) => DatabaseRole::Delivery,
    }
}

fn backend(setting: RenderBackend) -> BackendKind {
    match setting {
        RenderBackend::Cpu => BackendKind::Cpu,
        RenderBackend::Skia => BackendKind::Skia,
    }
}
