//! The worker pools: names, task queues, and the secrets that each needs.

use std::{fmt, str::FromStr};

use runtime::settings::Needs;

/// Activities (or workflows) that are scaled and deployed together and fail together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pool {
    Workflow,
    /// Model calls.
    Ai,
    Render,
    /// Database and events.
    Persistence,
    Delivery,
}

/// At least one pool, no duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools(Vec<Pool>);

impl Pool {
    pub const ALL: [Self; 5] =
        [Self::Workflow, Self::Ai, Self::Render, Self::Persistence, Self::Delivery];

    /// The name on the command line and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Ai => "ai",
            Self::Render => "render",
            Self::Persistence => "persistence",
            Self::Delivery => "delivery",
        }
    }

    /// The task queue that it polls.
    pub const fn queue(self) -> &'static str {
        match self {
            Self::Workflow => workflows::queues::CAROUSEL,
            Self::Ai => workflows::queues::AI,
            Self::Render => workflows::queues::RENDER,
            Self::Persistence => workflows::queues::PERSISTENCE,
            Self::Delivery => workflows::queues::DELIVERY,
        }
    }
}

impl Pool {
    /// The secrets and addresses that it needs.
    pub const fn needs(self) -> Needs {
        const NOTHING: Needs = Needs {
            database: false,
            blobs: false,
            models: false,
            bot: false,
            webhook: false,
            bus: false,
            operator_endpoints: false,
        };
        match self {
            Self::Workflow => NOTHING,
            Self::Ai => Needs { blobs: true, models: true, ..NOTHING },
            Self::Render => Needs { blobs: true, ..NOTHING },
            Self::Persistence => Needs { database: true, blobs: true, bus: true, ..NOTHING },
            Self::Delivery => Needs { database: true, blobs: true, bot: true, ..NOTHING },
        }
    }
}

impl Pools {
    /// The secrets and addresses that a process with these pools needs.
    pub fn needs(&self) -> Needs {
        let needs = self.iter().map(Pool::needs);
        needs.fold(Needs::default(), Needs::and)
    }

    pub fn all() -> Self {
        Self(Pool::ALL.to_vec())
    }

    /// In the order of [`Pool::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Pool> {
        self.0.iter().copied()
    }

    pub fn contains(&self, pool: Pool) -> bool {
        self.0.contains(&pool)
    }
}

impl FromStr for Pools {
    type Err = String;

    fn from_str(names: &str) -> Result<Self, String> {
        let mut pools = Vec::new();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let pool = Pool::ALL.into_iter().find(|pool| pool.name() == name).ok_or_else(|| {
                let all = Pool::ALL.map(Pool::name).join(", ");
                format!("there is no pool “{name}”: choose from {all}")
            })?;
            pools.push(pool);
        }
        pools.sort();
        pools.dedup();
        if pools.is_empty() { Err("name at least one pool".to_owned()) } else { Ok(Self(pools)) }
    }
}

