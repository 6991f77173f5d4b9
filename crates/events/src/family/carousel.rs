//! What became of a carousel.

use domain::Outcome;

use crate::catalogue::{data, family};

family! {
    /// What became of a carousel.
    CarouselEvent in Carousel {
        /// It was accepted for work.
        CarouselGenerateRequested = "carousel.generate.requested",
        /// Its topic was looked at.
        CarouselContentAnalyzed = "carousel.content.analyzed",
        /// Its draft was written.
        CarouselSlidesGenerated = "carousel.slides.generated",
        /// All its slides were drawn.
        CarouselImagesRendered = "carousel.images.rendered",
        /// It was delivered, failed, was cancelled, or nobody can say.
        CarouselCompleted = "carousel.completed",
    }
}

data! {
    /// A carousel was accepted for work.
    pub struct CarouselGenerateRequested {
        /// What it is about.
        pub topic: String,
        /// How many slides were asked for.
        pub slides: u8,
        /// The theme's name.
        pub style: String,
        /// The format's name, such as `4x5`.
        pub format: String,
        /// The language's name, such as `ru`.
        pub language: String,
        /// Where the request came from: `tg`, `again`, `api`, `event`, `sched` or `cli`.
        pub source: String,
    }

    /// The topic of a carousel was looked at.
    pub struct CarouselContentAnalyzed {
        /// A working title.
        pub title: String,
        /// Rules to hold on to.
        pub principles: Vec<String>,
        /// Quotes, only from our notes or the user's own text.
        pub quotes: Vec<String>,
        /// Terms that need a meaning.
        pub concepts: Vec<String>,
        /// Words to be found by.
        pub keywords: Vec<String>,
        /// What it cost, in the model's tokens; 0 without a model.
        pub tokens: u64,
    }

    /// The draft of a carousel was written.
    pub struct CarouselSlidesGenerated {
        /// How many slides it has.
        pub slide_count: u32,
        /// Which revision it is, from 1.
        pub revision: u32,
        /// What it cost, in the model's tokens; 0 without a model.
        pub tokens: u64,
        /// Who wrote it.
        pub provider: String,
    }

    /// All slides of a carousel were drawn.
    pub struct CarouselImagesRendered {
        /// How many pictures.
        pub count: u32,
        /// Their size, all together.
        pub bytes: u64,
        /// Drawing and encoding, in milliseconds of wall time.
        pub duration_ms: u64,
        /// The format's name, such as `4x5`.
        pub format: String,
    }

    /// A carousel ended.
    pub struct CarouselCompleted {
        /// How.
        #[schemars(with = "OutcomeName")]
        pub outcome: Outcome,
        /// Why, in words; empty where it arrived.
        pub reason: String,
        /// From its acceptance to its end, in milliseconds.
        pub duration_ms: u64,
    }
}

/// The names of [`Outcome`], for the schema alone: `domain` is kept free of schemas.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Outcome", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum OutcomeName {
    Delivered,
    Failed,
    Cancelled,
    Unknown,
}
