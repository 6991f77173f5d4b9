//! Logs: for people on a terminal, JSON everywhere else.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::LogFormat;

/// What is logged where `RUST_LOG` says nothing: our own steps, and others' warnings. The SDK
/// warns about each poll that fails; while a server is away that is noise, so errors only.
const DEFAULT_FILTER: &str = "info,temporalio_sdk_core=error,temporalio_client=error,\
                              temporalio_sdk=warn,sqlx=warn,sea_orm_migration=warn";

/// What is never logged, whatever `RUST_LOG` says: these crates log requests to models and their
/// replies, and no prompt and no reply belongs in a log.
const NEVER: [&str; 2] = ["async_openai=off", "genai=off"];

/// Starts logging to stderr. Call it once, first thing in `main`.
///
/// # Errors
/// When `filter` can't be parsed, or logging was started before.
pub fn start(filter: Option<&str>, format: LogFormat) -> Result<(), Box<dyn std::error::Error>> {
    let mut filter = EnvFilter::try_new(filter.unwrap_or(DEFAULT_FILTER))?;
    for directive in NEVER {
        filter = filter.add_directive(directive.parse()?);
    }
    let base = tracing_subscriber::registry().with(filter);
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    if human {
        let layer = fmt::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .compact();
        base.with(layer).try_init()?;
    } else {
        let layer = fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr);
        base.with(layer).try_init()?;
    }
    Ok(())
}
