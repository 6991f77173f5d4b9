//! [`ProviderName`]: the providers of texts that a program can have.

use crate::named;

/// A provider of texts. Payloads, rows and events hold its name as text, because other versions may
/// have other providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProviderName {
    /// OpenAI, or a compatible server.
    OpenAi,
    Anthropic,
    /// The built-in notes, without a model.
    Offline,
}

named!(ProviderName, "provider", {
    OpenAi => "openai",
    Anthropic => "anthropic",
    Offline => "offline",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_to_their_providers() {
        for provider in ProviderName::ALL {
            assert_eq!(provider.name().parse(), Ok(*provider));
        }
        let error = "claude".parse::<ProviderName>().unwrap_err().to_string();
        assert_eq!(error, "unknown provider “claude”: choose one of openai, anthropic, offline");
    }
}
