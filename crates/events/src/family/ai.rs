//! Events about model calls and their results.

use crate::catalogue::{data, family};

family! {
    /// Model calls and their results.
    AiEvent in Ai {
        AiContentRequested = "ai.content.requested",
        AiAnalysisCompleted = "ai.analysis.completed",
        AiTipGenerated = "ai.wisdom.generated",
    }
}

data! {
    /// A model is about to be called.
    pub struct AiContentRequested {
        /// The purpose of the call: `analyse`, `write`, …
        pub purpose: String,
        /// The provider's name.
        pub provider: String,
        /// The model's name; empty if the provider has none.
        pub model: String,
    }

    /// A model has analysed a topic.
    pub struct AiAnalysisCompleted {
        /// Tokens used, input and output; 0 without a model.
        pub tokens: u64,
        /// Duration of the call, in milliseconds.
        pub duration_ms: u64,
    }

    /// A daily tip was produced.
    pub struct AiTipGenerated {
        /// The tip's category.
        pub category: String,
        /// The tip's source.
        pub source: String,
    }
}
