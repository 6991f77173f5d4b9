//! The settings of the ai pool: providers, models, deadlines, rate limits and costs.

use std::{num::NonZeroUsize, str::FromStr, time::Duration};

use domain::{ProviderName, UnknownName};
use url::Url;

use super::{
    AI_BUDGET_PER_DAY, AI_CALL_SECONDS, AI_CALLS_PER_MINUTE, AI_CONCURRENCY, AI_PRICES,
    AI_PROVIDERS, AI_TEMPERATURE, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL,
    OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_TRANSCRIBE_MODEL, PrivateUrl, Secret,
    text,
};
use crate::env::{Env, SettingsErrors};

/// Longest deadline of one call, in seconds. Two calls, and the time to repair a reply, have to fit
/// into an attempt of `workflows::policy` (300 s).
const CALL_SECONDS_MAX: u64 = 140;

/// Millionths of a US dollar.
pub type Micros = u64;

/// The models and their limits.
#[derive(Debug, Clone)]
pub struct AiSettings {
    /// Providers, in the order in which they are tried; at least one.
    pub providers: Vec<ProviderName>,
    /// Concurrent calls of one process.
    pub concurrency: NonZeroUsize,
    /// Activities per minute in all processes, if limited.
    pub calls_per_minute: Option<u32>,
    pub call: Duration,
    /// The sampling temperature; the model's default if `None`.
    pub temperature: Option<f32>,
    /// What one user may spend per day (UTC), if limited.
    pub budget_per_day: Option<Micros>,
    /// Prices that override or extend the built-in list.
    pub prices: Vec<ModelPrice>,
    /// OpenAI, or a compatible server.
    pub openai: OpenAiSettings,
    pub anthropic: AnthropicSettings,
    /// The model services that texts are sent to, for people: a host, or the vendor's name. `None`
    /// if the settings that say so are withheld from this process.
    pub services: Option<Vec<String>>,
}

/// OpenAI, or a compatible server: Azure, Ollama, llama.cpp, vLLM.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// The key, if set; a self-hosted server needs none.
    pub key: Option<Secret>,
    /// The server's address, if it is not OpenAI's.
    pub base_url: Option<PrivateUrl>,
    /// The model for texts.
    pub model: String,
    /// The model for transcription.
    pub transcribe_model: String,
}

#[derive(Debug, Clone)]
pub struct AnthropicSettings {
    /// The key, if set.
    pub key: Option<Secret>,
    /// The server's address, if it is not Anthropic's.
    pub base_url: Option<PrivateUrl>,
    /// The model for texts.
    pub model: String,
}

/// The price of a model, per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPrice {
    /// The model's name, or a prefix of it.
    pub model: String,
    /// For input tokens.
    pub read: Micros,
    /// For output tokens.
    pub written: Micros,
}

/// `with_keys`: whether the named providers need their keys.
pub(super) fn read(p: &mut SettingsErrors, env: &Env, with_keys: bool) -> AiSettings {
    let openai = OpenAiSettings {
        key: text(env, OPENAI_API_KEY).map(Secret),
        base_url: p.read::<BaseUrl>(env, OPENAI_BASE_URL).map(|url| url.0),
        model: text(env, OPENAI_MODEL).unwrap_or_default(),
        transcribe_model: text(env, OPENAI_TRANSCRIBE_MODEL).unwrap_or_default(),
    };
    let anthropic = AnthropicSettings {
        key: text(env, ANTHROPIC_API_KEY).map(Secret),
        base_url: p.read::<BaseUrl>(env, ANTHROPIC_BASE_URL).map(|url| url.0),
        model: text(env, ANTHROPIC_MODEL).unwrap_or_default(),
    };
    let named = text(env, AI_PROVIDERS).is_some();
    let providers = if named {
        p.read::<Providers>(env, AI_PROVIDERS).map(|list| list.0).unwrap_or_default()
    } else {
        by_keys(&openai, &anthropic)
    };
    check(p, &providers, &openai, &anthropic, with_keys);
    let services = if with_keys || named || providers != [ProviderName::Offline] {
        services(&providers, &openai, &anthropic)
    } else {
        None
    };
    let seconds = p.read::<u64>(env, AI_CALL_SECONDS).unwrap_or_default();
    if !(1..=CALL_SECONDS_MAX).contains(&seconds) {
        p.add(format!(
            "{}={seconds}: choose 1 to {CALL_SECONDS_MAX} seconds",
            AI_CALL_SECONDS.name
        ));
    }
    let ai = AiSettings {
        providers,
        concurrency: p.read(env, AI_CONCURRENCY).unwrap_or(NonZeroUsize::MIN),
        calls_per_minute: p.read::<u32>(env, AI_CALLS_PER_MINUTE).filter(|n| *n > 0),
        call: Duration::from_secs(seconds),
        temperature: p.read::<Temperature>(env, AI_TEMPERATURE).map(|t| t.0),
        budget_per_day: p
            .read::<Dollars>(env, AI_BUDGET_PER_DAY)
            .map(|dollars| dollars.0)
            .filter(|micros| *micros > 0),
        prices: p.read::<PriceList>(env, AI_PRICES).map(|list| list.0).unwrap_or_default(),
        services,
        openai,
        anthropic,
    };
    if ai.budget_per_day.is_some() {
        for model in ai.unpriced() {
            p.add(format!(
                "{} is set, and no price is known for the model {model}: add {model}=READ/WRITTEN to \
                 {}, in US dollars per million tokens; 0/0 for a server of your own that costs nothing",
                AI_BUDGET_PER_DAY.name, AI_PRICES.name
            ));
        }
    }
    ai
}

