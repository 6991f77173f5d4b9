//! The arguments of the tools; their comments are what an assistant reads.

use schemars::JsonSchema;
use serde::Deserialize;

/// Give exactly one of topic, text and link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeCarousel {
    /// The topic, in one line of at most 300 characters.
    pub(super) topic: Option<String>,
    /// A text to condense: plain or Markdown, at most 20,000 characters.
    pub(super) text: Option<String>,
    /// The address of a web page to condense.
    pub(super) link: Option<String>,
    /// The language, such as `en` or `ru`; by default that of the content.
    pub(super) language: Option<String>,
    /// How many slides, 3 to 10; 7 by default.
    pub(super) slides: Option<u8>,
    /// The name of a theme; list_themes has all.
    pub(super) theme: Option<String>,
    /// 4x5, 1x1 or 9x16.
    pub(super) format: Option<String>,
    /// Write without a model.
    #[serde(default)]
    pub(super) offline: bool,
    /// Wait with drawing until draw_carousel: the texts can be changed before.
    #[serde(default)]
    pub(super) review: bool,
    /// A key for this request: another call with the same key and content makes no second carousel.
    pub(super) key: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowCarousel {
    /// The carousel's id.
    pub(super) id: String,
    /// Wait up to so many seconds, at most 20, until it has ended or its draft waits for review.
    #[serde(default)]
    pub(super) wait_seconds: u64,
    /// Wait until its revision is higher than this one.
    #[serde(default)]
    pub(super) after_revision: u32,
    /// Without the pictures of the slides.
    #[serde(default)]
    pub(super) texts_only: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SlideChange {
    /// The carousel's id.
    pub(super) id: String,
    /// The slide, from 1.
    pub(super) slide: u32,
    /// Its new text, in the form that show_carousel gives; one line replaces the heading. Give this or an instruction.
    pub(super) text: Option<String>,
    /// What a model is to change.
    pub(super) instruction: Option<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestyleCarousel {
    /// The carousel's id.
    pub(super) id: String,
    /// The name of a theme; list_themes has all.
    pub(super) theme: String,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RewriteCarousel {
    /// The carousel's id.
    pub(super) id: String,
    /// What a model is to change; without it, all slides are written again.
    pub(super) instruction: Option<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CarouselRef {
    /// The carousel's id.
    pub(super) id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SlideOrder {
    /// The carousel's id.
    pub(super) id: String,
    /// The slides that stay, from 1, in their new order. The cover stays first.
    pub(super) order: Vec<u32>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSlide {
    /// The carousel's id.
    pub(super) id: String,
    /// The slide that it follows, from 1.
    pub(super) after: u32,
    /// A heading, and below it a sentence or a list.
    pub(super) text: String,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCaption {
    /// The carousel's id.
    pub(super) id: String,
    pub(super) caption: String,
    /// With or without `#`.
    pub(super) hashtags: Vec<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EarlierRevision {
    /// The carousel's id.
    pub(super) id: String,
    /// The revision whose slides and caption become the next revision.
    pub(super) to: u32,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevisionRef {
    /// The carousel's id.
    pub(super) id: String,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    pub(super) revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeRef {
    /// The carousel's id.
    pub(super) id: String,
    /// The change's name.
    pub(super) change: String,
}
