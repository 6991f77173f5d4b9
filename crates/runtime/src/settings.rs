//! All settings of the system, read in one place, with all errors reported together.
//!
//! A process reads all settings and uses its part: one `.env` configures the whole system.

mod ai;
mod api;
mod bus;
mod codec;
mod deployment;
mod example;
mod model_catalog;
mod private_url;
mod secret;
mod traces;
mod values;
mod webhook;

use std::{
    collections::BTreeMap, net::SocketAddr, num::NonZeroUsize, path::PathBuf, str::FromStr,
    time::Duration,
};

use url::Url;

use values::{BotToken, HostAddress, IdList, RetentionDays};

pub use api::ApiSettings;
pub use bus::{BusSettings, RequestSourceSettings};
pub use deployment::WorkerDeployment;
pub use private_url::PrivateUrl;
pub use secret::Secret;
pub use traces::{TraceSampler, TraceSettings};
pub use webhook::WebhookSettings;

pub use example::example;

pub use ai::{AiSettings, AnthropicSettings, Micros, ModelPrice, OpenAiSettings};
pub use model_catalog::{
    ModelRate, OPENAI_TRANSCRIBE_MODEL as OPENAI_TRANSCRIBE_DEFAULT, TOKENS_PER_SECOND,
    is_reasoning_model, rate_of,
};

use crate::{
    codec::Codec,
    env::{Env, SettingsErrors, Variable},
};

macro_rules! variables {
    ($($id:ident = $name:literal, $default:expr, $about:literal;)+) => {
        $(pub(crate) const $id: Variable = Variable { name: $name, default: $default, about: $about };)+

        /// Every variable that is read, in the order of `.env.example`.
        pub const VARIABLES: &[Variable] = &[$($id),+];
    };
}

