//! Events about measurements.

use std::collections::BTreeMap;

use crate::catalogue::{data, family};

family! {
    AnalyticsEvent in Analytics {
        MetricsCollected = "metrics.collected",
        HealthChecked = "health.checked",
        AlertTriggered = "alert.triggered",
        UserInteractionTracked = "user.interaction.tracked",
    }
}

data! {
    /// A snapshot of the counters was taken.
    pub struct MetricsCollected {
        /// The counters by name; the name includes the unit.
        pub counters: BTreeMap<String, u64>,
    }

    /// A component's health was checked.
    pub struct HealthChecked {
        /// The component's name.
        pub component: String,
        /// `ok`, or what is wrong.
        pub status: String,
        /// Duration of the check, in milliseconds.
        pub latency_ms: u64,
    }

    /// A probe or an alert rule changed to a bad state.
    pub struct AlertTriggered {
        /// The component's name.
        pub component: String,
        /// `warning`, `critical`, …
        pub severity: String,
        /// The reason, as text.
        pub reason: String,
    }

    /// A button was pressed.
    pub struct UserInteractionTracked {
        /// The action of the button.
        pub action: String,
    }
}