impl OpenAiSettings {
    /// Whether it is OpenAI itself, which charges for calls.
    pub fn is_metered(&self) -> bool {
        is_at(self.base_url.as_ref(), "api.openai.com")
    }
}

impl AnthropicSettings {
    /// Whether it is Anthropic itself, which charges for calls.
    pub fn is_metered(&self) -> bool {
        is_at(self.base_url.as_ref(), "api.anthropic.com")
    }
}

/// Whether the URL is the vendor's own; `None` means that it is.
fn is_at(url: Option<&PrivateUrl>, host: &str) -> bool {
    url.is_none_or(|url| url.host() == Some(host))
}

/// The hosts or vendors of `providers`; `None` if neither the key nor the address of one is known.
fn services(
    providers: &[ProviderName],
    openai: &OpenAiSettings,
    anthropic: &AnthropicSettings,
) -> Option<Vec<String>> {
    let service = |url: &Option<PrivateUrl>, key: &Option<Secret>, vendor: &str| {
        let host = url.as_ref().and_then(PrivateUrl::host);
        host.or_else(|| key.as_ref().map(|_| vendor)).map(str::to_owned)
    };
    let services = providers.iter().filter_map(|provider| match provider {
        ProviderName::OpenAi => Some(service(&openai.base_url, &openai.key, "OpenAI API")),
        ProviderName::Anthropic => {
            Some(service(&anthropic.base_url, &anthropic.key, "Anthropic API"))
        }
        ProviderName::Offline => None,
    });
    services.collect()
}

/// Every provider whose key is set; `offline` if none is.
fn by_keys(openai: &OpenAiSettings, anthropic: &AnthropicSettings) -> Vec<ProviderName> {
    let mut providers = Vec::new();
    if openai.key.is_some() || openai.base_url.is_some() {
        providers.push(ProviderName::OpenAi);
    }
    if anthropic.key.is_some() {
        providers.push(ProviderName::Anthropic);
    }
    if providers.is_empty() {
        providers.push(ProviderName::Offline);
    }
    providers
}

fn check(
    p: &mut SettingsErrors,
    providers: &[ProviderName],
    openai: &OpenAiSettings,
    anthropic: &AnthropicSettings,
    with_keys: bool,
) {
    for provider in providers {
        match provider {
            ProviderName::OpenAi if with_keys && openai.key.is_none() && openai.base_url.is_none() => p.add(
                "AI_PROVIDERS names openai: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that \
                 needs no key",
            ),
            ProviderName::Anthropic if with_keys && anthropic.key.is_none() => {
                p.add("AI_PROVIDERS names anthropic: set ANTHROPIC_API_KEY");
            }
            ProviderName::Offline if providers.len() > 1 => p.add(
                "AI_PROVIDERS: offline stands alone. Where models write, our own notes are offered \
                 when they fail, and never take their place in silence",
            ),
            ProviderName::OpenAi | ProviderName::Anthropic | ProviderName::Offline => {}
        }
    }
}

/// Names separated by commas; at least one, no duplicates.
struct Providers(Vec<ProviderName>);

impl FromStr for Providers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut providers = Vec::new();
        for name in text.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let provider: ProviderName =
                name.parse().map_err(|error: UnknownName| error.to_string())?;
            if providers.contains(&provider) {
                return Err("name each provider once".to_owned());
            }
            providers.push(provider);
        }
        if providers.is_empty() {
            return Err("name at least one provider".to_owned());
        }
        Ok(Self(providers))
    }
}

/// `http://…` or `https://…`.
struct BaseUrl(PrivateUrl);

impl FromStr for BaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "it has to look like https://host/v1 or http://host:port/v1";
        let url = Url::parse(text).map_err(|_| SHAPE)?;
        if matches!(url.scheme(), "http" | "https") && url.has_host() {
            Ok(Self(url.into()))
        } else {
            Err(SHAPE)
        }
    }
}

struct Temperature(f32);

impl FromStr for Temperature {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "choose a number from 0 to 2";
        let value: f32 = text.parse().map_err(|_| SHAPE)?;
        if (0.0..=2.0).contains(&value) { Ok(Self(value)) } else { Err(SHAPE) }
    }
}

/// US dollars with up to six decimals.
struct Dollars(Micros);

impl FromStr for Dollars {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "it has to look like 0.50: US dollars, at most six decimals";
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || part.len() > 6 || !digits(whole) || !digits(part) {
            return Err(SHAPE);
        }
        let whole: Micros = whole.parse().map_err(|_| SHAPE)?;
        let part: Micros = format!("{part:0<6}").parse().map_err(|_| SHAPE)?;
        let micros = whole.checked_mul(1_000_000).and_then(|w| w.checked_add(part));
        micros.map(Self).ok_or(SHAPE)
    }
}

