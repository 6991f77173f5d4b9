//! The domain types that all crates share: ids, briefs, slides, drafts, stages, limits.
//!
//! Owns what a valid carousel is, and the state machine of its [delivery]. Does no I/O, reads no
//! clock, and knows neither Temporal nor a database, and of Telegram only its ids. Values are
//! parsed once, at the border; a value of a type from this crate never needs to be checked again.
//! Workflow histories and tables hold the plain [`record`] form, which stays readable when a limit
//! is tightened later.

pub mod access;
mod alt_text;
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
pub mod record;
pub mod retention;
mod settings;
mod slide;
pub mod slide_lines;
mod stage;
mod subscription;
mod telegram_ids;
mod text;
mod theme;
mod topic;

pub use alt_text::alt_text;
pub use brand::{Accent, Brand, BrandError, BrandName, Handle};
pub use brief::{Brief, BriefError, SlideCount, SlideCountError};
pub use draft::{Caption, Draft, DraftError, Hashtag, Hashtags, SlideNumber};
pub use format::{Format, ImageKind, UnknownName};
pub use id::{
    AttemptId, BlobKey, BroadcastId, CarouselId, IdError, NoticeId, RequestSource, SubscriptionId,
    UserId,
};
pub use language::Language;
pub use link::{Link, LinkError};
pub use settings::{BrandField, SettingMenu, UserSettings};
pub use slide::{CodeBlock, Items, Marker, Side, Slide, SlideContent, SlideError, SlideKind};
pub use stage::{CarouselStage, Outcome};
pub use subscription::{
    ClockTime, DailyTipTime, PauseReason, ScheduleDays, SubscriptionSchedule,
    SubscriptionScheduleError, TimeZone, Weekday,
};
pub use telegram_ids::{AccountId, BotId, ChatId, MessageId, UpdateId};
pub use text::{SlideText, TextError};
pub use theme::ThemeId;
pub use topic::{LongText, Question, QuestionError, Topic, TopicError};
