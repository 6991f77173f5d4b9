//! The domain types that all crates share: ids, briefs, slides, drafts, stages, limits.
//!
//! Owns what a valid carousel is, and the state machine of its [delivery]. Does no I/O, reads no
//! clock, and knows neither Temporal nor a database, and of Telegram only its ids. Values are
//! parsed once, at the border; a value of a type from this crate never needs to be checked again.
//! Workflow histories and tables hold the plain [`record`] form, which stays readable when a limit
//! is tightened later.

pub mod access;
mod alt;
mod brand;
mod brief;
pub mod delivery;
mod draft;
pub mod failure;
mod format;
mod id;
mod language;
pub mod limits;
mod link;
mod number;
pub mod record;
pub mod retention;
pub mod rewording;
mod settings;
mod slide;
mod stage;
mod subscription;
mod text;
mod theme;
mod topic;

pub use alt::alt_text;
pub use brand::{Accent, Brand, BrandError, BrandName, Handle};
pub use brief::{Brief, BriefError, SlideCount, SlideCountError};
pub use draft::{Caption, Draft, DraftError, Hashtag, Hashtags};
pub use format::{Format, ImageKind, UnknownName};
pub use id::{
    Attempt, BlobKey, BroadcastId, CarouselId, IdError, NoticeId, Source, SubscriptionId, UserId,
};
pub use language::Language;
pub use link::{Link, LinkError};
pub use number::{AccountId, BotId, ChatId, MessageId, UpdateId};
pub use settings::Settings;
pub use slide::{CodeBlock, Content, Items, Marker, Side, Slide, SlideError, SlideKind};
pub use stage::{Outcome, Stage};
pub use subscription::{
    Cadence, CadenceError, ClockTime, PauseReason, TimeSlot, TimeZone, Weekday,
};
pub use text::{Text, TextError};
pub use theme::ThemeId;
pub use topic::{LongText, Question, QuestionError, Topic, TopicError};