impl fmt::Display for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|pool| pool.name()).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use domain::ProviderName;
    use runtime::{
        env::Env,
        settings::{SECRETS, Settings},
    };

    use super::*;

    /// An environment with a valid value for every secret.
    fn everything() -> Env {
        Env::of([
            ("TEMPORAL_API_KEY", "temporal-key"),
            // 32 bytes in base64.
            ("TEMPORAL_CODEC_KEYS", "k=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            ("TEMPORAL_CODEC_TOKEN", "0123456789abcdef"),
            ("ALERTMANAGER_TOKEN", "0123456789abcdef"),
            ("DATABASE_URL", "postgres://user:password@db/vibe"),
            ("BLOBS_URL", "s3://bucket"),
            ("AWS_ACCESS_KEY_ID", "aws-id"),
            ("AWS_SECRET_ACCESS_KEY", "aws-secret"),
            ("AWS_SESSION_TOKEN", "aws-token"),
            ("OPENAI_API_KEY", "openai-key"),
            ("ANTHROPIC_API_KEY", "anthropic-key"),
            ("TELOXIDE_TOKEN", "1:token"),
            ("TELEGRAM_WEBHOOK_URL", "https://bot.example/telegram"),
            ("TELEGRAM_WEBHOOK_SECRET", "0123456789abcdef"),
            ("REDIS_URL", "redis://user:password@redis"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:password@collector:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=key"),
        ])
    }

    /// The names of the variables that set the secrets in these settings.
    fn held(settings: &Settings) -> Vec<&'static str> {
        let (data, ai, telegram) = (&settings.data, &settings.ai, &settings.telegram);
        let aws = |name| data.aws(name).is_some();
        let webhook = telegram.webhook.as_ref();
        let all = [
            ("TEMPORAL_API_KEY", settings.temporal.api_key.is_some()),
            ("TEMPORAL_CODEC_KEYS", settings.temporal.codec.encrypts()),
            ("TEMPORAL_CODEC_TOKEN", settings.temporal.codec_token.is_some()),
            ("ALERTMANAGER_TOKEN", settings.alertmanager_token.is_some()),
            ("DATABASE_URL", !data.database_url.expose().is_empty()),
            ("BLOBS_URL", !data.blobs_url.expose().is_empty()),
            ("AWS_ACCESS_KEY_ID", aws("AWS_ACCESS_KEY_ID")),
            ("AWS_SECRET_ACCESS_KEY", aws("AWS_SECRET_ACCESS_KEY")),
            ("AWS_SESSION_TOKEN", aws("AWS_SESSION_TOKEN")),
            ("OPENAI_API_KEY", ai.openai.key.is_some()),
            ("ANTHROPIC_API_KEY", ai.anthropic.key.is_some()),
            ("TELOXIDE_TOKEN", telegram.token.is_some()),
            ("TELEGRAM_WEBHOOK_URL", webhook.is_some()),
            ("TELEGRAM_WEBHOOK_SECRET", webhook.is_some()),
            ("REDIS_URL", settings.bus.is_some()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", settings.traces.is_some()),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                settings.traces.as_ref().is_some_and(|traces| !traces.headers.is_empty()),
            ),
        ];
        assert_eq!(all.map(|(name, _)| name), SECRETS, "the list covers every secret");
        let there = all.into_iter().filter(|(_, there)| *there);
        there.map(|(name, _)| name).collect()
    }

    #[test]
    fn each_pool_holds_only_the_secrets_it_needs() {
        const BLOBS: [&str; 4] =
            ["BLOBS_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        const MODELS: [&str; 2] = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
        const DATABASE: [&str; 1] = ["DATABASE_URL"];
        const BOT: [&str; 1] = ["TELOXIDE_TOKEN"];
        const BUS: [&str; 1] = ["REDIS_URL"];
        let env = everything();
        let table: [(&str, Vec<&str>); 6] = [
            ("workflow", vec![]),
            ("ai", [&BLOBS[..], &MODELS].concat()),
            ("render", BLOBS.to_vec()),
            ("persistence", [&DATABASE[..], &BLOBS, &BUS].concat()),
            ("delivery", [&DATABASE[..], &BLOBS, &BOT].concat()),
            ("render,ai", [&BLOBS[..], &MODELS].concat()),
        ];
        for (names, expected) in table {
            let pools: Pools = names.parse().unwrap();
            let settings = Settings::read_for(&env, pools.needs()).unwrap();
            let held = held(&settings);
            assert_eq!(
                held[..2],
                ["TEMPORAL_API_KEY", "TEMPORAL_CODEC_KEYS"],
                "every pool connects to Temporal and decodes its payloads"
            );
            let (own, telemetry) = held[2..].split_at(expected.len());
            assert_eq!(own, expected, "{names}");
            assert_eq!(
                telemetry,
                ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"],
                "every pool sends traces"
            );
            // Provider names are not secret: the persistence pool reports them to the others.
            assert_eq!(settings.ai.providers, [ProviderName::OpenAi, ProviderName::Anthropic]);
        }
        assert_eq!(held(&Settings::read(&env).unwrap()), SECRETS);
    }

    #[test]
    fn pool_starts_without_other_pools_secrets() {
        let env = Env::of([("AI_PROVIDERS", "openai,anthropic")]);
        for pool in Pool::ALL {
            let read = Settings::read_for(&env, pool.needs());
            assert_eq!(read.is_err(), pool == Pool::Ai, "{}", pool.name());
        }
    }

    #[test]
    fn pool_list_rejects_duplicates_and_ignores_order() {
        let pools: Pools = "render, ai,render".parse().unwrap();
        assert_eq!(pools.to_string(), "ai, render");
        let error = "painting".parse::<Pools>().unwrap_err();
        assert!(error.contains("workflow, ai, render, persistence, delivery"), "{error}");
        assert!(",".parse::<Pools>().is_err());
    }
}