variables! {
    TEMPORAL_ADDRESS = "TEMPORAL_ADDRESS", "", "Temporal's frontend, host:port or URL. If empty, `cargo dev` starts its own server; workers and gateway then try 127.0.0.1:7233.";
    TEMPORAL_NAMESPACE = "TEMPORAL_NAMESPACE", "default", "The namespace of all workflows.";
    TEMPORAL_API_KEY = "TEMPORAL_API_KEY", "", "Key for Temporal Cloud; enables TLS.";
    TEMPORAL_UI_URL = "TEMPORAL_UI_URL", "", "Address of the Web UI, for printed links. If empty: http://127.0.0.1:8233.";
    TEMPORAL_CODEC_KEYS = "TEMPORAL_CODEC_KEYS", "", "Keys that encrypt payloads before Temporal gets them, id=base64,id2=…, as `gateway codec-key` makes them: the first encrypts, all decrypt. Use the same value for every process. If empty, payloads are not encrypted. docs/security/encryption.md says how to change them.";
    TEMPORAL_CODEC_TOKEN = "TEMPORAL_CODEC_TOKEN", "", "Token of the codec endpoint at HTTP_ADDRESS, with which the Web UI and the `temporal` program show decrypted payloads: 16 to 256 letters, digits, _ and -. If empty, there is no endpoint.";
    TEMPORAL_DEPLOYMENT_NAME = "TEMPORAL_DEPLOYMENT_NAME", "", "Name of the worker deployment, if Temporal routes workflows by their version; Kubernetes' worker controller sets this and TEMPORAL_WORKER_BUILD_ID. If empty, workers of any version get tasks.";
    TEMPORAL_WORKER_BUILD_ID = "TEMPORAL_WORKER_BUILD_ID", "", "The version of this process in that deployment. If empty: the program's version.";
    TEMPORAL_CLI = "TEMPORAL_CLI", "", "The `temporal` program for `cargo dev`. If empty, it is searched on PATH and in ./data, then downloaded.";
    TEMPORAL_PORT = "TEMPORAL_PORT", "7233", "The port of the server that `cargo dev` starts.";
    TEMPORAL_UI_PORT = "TEMPORAL_UI_PORT", "8233", "The port of its Web UI.";
    SECRETS_DIR = "SECRETS_DIR", "", "A folder with secrets as files, as container platforms mount them: a key, token or address with a password that has no value here is read from the file of its name, for example DATABASE_URL.";
    DATA_DIR = "DATA_DIR", "./data", "The folder for the files of `cargo dev` and of the defaults below.";
    DATABASE_URL = "DATABASE_URL", "", "The database. If empty: sqlite://DATA_DIR/vibecoder.db.";
    BLOBS_URL = "BLOBS_URL", "", "The store for pictures: file:///a/folder, or s3://bucket/prefix?endpoint=…&region=…&path_style=… for S3-compatible stores. If empty: file://DATA_DIR/blobs.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", "", "Key for s3:// stores. If empty, the role of the machine or container is used.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", "", "Its secret.";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", "", "Session token of temporary keys.";
    AWS_REGION = "AWS_REGION", "", "Region of the bucket.";
    AWS_DEFAULT_REGION = "AWS_DEFAULT_REGION", "", "Used if AWS_REGION is empty.";
    AWS_ENDPOINT_URL = "AWS_ENDPOINT_URL", "", "Address of a store that is not Amazon's.";
    AWS_ENDPOINT_URL_S3 = "AWS_ENDPOINT_URL_S3", "", "The same for S3 only; overrides AWS_ENDPOINT_URL.";
    AWS_ROLE_ARN = "AWS_ROLE_ARN", "", "Role of a web identity (Kubernetes); platforms set this and the five variables below.";
    AWS_ROLE_SESSION_NAME = "AWS_ROLE_SESSION_NAME", "", "The name of that session.";
    AWS_WEB_IDENTITY_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE", "", "File with the identity's token.";
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "", "Path of the credentials endpoint in a container (ECS).";
    AWS_CONTAINER_CREDENTIALS_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "", "URL of the credentials endpoint in a container (EKS).";
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "", "File with the token for that endpoint.";
    OUTPUT_DIR = "OUTPUT_DIR", "./out", "The root folder of carousels that the delivery pool exports to a folder.";
    AI_PROVIDERS = "AI_PROVIDERS", "", "The providers, in the order in which they are tried, separated by commas: openai, anthropic; or only offline, which writes from the built-in notes without a model. If empty: every provider whose key is set; `offline` if none is.";
    OPENAI_API_KEY = "OPENAI_API_KEY", "", "Key for OpenAI, or for a compatible server.";
    OPENAI_BASE_URL = "OPENAI_BASE_URL", "", "A server that is compatible with OpenAI (Azure, Ollama, llama.cpp, vLLM), with its /v1. If empty: OpenAI.";
    OPENAI_MODEL = "OPENAI_MODEL", model_catalog::OPENAI_MODEL, "Its model for texts. `cargo dev models` lists what the server offers and tests the model.";
    OPENAI_TRANSCRIBE_MODEL = "OPENAI_TRANSCRIBE_MODEL", model_catalog::OPENAI_TRANSCRIBE_MODEL, "Its model for the transcription of recordings.";
    ANTHROPIC_API_KEY = "ANTHROPIC_API_KEY", "", "Key for Anthropic.";
    ANTHROPIC_BASE_URL = "ANTHROPIC_BASE_URL", "", "A server that is compatible with Anthropic, with its /v1. If empty: Anthropic.";
    ANTHROPIC_MODEL = "ANTHROPIC_MODEL", model_catalog::ANTHROPIC_MODEL, "Its model for texts.";
    AI_TEMPERATURE = "AI_TEMPERATURE", "", "Sampling temperature, 0 to 2. If empty: the model's default (some models accept no other).";
    AI_CALL_SECONDS = "AI_CALL_SECONDS", "90", "Timeout of one model call in seconds, 1 to 140.";
    AI_CONCURRENCY = "AI_CONCURRENCY", "8", "Concurrent model calls of one process.";
    AI_CALLS_PER_MINUTE = "AI_CALLS_PER_MINUTE", "0", "Activities of the ai pool per minute, in all processes; 0 means no limit.";
    AI_PRICES = "AI_PRICES", "", "Prices in US dollars per million input and output tokens, model=0.40/1.60,…; they override the built-in list. A self-hosted server is free unless it is listed here. With a budget, every model needs a price, even 0/0.";
    AI_BUDGET_PER_DAY = "AI_BUDGET_PER_DAY", "0", "What one user's model calls may cost per day (UTC), in US dollars; 0 means no limit. Work reserves its estimate before it starts, so all of a user's work together stays within the budget plus one call.";
    TELOXIDE_TOKEN = "TELOXIDE_TOKEN", "", "The bot's token, from @BotFather. If empty, there is no bot, and everything else works.";
    TELOXIDE_API_URL = "TELOXIDE_API_URL", "", "Address of the Bot API. If empty: Telegram's.";
    BOT_ALLOWED = "BOT_ALLOWED", "", "The access list: ids of the users who may use the bot, separated by commas. If empty: everyone. /myid shows a user's id. Gateway and workers need the same value, because workers check schedules and broadcasts.";
    BOT_ADMINS = "BOT_ADMINS", "", "Ids of the bot's owners, separated by commas; they can lock users and make administrators (/ban, /admin). Gateway and workers need the same value.";
    TELEGRAM_WEBHOOK_URL = "TELEGRAM_WEBHOOK_URL", "", "The URL that Telegram sends updates to, https://host/path: the gateway serves the path at PUBLIC_ADDRESS, behind a proxy with a certificate. If empty, the bot polls.";
    TELEGRAM_WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET", "", "Telegram sends it with every update, as proof of origin: 16 to 256 letters, digits, _ and -.";
    TELEGRAM_WEBHOOK_DELETE = "TELEGRAM_WEBHOOK_DELETE", "false", "true: a stopping gateway removes the webhook. Do not use it if several gateways serve the webhook.";
    CAROUSELS_PER_DAY = "CAROUSELS_PER_DAY", "0", "Carousels per user and day (UTC); 0 means no limit. If models write, each carousel also allows five edits or questions a day that call a model: a rewrite of the text, a rewrite of a slide, /ask.";
    OPEN_CAROUSELS = "OPEN_CAROUSELS", "3", "Carousels that one user may have in progress at a time, except those of command lines; 0 means no limit.";
    UPLOAD_MB_PER_DAY = "UPLOAD_MB_PER_DAY", "100", "Megabytes of recordings, text files and pictures that one user may send to the bot per day (UTC); 0 means no limit.";
    RETENTION_DAYS = "RETENTION_DAYS", "365", "Days that a carousel is kept after its last change, with its drafts, captions and pictures, 8 or more; with off, until its user deletes it.";
    RETENTION_USAGE_DAYS = "RETENTION_USAGE_DAYS", "400", "Days that the costs of model calls are kept, 8 or more; with off, without limit.";
    RETENTION_PEOPLE_DAYS = "RETENTION_PEOPLE_DAYS", "730", "Days after which the profile, settings and brand of an inactive user without any other data are deleted, 8 or more; with off, never.";
    RENDER_THREADS = "RENDER_THREADS", "", "Rendering threads. If empty: the number of cores.";
    RENDER_BACKEND = "RENDER_BACKEND", "cpu", "The rendering backend: cpu, or skia in builds with `--features skia`.";
    FONT_DIR = "FONT_DIR", "", "A folder with additional fonts, for scripts that the built-in fonts lack.";
    HTTP_ADDRESS = "HTTP_ADDRESS", "", "The operator port: /metrics, /healthz and /readyz. If empty, 127.0.0.1:9464 for workers and `cargo dev`, 127.0.0.1:9465 for the gateway. Only the codec endpoint has authentication: an address other than loopback belongs in a network that only operators reach.";
    ALERTMANAGER_TOKEN = "ALERTMANAGER_TOKEN", "", "Token of the gateway's endpoint /alerts at HTTP_ADDRESS, where Prometheus's Alertmanager reports alerts for the administrators' chats: 16 to 256 letters, digits, _ and -. If empty, there is no endpoint.";
    PUBLIC_ADDRESS = "PUBLIC_ADDRESS", "127.0.0.1:9466", "The public port, for the webhook. It is opened only if something is served there.";
    API_ADDRESS = "API_ADDRESS", "", "The address of the HTTP API (docs/api/http.md). If empty: 127.0.0.1:9467 for `cargo dev`; the gateway serves no API. It speaks plain HTTP: an address other than loopback belongs behind a proxy with a certificate.";
    API_CALLS_PER_SECOND = "API_CALLS_PER_SECOND", "50", "Calls of the HTTP API that one token may make per second, with twice as many at once, for each gateway.";
    API_ORIGINS = "API_ORIGINS", "", "Origins of web pages that may call the HTTP API from a browser, separated by commas: https://studio.example. If empty: none.";
    STUDIO_URL = "STUDIO_URL", "", "The public address of API_ADDRESS, for links to the studio in the browser: https://studio.example. If empty: http:// and API_ADDRESS.";
    REDIS_URL = "REDIS_URL", "", "The event bus: a Redis server, redis://user:password@host:port/db, or rediss:// with TLS. Events leave on the stream vibecoder:facts, requests arrive on vibecoder:requests (docs/api/events.md). The persistence pool and the gateway need it. If empty, events stay in the database.";
    EVENT_SOURCES = "EVENT_SOURCES", "", "The sources that may send request events, separated by commas: each is the CloudEvents source, its requests per day (UTC), and, if its carousels go to a chat, the chat's id: /shop/cms 100, https://news.example 20 -1001234. Without a chat they go to a folder in OUTPUT_DIR. Whoever may write to the stream may name any of them.";
    DRAIN_SECONDS = "DRAIN_SECONDS", "25", "How long a stopping worker waits for running activities; less than the 30 s that container platforms allow.";
    ENVIRONMENT = "ENVIRONMENT", "development", "The environment attribute of every event: development, production, ….";
    RUST_LOG = "RUST_LOG", "", "The log filter, in the syntax of tracing-subscriber's EnvFilter.";
    OTEL_EXPORTER_OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "", "Base address of an OTLP receiver (a collector, Jaeger) that gets the traces, such as http://127.0.0.1:4318. If empty, there are no traces. docs/operations/tracing.md says what they show.";
    OTEL_EXPORTER_OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "Its protocol; no other is supported.";
    OTEL_EXPORTER_OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS", "", "Headers of each request to it, name=value,…; often a key.";
    OTEL_TRACES_SAMPLER = "OTEL_TRACES_SAMPLER", "parentbased_always_on", "Which traces are sent: always_on, always_off, traceidratio, or one of these with parentbased_ before it, which follows the process where a trace began.";
    OTEL_TRACES_SAMPLER_ARG = "OTEL_TRACES_SAMPLER_ARG", "", "The share of traces with traceidratio, 0 to 1. If empty: 1.";
    OTEL_SERVICE_NAME = "OTEL_SERVICE_NAME", "", "The service's name in traces. If empty, the program's: gateway, workers or dev.";
    OTEL_RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES", "", "More attributes of the process, name=value,….";
    LOG_FORMAT = "LOG_FORMAT", "auto", "human, json, or auto: human on a terminal, json otherwise.";
}

