//! Events about a carousel's progress and end.

use domain::Outcome;

use crate::catalogue::{data, family};

family! {
    CarouselEvent in Carousel {
        CarouselGenerateRequested = "carousel.generate.requested",
        CarouselContentAnalyzed = "carousel.content.analyzed",
        CarouselSlidesGenerated = "carousel.slides.generated",
        CarouselImagesRendered = "carousel.images.rendered",
        CarouselCompleted = "carousel.completed",
    }
}

data! {
    /// A carousel was accepted.
    pub struct CarouselGenerateRequested {
        /// The topic.
        pub topic: String,
        /// The requested number of slides.
        pub slides: u8,
        /// The theme's name.
        pub style: String,
        /// The format's name, such as `4x5`.
        pub format: String,
        /// The language's name, such as `ru`.
        pub language: String,
        /// The source of the request: `tg`, `again`, `api`, `event`, `sched` or `cli`.
        pub source: String,
    }

    /// The topic of a carousel was analysed.
    pub struct CarouselContentAnalyzed {
        /// A working title.
        pub title: String,
        /// Rules from the analysis.
        pub principles: Vec<String>,
        /// Quotes, only from our notes or the user's own text.
        pub quotes: Vec<String>,
        /// Terms that need a meaning.
        pub concepts: Vec<String>,
        /// Search terms.
        pub keywords: Vec<String>,
        /// Tokens used, input and output; 0 without a model.
        pub tokens: u64,
        /// Cost of the same tokens, in millionths of a US dollar; missing in events of older
        /// versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cost_micros: Option<u64>,
    }

    /// The draft of a carousel was written.
    pub struct CarouselSlidesGenerated {
        /// The number of slides.
        pub slide_count: u32,
        /// The revision, from 1.
        pub revision: u32,
        /// Tokens used, input and output; 0 without a model.
        pub tokens: u64,
        /// The provider that wrote it.
        pub provider: String,
        /// Cost of the same tokens, in millionths of a US dollar; missing in events of older
        /// versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cost_micros: Option<u64>,
    }

    /// All slides of a carousel were drawn.
    pub struct CarouselImagesRendered {
        /// The number of pictures.
        pub count: u32,
        /// The total size of the pictures, in bytes.
        pub bytes: u64,
        /// Wall time of drawing and encoding, in milliseconds.
        pub duration_ms: u64,
        /// The format's name, such as `4x5`.
        pub format: String,
    }

    /// A carousel ended.
    pub struct CarouselCompleted {
        /// The outcome.
        #[schemars(with = "OutcomeName")]
        pub outcome: Outcome,
        /// The reason, as text; empty if it was delivered.
        pub reason: String,
        /// From acceptance to end, in milliseconds.
        pub duration_ms: u64,
        /// Tokens used after the last draft, input and output; missing in events of older versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tokens: Option<u64>,
        /// Cost of the same tokens, in millionths of a US dollar; missing in events of older
        /// versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cost_micros: Option<u64>,
    }
}

/// The names of [`Outcome`], only for the schema: `domain` does not depend on schemars.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Outcome", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum OutcomeName {
    Delivered,
    Failed,
    Cancelled,
    Unknown,
}
