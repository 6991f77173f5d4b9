//! What the activities of each pool need, made once and only for the pools that run here.

use std::sync::Arc;

use ::render::{Options, Renderer};
use activities::{
    ai::{
        self, Ai, Provider,
        offline::{self, Offline},
    },
    attempt::Conditions,
    delivery::Delivery,
    persistence::{self, Persistence, Rules},
    render::{self as drawing, Render},
};
use runtime::{http::Check, settings::Settings};
use storage::{Blobs, Database};
use temporalio_sdk::WorkerOptions;

use crate::{Materials, Pool, Pools};

/// Why a pool's parts can't be made; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or the blob store.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Fonts or themes.
    #[error(transparent)]
    Renderer(#[from] ::render::SetupError),
    /// A provider that there is none of.
    #[error("AI_PROVIDERS names “{0}”, and there is no such provider: choose from offline")]
    UnknownProvider(String),
    /// Two pools of one process would count in one place.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    /// Workflows.
    #[error("workflows: {0}")]
    Workflows(String),
}

/// The stores that the pools of a process share.
pub(crate) struct Parts {
    db: Option<Database>,
    blobs: Option<Blobs>,
    conditions: Conditions,
}

impl Parts {
    /// Opens what `pools` need, and nothing else: a render pool has no access to the database.
    pub(crate) async fn make(pools: &Pools, materials: &Materials<'_>) -> Result<Self, Error> {
        let data = &materials.settings.data;
        let needs = |these: &[Pool]| these.iter().any(|pool| pools.contains(*pool));
        let db = if needs(&[Pool::Persistence, Pool::Delivery]) {
            let url = data.database_url.expose();
            Some(Database::open(url, &storage::Options::default()).await?)
        } else {
            None
        };
        let blobs = if needs(&[Pool::Ai, Pool::Render, Pool::Delivery]) {
            Some(Blobs::open(&data.blobs_url)?)
        } else {
            None
        };
        let conditions =
            Conditions::real(materials.shutdown.clone()).with_faults(materials.faults.clone());
        Ok(Self {
            db,
            blobs,
            conditions,
        })
    }

    /// Registers what `pool` does.
    pub(crate) fn register(
        &self,
        pool: Pool,
        materials: &Materials<'_>,
        options: &mut WorkerOptions,
    ) -> Result<(), Error> {
        let settings = materials.settings;
        let registry = materials.metrics.registry();
        let conditions = self.conditions.clone();
        match pool {
            Pool::Workflow => {
                options
                    .register_workflow::<workflows::CarouselWorkflow>()
                    .map_err(|e| Error::Workflows(e.to_string()))?;
            }
            Pool::Ai => {
                let meters = ai::Meters::register(registry)?;
                let providers = providers(settings)?;
                options.register_activities(Ai::new(providers, self.blobs(), conditions, meters));
            }
            Pool::Render => {
                let meters = drawing::Meters::register(registry)?;
                let renderer = Renderer::new(&Options {
                    font_dir: settings.render.font_dir.clone(),
                    ..Options::default()
                })?;
                let threads = settings.render.threads;
                options.register_activities(Render::new(
                    renderer,
                    self.blobs(),
                    threads,
                    conditions,
                    meters,
                ));
            }
            Pool::Persistence => {
                let meters = persistence::Meters::register(registry)?;
                let rules = Rules {
                    providers: settings.ai.providers.clone(),
                    carousels_per_day: settings.quota.carousels_per_day,
                    environment: settings.environment.clone(),
                };
                options.register_activities(Persistence::new(self.db(), rules, conditions, meters));
            }
            Pool::Delivery => {
                let folders = materials.folders.clone();
                options.register_activities(Delivery::new(
                    self.db(),
                    self.blobs(),
                    folders,
                    conditions,
                ));
            }
        }
        Ok(())
    }

    /// What has to be well for these parts to be of use.
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
        checks
    }

    fn db(&self) -> Database {
        self.db
            .clone()
            .expect("`make` opened it for every pool that asks for it")
    }

    fn blobs(&self) -> Blobs {
        self.blobs
            .clone()
            .expect("`make` opened them for every pool that asks for them")
    }
}

/// The providers that the settings name, in their order.
fn providers(settings: &Settings) -> Result<Vec<Arc<dyn Provider>>, Error> {
    let make = |name: &String| match name.as_str() {
        offline::PROVIDER => Ok(Arc::new(Offline) as Arc<dyn Provider>),
        _ => Err(Error::UnknownProvider(name.clone())),
    };
    settings.ai.providers.iter().map(make).collect()
}