/// The variables of S3-compatible stores.
const AWS: [Variable; 13] = [
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN,
    AWS_REGION,
    AWS_DEFAULT_REGION,
    AWS_ENDPOINT_URL,
    AWS_ENDPOINT_URL_S3,
    AWS_ROLE_ARN,
    AWS_ROLE_SESSION_NAME,
    AWS_WEB_IDENTITY_TOKEN_FILE,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    AWS_CONTAINER_CREDENTIALS_FULL_URI,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
];

/// Variables that contain or may contain credentials: withheld from processes that do not need
/// them.
pub const SECRETS: [&str; 17] = [
    TEMPORAL_API_KEY.name,
    TEMPORAL_CODEC_KEYS.name,
    TEMPORAL_CODEC_TOKEN.name,
    ALERTMANAGER_TOKEN.name,
    DATABASE_URL.name,
    BLOBS_URL.name,
    AWS_ACCESS_KEY_ID.name,
    AWS_SECRET_ACCESS_KEY.name,
    AWS_SESSION_TOKEN.name,
    OPENAI_API_KEY.name,
    ANTHROPIC_API_KEY.name,
    TELOXIDE_TOKEN.name,
    TELEGRAM_WEBHOOK_URL.name,
    TELEGRAM_WEBHOOK_SECRET.name,
    REDIS_URL.name,
    OTEL_EXPORTER_OTLP_ENDPOINT.name,
    OTEL_EXPORTER_OTLP_HEADERS.name,
];

