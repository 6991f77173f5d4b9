//! The nouns everybody in this house speaks with: ids, briefs, slides, drafts, stages, limits.
//!
//! Owns what a valid carousel *is*. Does no I/O, reads no clock, knows neither Temporal nor
//! Telegram nor a database. Values are parsed once, at the border; a value of a type from this
//! crate never needs to be checked again. What travels through workflow histories and tables is
//! the plain [`record`] form, which stays readable when a limit is tightened later.

mod alt;
mod brief;
mod draft;
mod format;
mod id;
mod language;
pub mod limits;
mod link;
pub mod record;
mod slide;
mod stage;
mod text;
mod theme;
mod topic;

pub use alt::alt_text;
pub use brief::{Brief, BriefError, SlideCount, SlideCountError};
pub use draft::{Caption, Draft, DraftError, Hashtag, Hashtags};
pub use format::{Format, ImageKind, UnknownName};
pub use id::{BlobKey, CarouselId, IdError, Source, UserId};
pub use language::Language;
pub use link::{Link, LinkError};
pub use slide::{CodeBlock, Content, Items, Marker, Side, Slide, SlideError, SlideKind};
pub use stage::{Outcome, Stage};
pub use text::{Text, TextError};
pub use theme::ThemeId;
pub use topic::{LongText, Topic, TopicError};
