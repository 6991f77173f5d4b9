//! The model that the settings name, such as a local one: one attempt of each call, without a
//! budget.

use std::{path::Path, sync::Arc, time::SystemTime};

use anyhow::Context as _;
use domain::{Brief, Draft, LongText, ProviderName};
use llm::{
    circuit_breaker::CircuitBreaker,
    cost::Prices,
    language_model::{CallPurpose, ModelReply, ModelRequest, Recording},
    model_connection::ModelConnection,
};
use metrics::Metrics;
use runtime::{env::Env, settings::Settings};
use writer::{ModelCaller, Provider as _, ProviderFuture, Writer};

pub(super) struct ConfiguredModel {
    connection: Arc<ModelConnection>,
    writer: Writer,
}

/// Passes each request on.
struct DirectCaller;

impl ConfiguredModel {
    /// The first provider of the settings that is a model.
    pub(super) fn connect() -> anyhow::Result<Self> {
        runtime::tls::install();
        let ai = Settings::read(&Env::load(Path::new("."))?)?.ai;
        let models = ai
            .providers
            .iter()
            .filter_map(|provider| llm::connect::connect(*provider, &ai).transpose());
        let model = models.into_iter().next();
        let model = model.context("the settings name no model: set OPENAI_BASE_URL or a key")??;
        let breaker =
            CircuitBreaker::new(Metrics::new().model_breaker_state.of([model.provider().name()]));
        let prices = Prices::with(ai.prices.clone());
        let connection = Arc::new(ModelConnection::new(model, breaker, prices, ai.call));
        Ok(Self { writer: Writer::new(connection.clone()), connection })
    }

    /// The model's name.
    pub(super) fn name(&self) -> &str {
        self.connection.model().name()
    }

    /// Analyzes and writes as the ai pool does.
    pub(super) async fn write(
        &self,
        brief: Brief,
        text: Option<LongText>,
    ) -> Result<Draft, String> {
        let text = text.as_ref();
        let analysis =
            self.writer.analyze(&DirectCaller, &brief, text).await.map_err(|e| e.to_string())?;
        self.writer.write(&DirectCaller, &brief, text, &analysis).await.map_err(|e| e.to_string())
    }
}

impl ModelCaller for DirectCaller {
    fn ask<'a>(
        &'a self,
        connection: &'a ModelConnection,
        request: &'a ModelRequest,
    ) -> ProviderFuture<'a, ModelReply> {
        connection.model().ask(request)
    }

    fn transcribe<'a>(
        &'a self,
        connection: &'a ModelConnection,
        recording: Recording<'a>,
    ) -> ProviderFuture<'a, ModelReply> {
        connection.model().transcribe(recording)
    }

    fn record_free_call(&self, _: ProviderName, _: CallPurpose, _: SystemTime) {}

    fn count_unusable_reply(&self, _: &ModelConnection, _: CallPurpose, _: bool) {}

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