/// Removes all secrets from a child process's environment.
pub fn remove_secrets(command: &mut std::process::Command) -> &mut std::process::Command {
    for name in SECRETS {
        command.env_remove(name);
    }
    command.env_remove(SECRETS_DIR.name)
}

/// The groups of secrets and addresses that a process needs, besides Temporal's, which every
/// process needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent group of settings")]
pub struct Needs {
    pub database: bool,
    pub blobs: bool,
    /// Keys and addresses of models.
    pub models: bool,
    /// The bot's token and the address of the Bot API.
    pub bot: bool,
    /// The webhook's secret.
    pub webhook: bool,
    /// The address of the event bus.
    pub bus: bool,
    /// The tokens of the operator's endpoints: codec and alerts.
    pub operator_endpoints: bool,
}

impl Needs {
    /// All groups: for a process that is the whole system.
    pub const ALL: Self = Self {
        database: true,
        blobs: true,
        models: true,
        bot: true,
        webhook: true,
        bus: true,
        operator_endpoints: true,
    };

    /// The union of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            database: self.database || other.database,
            blobs: self.blobs || other.blobs,
            models: self.models || other.models,
            bot: self.bot || other.bot,
            webhook: self.webhook || other.webhook,
            bus: self.bus || other.bus,
            operator_endpoints: self.operator_endpoints || other.operator_endpoints,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub temporal: TemporalSettings,
    /// The Temporal server of `cargo dev`.
    pub dev: DevSettings,
    pub data: DataSettings,
    pub ai: AiSettings,
    pub telegram: TelegramSettings,
    pub render: RenderSettings,
    /// Limits per user.
    pub quota: QuotaSettings,
    /// How long personal data is kept.
    pub retention: RetentionSettings,
    /// The operator port, if set.
    pub http: Option<SocketAddr>,
    /// The token of the endpoint for alerts, if there is one.
    pub alertmanager_token: Option<Secret>,
    /// The public port.
    pub public: SocketAddr,
    pub api: ApiSettings,
    /// The event bus, if there is one.
    pub bus: Option<BusSettings>,
    /// How long a stopping worker waits for running activities.
    pub drain: Duration,
    /// The `environment` attribute of every event.
    pub environment: String,
    /// `RUST_LOG`, if set.
    pub log_filter: Option<String>,
    pub log_format: LogFormat,
    /// Where traces are sent, if anywhere.
    pub traces: Option<TraceSettings>,
    /// A warning for the operator, if the bot is public and its costs are not limited.
    pub warning: Option<String>,
}

