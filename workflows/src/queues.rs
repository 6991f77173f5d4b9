//! Task queues, one per pool: each pool scales, deploys and fails on its own.

/// Workflow tasks.
pub const CAROUSEL: &str = "carousel";
/// Model calls.
pub const AI: &str = "ai";
/// Drawing.
pub const RENDER: &str = "render";
/// Database and events.
pub const PERSISTENCE: &str = "persistence";
/// Sending.
pub const DELIVERY: &str = "delivery";
