//! Builds the dependencies of each pool's activities, once, and only for the pools of this process.

use std::sync::Arc;

use ::render::{BackendKind, Renderer, RendererConfig};
use activities::{
    activity_run::ActivityEnvironment,
    ai::{self, AiService, Fetcher},
    broadcast_service::BroadcastService,
    delivery::DeliveryService,
    maintenance::{self, MaintenanceService},
    persistence::{self, Budget, CarouselRules, PersistenceService},
    privacy_service::PrivacyService,
    render::{self as drawing, RenderService},
    schedule_service::ScheduleService,
};
use domain::access::AccessList;
use llm::openai::ModelSetupError;
use runtime::{
    http::Check,
    settings::{RenderBackend, Settings},
};
use sandbox::{Sandbox, SandboxLimits};
use storage::{Blobs, Database, DatabaseRole, S3Options};
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
    Telegram(#[from] telegram::BotSetupError),
    /// Fonts, themes, or a render backend that this build does not have.
    #[error(transparent)]
    Renderer(#[from] ::render::RendererSetupError),
    /// A provider can't be set up.
    #[error(transparent)]
    Provider(#[from] ModelSetupError),
    #[error("pages can't be read: {0}")]
    Pages(String),
    /// Two pools of one process registered the same metric.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    #[error("workflows: {0}")]
    Workflows(String),
}

/// The stores that the pools of a process share.
pub(crate) struct PoolDependencies {
    db: Option<Database>,
    blobs: Option<Blobs>,
    models: Option<ConfiguredProviders>,
    meters: Option<ai::ModelCallMetrics>,
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
            Some(Database::open(url, &storage::DatabaseOptions::of(role(pools))).await?)
        } else {
            None
        };
        let blobs = if needs(&[Pool::Ai, Pool::Render, Pool::Persistence, Pool::Delivery]) {
            let options = S3Options::read(|name| data.aws(name));
            Some(Blobs::open_with(data.blobs_url.expose(), &options)?)
        } else {
            None
        };
        let (models, meters) = if needs(&[Pool::Ai]) {
            let meters = ai::ModelCallMetrics::register(materials.metrics.registry())?;
            let models = ConfiguredProviders::make(&materials.settings.ai, &meters)?;
            (Some(models), Some(meters))
        } else {
            (None, None)
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
        let conditions = ActivityEnvironment::production(materials.shutdown.clone())
            .with_faults(materials.failpoints.clone());
        Ok(Self { db, blobs, models, meters, renderer, conditions })
    }

    /// Registers the activities or workflows of `pool`.
    pub(crate) fn register(
        &self,
        pool: Pool,
        materials: &WorkerConfig<'_>,
        options: &mut WorkerOptions,
    ) -> Result<(), DependencyError> {
        let settings = materials.settings;
        let registry = materials.metrics.registry();
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
                let (models, meters) = self.models();
                options.register_activities(AiService::new(
                    models.providers(),
                    fetcher,
                    self.blobs(),
                    conditions,
                    meters.clone(),
                ));
            }
            Pool::Render => {
                let meters = drawing::RenderMetrics::register(registry)?;
                let threads = settings.render.threads;
                options.register_activities(RenderService::new(
                    self.renderer(),
                    self.blobs(),
                    threads,
                    conditions,
                    meters,
                ));
            }
            Pool::Persistence => {
                let meters = persistence::CarouselMetrics::register(registry)?;
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
                    maintenance::MaintenanceMetrics::register(registry)?,
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
                    conditions.clone(),
                );
                options.register_activities(scheduling);
                options.register_activities(BroadcastService::new(
                    self.db(),
                    access(settings),
                    conditions.clone(),
                ));
                options.register_activities(PersistenceService::new(
                    self.db(),
                    rules,
                    conditions,
                    meters,
                ));
            }
            Pool::Delivery => {
                let folders = materials.folders.clone();
                let environment = settings.environment.clone();
                let (db, blobs) = (self.db(), self.blobs());
                let renderer = self.renderer();
                let delivery =
                    DeliveryService::new(db, blobs, renderer, folders, environment, conditions);
                let delivery = match bot(settings)? {
                    Some(bot) => delivery.with_bot(bot),
                    None => delivery,
                };
                options.register_activities(delivery.broadcasts(access(settings)));
                options.register_activities(delivery.notices());
                options.register_activities(delivery.exports());
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
    ) -> Result<Option<impl Future<Output = ()> + use<>>, DependencyError> {
        if !pools.contains(Pool::Persistence) {
            return Ok(None);
        }
        let meters = relay::RelayMetrics::register(materials.metrics.registry())?;
        Ok(Some(relay::run(self.db(), meters, materials.shutdown.clone())))
    }

    /// Readiness checks of these dependencies.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Some(db) = self.db.clone() {
            checks.push(Check::new("database", move || {
                let db = db.clone();
                async move { db.ping().await.map_err(|e| e.to_string()) }
            }));
        }
        if let Some(blobs) = self.blobs.clone() {
            checks.push(Check::new("blobs", move || {
                let blobs = blobs.clone();
                async move { blobs.ping().await.map_err(|e| e.to_string()) }
            }));
        }
        checks.extend(self.models.as_ref().and_then(ConfiguredProviders::check));
        checks
    }

    fn models(&self) -> (&ConfiguredProviders, &ai::ModelCallMetrics) {
        self.models
            .as_ref()
            .zip(self.meters.as_ref())
            .expect("`make` builds them for every pool that needs them")
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

/// The access list. The gateway builds it from the same settings.
fn access(settings: &Settings) -> AccessList {
    AccessList {
        allowed: settings.telegram.allowed.clone(),
        owners: settings.telegram.admins.clone(),
    }
}

/// The configured bot.
fn bot(settings: &Settings) -> Result<Option<telegram::Bot>, DependencyError> {
    let telegram = &settings.telegram;
    let Some(token) = &telegram.token else {
        return Ok(None);
    };
    let api = telegram.api.as_ref().map(|url| url.expose().clone());
    let bot = telegram::Bot::new(token.expose(), api)?;
    Ok(Some(bot))
}

/// The database role of a process with these pools.
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
