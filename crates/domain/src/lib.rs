//! The domain types that all crates share: ids, briefs, slides, drafts, stages, limits.
//!
//! Owns what a valid carousel is, and the state machine of its [delivery]. Does no I/O, reads no
//! clock, and knows neither Temporal nor a database, and of Telegram only its ids. Values are
//! parsed once, at the border; a value of a type from this crate never needs to be checked again.
//! Workflow histories and tables hold the plain [`record`] form, which stays readable when a limit
//! is tightened later.

pub mod access;
mod alt_text;
mod api_token;
mod brand;
mod brief;
mod broadcast_state;
mod content_language;
pub mod delivery;
mod draft;
pub mod failure;
mod format;
mod id;
mod language;
pub mod limits;
mod link;
mod offer;
mod provider_name;
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
mod webhook;

pub use alt_text::{alt_text, without_emphasis};
pub use api_token::{ApiScope, ApiTokenId};
pub use brand::{Accent, Brand, BrandError, BrandName, Handle};
pub use brief::{Brief, BriefError, OfflineMaterial, SlideCount, SlideCountError};
pub use broadcast_state::BroadcastState;
pub use content_language::{ContentLanguage, Script};
pub use draft::{Caption, Draft, DraftError, Hashtag, Hashtags, SlideNumber, read_post_text};
pub use format::{Format, ImageKind, UnknownName};
pub use id::{
    AttemptId, BlobKey, BroadcastId, CarouselId, IdError, NoticeId, NoticeKind, RequestSource,
    SubscriptionId, UserId,
};
pub use language::{Language, is_cyrillic};
pub use link::{Link, LinkError};
pub use offer::Offer;
pub use provider_name::ProviderName;
pub use settings::{BrandField, SettingMenu, UserSettings};
pub use slide::{
    CodeBlock, CoverKind, Items, Marker, Polarity, Side, Slide, SlideContent, SlideError,
    SlideKind, VersusRow, VersusRows,
};
pub use stage::{CarouselStage, Outcome};
pub use subscription::{
    ClockTime, DailyTipTime, MonthDay, PauseReason, ScheduleDays, SubscriptionSchedule,
    SubscriptionScheduleError, TimeZone, Weekday, Weekdays,
};
pub use telegram_ids::{AccountId, BotId, ChatId, ChatMigration, MessageId, UpdateId};
pub use text::{SlideText, TextError};
pub use theme::ThemeId;
pub use topic::{LongText, Question, QuestionError, Topic, TopicError};
pub use webhook::{WebhookId, WebhookSecret};
