//! [`Counter`], [`Gauge`] and [`Histogram`]: metrics with `N` labels each.

use std::time::Duration;

use prometheus::{
    CounterVec, GaugeVec, HistogramOpts, HistogramVec, Opts, Registry, core::Collector as _,
};

/// What the docs say about a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricInfo {
    pub name: &'static str,
    pub kind: MetricType,
    pub labels: &'static [&'static str],
    pub help: &'static str,
    /// What an operator should do when it looks odd.
    pub odd: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricType {
    Counter,
    Gauge,
    Histogram,
}

/// A sum that only grows, also by fractions.
#[derive(Debug, Clone)]
pub struct Counter<const N: usize>(CounterVec);

/// A value that rises and falls.
#[derive(Debug, Clone)]
pub struct Gauge<const N: usize>(GaugeVec);

/// A gauge with its labels' values chosen.
#[derive(Debug, Clone)]
pub struct GaugeValue(prometheus::Gauge);

/// A distribution. Durations are in seconds.
#[derive(Debug, Clone)]
pub struct Histogram<const N: usize>(HistogramVec);

impl MetricType {
    /// The word of Prometheus' text format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl<const N: usize> Counter<N> {
    pub(crate) const TYPE: MetricType = MetricType::Counter;

    pub(crate) fn register(
        registry: &Registry,
        info: &MetricInfo,
        _: &[f64],
    ) -> Result<Self, prometheus::Error> {
        let vec = CounterVec::new(Opts::new(info.name, info.help), info.labels)?;
        registry.register(Box::new(vec.clone()))?;
        Ok(Self(vec))
    }

    pub fn inc(&self, labels: [&str; N]) {
        self.0.with_label_values(&labels).inc();
    }

    /// Adds `amount`, which is not negative.
    pub fn add(&self, amount: f64, labels: [&str; N]) {
        self.0.with_label_values(&labels).inc_by(amount);
    }

    /// Advances to a total that is counted elsewhere. A smaller total changes nothing.
    pub fn advance_to(&self, total: f64, labels: [&str; N]) {
        let counter = self.0.with_label_values(&labels);
        counter.inc_by((total - counter.get()).max(0.0));
    }

    /// The sum over all labels, without the fraction.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count is not negative and far below 2^53"
    )]
    pub fn total(&self) -> u64 {
        let families = self.0.collect();
        let values = families.iter().flat_map(|family| family.get_metric());
        values.map(|metric| metric.get_counter().get_value()).sum::<f64>() as u64
    }

    /// Shows 0 until something is counted, so that the first count is seen as an increase.
    pub fn start(&self, labels: [&str; N]) {
        self.add(0.0, labels);
    }
}

/// A count as the value of a metric.
#[expect(clippy::cast_precision_loss, reason = "no count of ours reaches 2^52")]
pub fn count(n: u64) -> f64 {
    n as f64
}

impl<const N: usize> Gauge<N> {
    pub(crate) const TYPE: MetricType = MetricType::Gauge;

    pub(crate) fn register(
        registry: &Registry,
        info: &MetricInfo,
        _: &[f64],
    ) -> Result<Self, prometheus::Error> {
        let vec = GaugeVec::new(Opts::new(info.name, info.help), info.labels)?;
        registry.register(Box::new(vec.clone()))?;
        Ok(Self(vec))
    }

    pub fn set(&self, value: f64, labels: [&str; N]) {
        self.0.with_label_values(&labels).set(value);
    }

    pub fn of(&self, labels: [&str; N]) -> GaugeValue {
        GaugeValue(self.0.with_label_values(&labels))
    }

    /// Removes all values: none is known any more.
    pub fn clear(&self) {
        self.0.reset();
    }
}

impl GaugeValue {
    pub fn set(&self, value: f64) {
        self.0.set(value);
    }

    pub fn get(&self) -> f64 {
        self.0.get()
    }
}

impl<const N: usize> Histogram<N> {
    pub(crate) const TYPE: MetricType = MetricType::Histogram;

    pub(crate) fn register(
        registry: &Registry,
        info: &MetricInfo,
        buckets: &[f64],
    ) -> Result<Self, prometheus::Error> {
        let options = HistogramOpts::new(info.name, info.help).buckets(buckets.to_vec());
        let vec = HistogramVec::new(options, info.labels)?;
        registry.register(Box::new(vec.clone()))?;
        Ok(Self(vec))
    }

    pub fn observe(&self, took: Duration, labels: [&str; N]) {
        self.0.with_label_values(&labels).observe(took.as_secs_f64());
    }

    /// Shows 0 until something is measured, so that the first measurement is seen as an increase.
    pub fn start(&self, labels: [&str; N]) {
        let _ = self.0.with_label_values(&labels);
    }
}