/// How to connect to Temporal.
#[derive(Debug, Clone)]
pub struct TemporalSettings {
    /// The frontend, if set.
    pub address: Option<Url>,
    pub namespace: String,
    /// The key for Temporal Cloud.
    pub api_key: Option<Secret>,
    /// The Web UI, if set.
    pub ui: Option<Url>,
    /// Encrypts payloads.
    pub codec: Codec,
    /// The token of the codec endpoint, if there is one.
    pub codec_token: Option<Secret>,
    /// Whether calls carry the current trace in their headers, and workers continue it.
    pub traced: bool,
    /// The version of the workers, if Temporal routes workflows by it.
    pub deployment: Option<WorkerDeployment>,
}

/// The Temporal server that `cargo dev` starts.
#[derive(Debug, Clone)]
pub struct DevSettings {
    /// The `temporal` program, if set.
    pub cli: Option<PathBuf>,
    /// The frontend's port.
    pub port: u16,
    /// The Web UI's port.
    pub ui_port: u16,
}

/// Where data is stored.
#[derive(Debug, Clone)]
pub struct DataSettings {
    /// The data folder of `cargo dev`, and the base of the defaults.
    pub dir: PathBuf,
    pub database_url: Secret,
    pub blobs_url: Secret,
    /// Settings of S3-compatible stores, by variable name.
    pub aws: BTreeMap<&'static str, Secret>,
    /// The root folder of exported carousels.
    pub output_dir: PathBuf,
}

#[derive(Debug, Clone)]
pub struct TelegramSettings {
    /// Its token; `None` if there is no bot.
    pub token: Option<Secret>,
    /// The address of the Bot API, if set.
    pub api: Option<PrivateUrl>,
    /// The access list: user ids; empty if everyone may use the bot.
    pub allowed: Vec<i64>,
    /// User ids of its administrators.
    pub admins: Vec<i64>,
    /// The webhook; the bot polls if `None`.
    pub webhook: Option<WebhookSettings>,
}

/// How slides are rendered.
#[derive(Debug, Clone)]
pub struct RenderSettings {
    /// The number of rendering threads.
    pub threads: NonZeroUsize,
    pub backend: RenderBackend,
    /// A folder with additional fonts.
    pub font_dir: Option<PathBuf>,
}

/// The rendering backend. Whether the build contains it is checked when the renderer is created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RenderBackend {
    /// The backend in every build.
    #[default]
    Cpu,
    Skia,
}

