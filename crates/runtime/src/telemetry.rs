//! Logs: human-readable on a terminal, JSON otherwise.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::LogFormat;

/// The filter if `RUST_LOG` is empty: our own steps, and warnings of other crates. The SDK warns
/// about each failed poll, which is noise while a server is down, so only its errors are logged.
const DEFAULT_FILTER: &str = "info,temporalio_sdk_core=error,temporalio_client=error,\
                              temporalio_sdk=warn,sqlx=warn";

/// Targets that are never logged, even if `RUST_LOG` enables them: these crates log requests to
/// models and their replies, and no prompt or reply may be logged.
const NEVER_LOGGED: [&str; 2] = ["async_openai=off", "genai=off"];

/// Starts logging to stderr. Call it once, first in `main`.
///
/// # Errors
/// If `filter` can't be parsed, or logging was started before.
pub fn start(filter: Option<&str>, format: LogFormat) -> Result<(), Box<dyn std::error::Error>> {
    let mut filter = EnvFilter::try_new(filter.unwrap_or(DEFAULT_FILTER))?;
    for directive in NEVER_LOGGED {
        filter = filter.add_directive(directive.parse()?);
    }
    let base = tracing_subscriber::registry().with(filter);
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    if human {
        let layer = fmt::layer().with_writer(std::io::stderr).with_target(false).compact();
        base.with(layer).try_init()?;
    } else {
        let layer = fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
        base.with(layer).try_init()?;
    }
    Ok(())
}
