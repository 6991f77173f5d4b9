//! The client of a configured provider.

use std::sync::Arc;

use domain::ProviderName;
use runtime::settings::AiSettings;

use crate::{
    anthropic::AnthropicModel, http_server::ModelSetupError, language_model::LanguageModel,
    openai::OpenAiModel,
};

/// The model of `provider`; none for the offline writer.
pub fn connect(
    provider: ProviderName,
    settings: &AiSettings,
) -> Result<Option<Arc<dyn LanguageModel>>, ModelSetupError> {
    Ok(match provider {
        ProviderName::OpenAi => {
            Some(Arc::new(OpenAiModel::new(&settings.openai, settings.temperature)?))
        }
        ProviderName::Anthropic => {
            Some(Arc::new(AnthropicModel::new(&settings.anthropic, settings.temperature)?))
        }
        ProviderName::Offline => None,
    })
}