/// Limits per user.
#[derive(Debug, Clone, Copy)]
pub struct QuotaSettings {
    /// Carousels per day, if limited.
    pub carousels_per_day: Option<u32>,
    /// Carousels in progress at a time, if limited.
    pub open_carousels: Option<u32>,
    /// Uploaded bytes per day, if limited.
    pub upload_bytes_per_day: Option<u64>,
}

/// How long personal data is kept, in days; until the user deletes it if `None`.
#[derive(Debug, Clone, Copy)]
pub struct RetentionSettings {
    /// Carousels with their drafts and pictures, after their last change.
    pub carousels: Option<u32>,
    /// The costs of model calls.
    pub usage: Option<u32>,
    /// The data of inactive people.
    pub people: Option<u32>,
}

impl DataSettings {
    /// The value of `variable`, one of those for S3-compatible stores.
    pub fn aws(&self, variable: &str) -> Option<String> {
        self.aws.get(variable).map(|value| value.expose().to_owned())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// One readable line per event.
    Human,
    /// One JSON object per event.
    Json,
}

impl Settings {
    pub fn read(env: &Env) -> Result<Self, SettingsErrors> {
        Self::read_for(env, Needs::ALL)
    }

    /// Reads all settings and keeps only the secrets and addresses in `needs`. Others may be
    /// missing.
    pub fn read_for(env: &Env, needs: Needs) -> Result<Self, SettingsErrors> {
        let mut problems = SettingsErrors::default();
        let p = &mut problems;
        let data = read_data(p, env);
        let (http, public) = read_ports(p, env);
        let traces = traces::read(p, env);
        let mut settings = Self {
            temporal: TemporalSettings {
                address: p.read::<HostAddress>(env, TEMPORAL_ADDRESS).map(|a| a.0),
                namespace: text(env, TEMPORAL_NAMESPACE).unwrap_or_default(),
                api_key: text(env, TEMPORAL_API_KEY).map(Secret),
                ui: p.read::<HostAddress>(env, TEMPORAL_UI_URL).map(|a| a.0),
                codec: codec::read_keys(p, env),
                codec_token: read_token(p, env, TEMPORAL_CODEC_TOKEN),
                traced: traces.is_some(),
                deployment: deployment::read(env),
            },
            dev: DevSettings {
                cli: p.read(env, TEMPORAL_CLI),
                port: p.read(env, TEMPORAL_PORT).unwrap_or_default(),
                ui_port: p.read(env, TEMPORAL_UI_PORT).unwrap_or_default(),
            },
            data,
            ai: ai::read(p, env, needs.models),
            telegram: TelegramSettings {
                token: p.read::<BotToken>(env, TELOXIDE_TOKEN).map(|token| token.0),
                api: p.read(env, TELOXIDE_API_URL),
                allowed: p.read::<IdList>(env, BOT_ALLOWED).unwrap_or_default().0,
                admins: p.read::<IdList>(env, BOT_ADMINS).unwrap_or_default().0,
                webhook: webhook::read(p, env),
            },
            render: RenderSettings {
                threads: p.read(env, RENDER_THREADS).unwrap_or_else(cores),
                backend: p.read(env, RENDER_BACKEND).unwrap_or_default(),
                font_dir: p.read(env, FONT_DIR),
            },
            quota: QuotaSettings {
                carousels_per_day: limit(p, env, CAROUSELS_PER_DAY),
                open_carousels: limit(p, env, OPEN_CAROUSELS),
                upload_bytes_per_day: limit(p, env, UPLOAD_MB_PER_DAY)
                    .map(|megabytes| u64::from(megabytes) << 20),
            },
            http,
            public,
            api: api::read(p, env, http),
            bus: bus::read(p, env),
            retention: RetentionSettings {
                carousels: days(p, env, RETENTION_DAYS),
                usage: days(p, env, RETENTION_USAGE_DAYS),
                people: days(p, env, RETENTION_PEOPLE_DAYS),
            },
            drain: Duration::from_secs(p.read(env, DRAIN_SECONDS).unwrap_or_default()),
            environment: text(env, ENVIRONMENT).unwrap_or_default(),
            alertmanager_token: read_token(p, env, ALERTMANAGER_TOKEN),
            log_filter: text(env, RUST_LOG),
            log_format: p.read(env, LOG_FORMAT).unwrap_or(LogFormat::Auto),
            traces,
            warning: None,
        };
        settings.warning = settings.public_and_unlimited_warning();
        problems.into_result(settings.keep(needs))
    }

