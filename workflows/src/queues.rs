//! The task queues, one per pool: each pool scales, deploys and fails independently.

/// Workflow tasks.
pub const CAROUSEL: &str = "carousel";
/// Model calls.
pub const AI: &str = "ai";
/// Rendering.
pub const RENDER: &str = "render";
/// Database and events.
pub const PERSISTENCE: &str = "persistence";
/// Deliveries.
pub const DELIVERY: &str = "delivery";
