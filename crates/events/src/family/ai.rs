//! What was asked of models, and what they gave.

use crate::catalogue::{data, family};

family! {
    /// What was asked of models, and what they gave.
    AiEvent in Ai {
        /// A model is about to be called.
        AiContentRequested = "ai.content.requested",
        /// A model looked at a topic.
        AiAnalysisCompleted = "ai.analysis.completed",
        /// A thought of the day was produced.
        AiWisdomGenerated = "ai.wisdom.generated",
    }
}

data! {
    /// A model is about to be called.
    pub struct AiContentRequested {
        /// What for: `analyse`, `write`, …
        pub purpose: String,
        /// Whose model.
        pub provider: String,
        /// Which model; empty where the provider has none.
        pub model: String,
    }

    /// A model looked at a topic.
    pub struct AiAnalysisCompleted {
        /// What it cost, in the model's tokens; 0 without a model.
        pub tokens: u64,
        /// The call, in milliseconds.
        pub duration_ms: u64,
    }

    /// A thought of the day was produced.
    pub struct AiWisdomGenerated {
        /// What it is about.
        pub category: String,
        /// Where it comes from.
        pub source: String,
    }
}
