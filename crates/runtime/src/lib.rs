//! What every process does before its own work and at its end: reads the settings, starts logs and
//! metrics, answers health probes, connects to Temporal, shuts down in order.
//!
//! It depends on no other crate of the workspace and knows nothing about carousels: health checks
//! are passed in as closures, search attributes as names. It has no global state except the log
//! subscriber.

pub mod codec;
pub mod describe;
pub mod env;
pub mod failpoint_hooks;
pub mod http;
pub mod metrics;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod temporal;
pub mod tls;

/// Exit codes that our programs share.
pub mod exit {
    /// Failed; the reason is on stderr.
    pub const FAILED: u8 = 1;
    /// The command line is wrong (clap uses the same code).
    pub const USAGE: u8 = 2;
    /// The settings are wrong (`EX_USAGE` of `sysexits.h`, which many servers use).
    pub const CONFIGURATION: u8 = 64;
}
