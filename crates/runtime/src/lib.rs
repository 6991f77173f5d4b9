//! What every process does before its own work and at its end: reads the settings, starts logs and
//! metrics, answers health probes, connects to Temporal, shuts down in order.
//!
//! It knows nothing about carousels: health checks and the storage of events are passed in as
//! closures, search attributes as names. It has no global state except the log
//! subscriber.

pub mod codec;
pub mod describe;
pub mod env;
pub mod failpoint_hooks;
pub mod http;
pub mod metrics;
pub mod process_reports;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod temporal;
pub mod tls;

/// What `--version`, metrics, traces and the workers' build id show. The build of an image sets it;
/// other builds have the version of `Cargo.toml`.
pub const VERSION: &str = match option_env!("VIBECODER_VERSION") {
    Some(version) if !version.is_empty() => version,
    _ => env!("CARGO_PKG_VERSION"),
};

/// Exit codes that our programs share.
pub mod exit {
    /// Failed; the reason is on stderr.
    pub const FAILED: u8 = 1;
    /// The command line is wrong (clap uses the same code).
    pub const USAGE: u8 = 2;
    /// The settings are wrong (`EX_USAGE` of `sysexits.h`, which many servers use).
    pub const CONFIGURATION: u8 = 64;
}
