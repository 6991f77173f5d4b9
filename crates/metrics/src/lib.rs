//! Every metric of ours: its name, type, labels, meaning, and what to do when it looks odd.
//!
//! [`Metrics`] has one typed field per metric; [`CATALOGUE`] lists the same for the docs. A metric
//! appears on a process's page once it has a value, so a process shows only what it measures.
//!
//! No label holds a user, a chat, a topic or a carousel: each value of a label is a name from our
//! code or our settings.

mod catalogue;
mod docs;
mod series;

pub use catalogue::{CATALOGUE, Metrics};
pub use docs::markdown;
pub use series::{Counter, Gauge, GaugeValue, Histogram, MetricInfo, MetricType, count};