/// `model=read/written`, separated by commas.
struct PriceList(Vec<ModelPrice>);

impl FromStr for PriceList {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "it has to look like model=0.40/1.60,…: US dollars per million tokens read \
                             and written";
        let price = |entry: &str| {
            let (model, prices) = entry.split_once('=').ok_or(SHAPE)?;
            let (read, written) = prices.split_once('/').ok_or(SHAPE)?;
            let dollars = |s: &str| s.trim().parse::<Dollars>().map(|d| d.0).map_err(|_| SHAPE);
            Ok(ModelPrice {
                model: model.trim().to_owned(),
                read: dollars(read)?,
                written: dollars(written)?,
            })
        };
        let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
        entries.map(price).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn ai(pairs: &[(&str, &str)]) -> Result<AiSettings, String> {
        let env = Env::of(pairs.iter().copied());
        Settings::read(&env).map(|s| s.ai).map_err(|e| e.to_string())
    }

    #[test]
    fn providers_default_to_those_with_keys() {
        let providers = |pairs| ai(pairs).unwrap().providers;
        assert_eq!(providers(&[]), [ProviderName::Offline]);
        assert_eq!(providers(&[("OPENAI_API_KEY", "x")]), [ProviderName::OpenAi]);
        assert_eq!(
            providers(&[("OPENAI_BASE_URL", "http://localhost:8080/v1")]),
            [ProviderName::OpenAi]
        );
        assert_eq!(
            providers(&[("ANTHROPIC_API_KEY", "x"), ("OPENAI_API_KEY", "x")]),
            [ProviderName::OpenAi, ProviderName::Anthropic]
        );
        assert_eq!(
            providers(&[("OPENAI_API_KEY", "x"), ("AI_PROVIDERS", "offline")]),
            [ProviderName::Offline]
        );
    }

    #[test]
    fn unusable_providers_are_reported_at_start() {
        for (providers, why) in [
            ("openai", "set OPENAI_API_KEY"),
            ("anthropic", "set ANTHROPIC_API_KEY"),
            ("claude", "unknown provider “claude”"),
            ("offline,openai", "offline stands alone"),
            (",", "at least one"),
            ("offline,offline", "once"),
        ] {
            let said = ai(&[("AI_PROVIDERS", providers)]).unwrap_err();
            assert!(said.contains(why), "{providers}: {said}");
        }
    }

    #[test]
    fn dollars_are_parsed_to_the_millionth() {
        let ai =
            ai(&[("AI_BUDGET_PER_DAY", "0.5"), ("AI_PRICES", "qwen=0/0, gpt-9=1.25/10")]).unwrap();
        assert_eq!(ai.budget_per_day, Some(500_000));
        let gpt = ModelPrice { model: "gpt-9".to_owned(), read: 1_250_000, written: 10_000_000 };
        assert_eq!(ai.prices[1], gpt);
    }

    #[test]
    fn budget_needs_a_price_for_every_model() {
        let budget = ("AI_BUDGET_PER_DAY", "0.5");
        let own = ("OPENAI_BASE_URL", "http://localhost:8080/v1");
        let key = ("OPENAI_API_KEY", "x");
        assert!(ai(&[budget]).is_ok(), "our own notes cost nothing");
        assert!(ai(&[budget, key, ("ANTHROPIC_API_KEY", "x")]).is_ok());
        assert!(ai(&[key, ("OPENAI_MODEL", "unheard-of")]).is_ok(), "no budget");
        for (settings, model) in [
            (vec![key, ("OPENAI_MODEL", "unheard-of")], "unheard-of"),
            (vec![key, ("OPENAI_TRANSCRIBE_MODEL", "ears-2")], "ears-2"),
            (vec![own, ("AI_PRICES", "gpt-transcribe=0/0")], "gpt-6-luna"),
            (vec![own, ("AI_PRICES", "gpt-6-luna=0/0")], "gpt-transcribe"),
        ] {
            let said = ai(&[settings, vec![budget]].concat()).unwrap_err();
            let wanted = format!("no price is known for the model {model}:");
            assert!(said.contains(&wanted), "{said}");
            assert_eq!(said.lines().count(), 2, "{said}");
        }
        let both = ("AI_PRICES", "gpt-6-luna=0/0,gpt-transcribe=0/0");
        assert!(ai(&[budget, own, both]).is_ok());
    }

    #[test]
    fn invalid_numbers_and_addresses_are_reported() {
        let said = ai(&[
            ("AI_TEMPERATURE", "3"),
            ("AI_CALL_SECONDS", "900"),
            ("AI_BUDGET_PER_DAY", "-1"),
            ("AI_PRICES", "gpt"),
            ("OPENAI_BASE_URL", "localhost"),
        ])
        .unwrap_err();
        assert_eq!(said.lines().count(), 6, "{said}");
    }
}
