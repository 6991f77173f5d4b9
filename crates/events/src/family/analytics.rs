//! What was measured.

use std::collections::BTreeMap;

use crate::catalogue::{data, family};

family! {
    /// What was measured.
    AnalyticsEvent in Analytics {
        /// A snapshot was taken.
        MetricsCollected = "metrics.collected",
        /// A component was asked how it is.
        HealthChecked = "health.checked",
        /// A probe or a rule turned bad.
        AlertTriggered = "alert.triggered",
        /// A button was pressed.
        UserInteractionTracked = "user.interaction.tracked",
    }
}

data! {
    /// A snapshot was taken.
    pub struct MetricsCollected {
        /// The counters, by name; units stand in the names.
        pub counters: BTreeMap<String, u64>,
    }

    /// A component was asked how it is.
    pub struct HealthChecked {
        /// Which.
        pub component: String,
        /// What it said: `ok`, or what is wrong.
        pub status: String,
        /// How long the answer took, in milliseconds.
        pub latency_ms: u64,
    }

    /// A probe or a rule turned bad.
    pub struct AlertTriggered {
        /// What is bad.
        pub component: String,
        /// How bad: `warning`, `critical`, …
        pub severity: String,
        /// Why, in words.
        pub reason: String,
    }

    /// A button was pressed.
    pub struct UserInteractionTracked {
        /// Which.
        pub action: String,
    }
}
