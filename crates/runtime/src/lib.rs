//! What every process of this house does before its own work begins, and when it ends: read the
//! settings, start logs and metrics, answer health probes, connect to Temporal, shut down in order.
//!
//! Depends on none of our crates and knows nothing of carousels: health checks come in as closures,
//! search attributes as names. Absent on purpose: any global but the log subscriber.

pub mod codec;
pub mod describe;
pub mod env;
pub mod faults;
pub mod http;
pub mod metrics;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod temporal;
pub mod tls;

/// Exit codes that our programs share.
pub mod exit {
    /// It failed; the reason is on stderr.
    pub const FAILED: u8 = 1;
    /// The command line is wrong (what clap exits with as well).
    pub const USAGE: u8 = 2;
    /// The settings are wrong (`EX_USAGE` of `sysexits.h`, as many servers have it).
    pub const CONFIGURATION: u8 = 64;
}