    /// Removes what `needs` does not contain.
    fn keep(mut self, needs: Needs) -> Self {
        if !needs.database {
            self.data.database_url = Secret(String::new());
        }
        if !needs.blobs {
            self.data.blobs_url = Secret(String::new());
            self.data.aws.clear();
        }
        if !needs.models {
            (self.ai.openai.key, self.ai.openai.base_url) = (None, None);
            (self.ai.anthropic.key, self.ai.anthropic.base_url) = (None, None);
        }
        if !needs.bot {
            (self.telegram.token, self.telegram.api) = (None, None);
        }
        if !needs.webhook {
            self.telegram.webhook = None;
        }
        if !needs.bus {
            self.bus = None;
        }
        if !needs.operator_endpoints {
            (self.temporal.codec_token, self.alertmanager_token) = (None, None);
        }
        self
    }

    /// A warning if anyone on Telegram can cause unlimited costs for the operator.
    fn public_and_unlimited_warning(&self) -> Option<String> {
        let TelegramSettings { token, allowed, .. } = &self.telegram;
        let open = token.is_some() && allowed.is_empty();
        let unlimited = self.ai.is_paid() && self.ai.budget_per_day.is_none();
        (open && unlimited).then(|| {
            format!(
                "anybody can make this bot spend money without a limit: set {} (US dollars per user \
                 and day), or name who may use it in {}",
                AI_BUDGET_PER_DAY.name, BOT_ALLOWED.name
            )
        })
    }
}

fn read_data(problems: &mut SettingsErrors, env: &Env) -> DataSettings {
    let dir: PathBuf = problems.read(env, DATA_DIR).unwrap_or_default();
    let inside =
        |name: &str| std::path::absolute(dir.join(name)).unwrap_or_else(|_| dir.join(name));
    let database = text(env, DATABASE_URL)
        .unwrap_or_else(|| format!("sqlite://{}", inside("vibecoder.db").display()));
    let blobs =
        text(env, BLOBS_URL).unwrap_or_else(|| format!("file://{}", inside("blobs").display()));
    let output_dir = problems.read(env, OUTPUT_DIR).unwrap_or_default();
    let aws = AWS.iter();
    let aws = aws.filter_map(|variable| Some((variable.name, Secret(text(env, *variable)?))));
    DataSettings {
        dir,
        database_url: Secret(database),
        blobs_url: Secret(blobs),
        aws: aws.collect(),
        output_dir,
    }
}

/// The operator port and the public port, which must differ.
fn read_ports(problems: &mut SettingsErrors, env: &Env) -> (Option<SocketAddr>, SocketAddr) {
    let http: Option<SocketAddr> = problems.read(env, HTTP_ADDRESS);
    let public = problems.read(env, PUBLIC_ADDRESS);
    let public = public.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    if public.port() != 0 && http.is_some_and(|http| http.port() == public.port()) {
        problems.add(format!(
            "PUBLIC_ADDRESS={public}: it has the port of HTTP_ADDRESS; metrics and health are not for the public"
        ));
    }
    (http, public)
}

/// A limit; 0 means no limit.
fn limit(problems: &mut SettingsErrors, env: &Env, variable: Variable) -> Option<u32> {
    problems.read::<u32>(env, variable).filter(|n| *n > 0)
}

/// Days, or `off`.
fn days(problems: &mut SettingsErrors, env: &Env, variable: Variable) -> Option<u32> {
    problems.read::<RetentionDays>(env, variable).and_then(|days| days.0)
}

fn text(env: &Env, variable: Variable) -> Option<String> {
    let text = env.get(variable).unwrap_or(variable.default);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The token of an endpoint on the operator's port.
fn read_token(problems: &mut SettingsErrors, env: &Env, variable: Variable) -> Option<Secret> {
    let token = text(env, variable)?;
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    if !(16..=256).contains(&token.len()) || !token.bytes().all(allowed) {
        problems.add(format!(
            "{}: 16 to 256 letters, digits, “_” and “-”, such as `openssl rand -hex 32` prints",
            variable.name
        ));
    }
    Some(Secret(token))
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A shorter time would delete data that an open workflow may need.
const SHORTEST_DAYS: u32 = 8;

impl FromStr for RenderBackend {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "skia" => Ok(Self::Skia),
            _ => Err("choose one of cpu, skia"),
        }
    }
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err("choose one of auto, human, json"),
        }
    }
}

#[cfg(test)]
mod tests;
