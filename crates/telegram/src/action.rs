//! Owns [`Action`], what a chat asks the bot to do: the one form of a button's callback data, a
//! typed command and an answer in a dialogue. It is stored before it is carried out.

pub mod as_text;
mod audience;
mod brief_change;
mod callback_data;
mod dialogue;
mod settings;
mod subject;

use domain::{
    AccountId, BrandField, CarouselId, ScheduleDays, SettingMenu, SlideNumber, SubscriptionId,
    SubscriptionSchedule, ThemeId, UpdateId, named,
};
use serde::{Deserialize, Serialize};

pub use audience::ReplyAudience;
pub use brief_change::BriefChange;
pub use dialogue::DialogueState;
pub use settings::SettingChange;

/// What a chat asks the bot to do. Stored before it is carried out, so never reuse a variant name
/// for another meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    Greet {
        /// The topic of a deep link, which is made after the greeting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
    },
    /// Make a carousel about a suggested topic.
    Starter {
        topic: StarterTopic,
    },
    /// Answer a message that is no topic.
    SmallTalk {
        about: SmallTalk,
    },
    Help,
    /// Reply that there is no such command.
    Unknown {
        command: String,
    },
    /// Show the user's account number.
    MyId,
    Refuse {
        why: RefusalReason,
    },
    Make {
        source: RequestedSource,
        /// What the person wrote about the source: a title, or choices, such as "a carousel of this,
        /// dark".
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
    },
    /// Ask whether to start over after the text of a request was edited.
    OfferStartOver {
        text: String,
    },
    /// Make a carousel of an edited request instead of the first one.
    StartOver {
        /// The update with the edited text.
        update: UpdateId,
    },
    #[serde(rename = "wisdom")]
    DailyTip,
    Ask {
        question: String,
    },
    /// Show the settings, or the choices for one of them.
    Settings {
        /// `None` shows all.
        #[serde(with = "as_text::optional")]
        setting: Option<SettingMenu>,
    },
    Set(SettingChange),
    AskBrand {
        #[serde(with = "as_text")]
        field: BrandField,
    },
    SetBrand {
        #[serde(with = "as_text")]
        field: BrandField,
        /// The text of the user; `-` removes the part.
        value: String,
    },
    SetAvatar {
        /// Telegram's file id.
        file: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        #[serde(default)]
        bytes: u32,
    },
    /// Show a page of the history.
    History {
        /// Counted from 1.
        page: u32,
    },
    /// List unfinished carousels.
    Status,
    Cancel {
        /// `None` means all.
        #[serde(with = "as_text::optional")]
        carousel: Option<CarouselId>,
    },
    /// Send a delivery with an unknown outcome again.
    SendAgain {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        /// Counted from 1.
        revision: u32,
        /// The generation that this makes.
        generation: u32,
    },
    /// Make another carousel from the same brief.
    Again {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        /// Whether the offline provider writes it.
        offline: bool,
    },
    /// Show the choices of a carousel's request, to change one.
    Options {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Make another carousel from the same brief with another choice, instead of this one.
    Remake {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        #[serde(with = "as_text")]
        change: BriefChange,
    },
    /// Make a carousel of questions to ask about the topic of this one.
    Questions {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Send the original images.
    Files {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    Caption {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    Nothing,
    /// Ask which slide to edit.
    EditMenu {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Ask for a slide's new text, or for an instruction.
    AskSlide {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        slide: SlideNumber,
        by: EditBy,
    },
    EditSlide {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        slide: SlideNumber,
        by: EditBy,
        /// The new text, or the instruction.
        text: String,
    },
    RemoveSlide {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        slide: SlideNumber,
        /// The revision that the number is of.
        revision: u32,
    },
    MoveSlide {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        slide: SlideNumber,
        /// The slide's new number.
        to: SlideNumber,
        /// The revision that the numbers are of.
        revision: u32,
    },
    /// Make an earlier revision the current one.
    Restore {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        /// Counted from 1.
        revision: u32,
    },
    /// Ask for a new caption.
    AskCaption {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    SetCaption {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        /// The caption with its hashtags.
        text: String,
    },
    /// Send the alternative texts of all slides.
    AltTexts {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Say which sections of the source text are on which slide.
    SourceReport {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Rewrite all slides by an instruction.
    EditAll {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        /// The instruction.
        text: String,
    },
    /// Show the choice of themes.
    #[serde(rename = "look_menu")]
    ThemeMenu {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Render the carousel in another theme.
    Restyle {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        #[serde(with = "as_text")]
        theme: ThemeId,
    },
    /// Write all slides again.
    Rewrite {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    SendAlbum {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        /// Counted from 1.
        revision: u32,
    },
    /// Render a reviewed draft.
    Draw {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    /// Close the open dialogue.
    Drop,
    Schedule {
        what: ScheduleAction,
    },
    Broadcast {
        what: BroadcastAction,
    },
    /// Show statistics.
    Stats,
    /// Show what failed lately.
    Errors,
    /// Show what the user has used, and what is left.
    Usage,
    /// Ask the owners to let the user in.
    AskAccess,
    Access {
        what: AccessAction,
    },
    /// Show what is stored about the user.
    Privacy,
    /// Export the user's data.
    Export,
    /// Move what refers to a group that became a supergroup.
    Migrate {
        /// Telegram's chat ids.
        from: i64,
        to: i64,
    },
    /// Follow a change of the bot's own membership in the chat.
    Membership {
        change: MembershipChange,
    },
    /// Delete the user's data: asks first; the button under the question confirms.
    Forget {
        /// The content of the confirming button, if it was pressed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed: Option<DeletionConfirmation>,
    },
}

/// Whether the bot can write to a chat from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipChange {
    /// A person unblocked the bot, or a group added it.
    Joined,
    /// A person blocked the bot, or a group or channel removed it.
    Left,
}

/// A press that confirms a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionConfirmation {
    /// The account that was asked.
    pub account: AccountId,
    /// Valid until, in seconds since the Unix epoch.
    pub until: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditBy {
    /// The text is the slide's new text.
    #[serde(rename = "words")]
    Text,
    #[serde(rename = "wish")]
    Instruction,
    /// The text is a new slide after this one.
    #[serde(rename = "after")]
    NewSlide,
}

/// What a carousel is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum RequestedSource {
    /// A topic, or a longer text.
    Words { text: String },
    /// A web page.
    Link { url: String },
    Voice {
        /// Telegram's file id.
        file: String,
        /// File name extension, which determines the audio format.
        ending: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        #[serde(default)]
        bytes: u32,
    },
    Document {
        /// Telegram's file id.
        file: String,
        /// File name extension; empty in older decisions.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        ending: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        #[serde(default)]
        bytes: u32,
    },
}

/// What a message without a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmallTalk {
    Hello,
    Thanks,
    /// Who the bot is, and what it does.
    About,
    /// Agreement, or goodbye.
    Okay,
}

/// A topic that the greeting suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StarterTopic {
    Names,
    Tests,
    Focus,
}

named!(StarterTopic, "suggested topic", {
    Names => "names",
    Tests => "tests",
    Focus => "focus",
});

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The user is not on the access list.
    NotAllowed,
    /// An administrator has locked the user.
    Locked,
    /// The reply would be private, and the chat is a group.
    OnlyPrivate,
    OnlyOwners,
    /// A member of the group writes as the group or as a channel.
    Anonymous,
    /// A post in a channel.
    Channel,
    /// The message replies to a question that another person was asked.
    ForeignQuestion,
    /// The message has no content that the bot can read.
    NothingToRead,
    NoTopic,
    NoQuestion,
    /// A file of an unsupported type.
    File,
    FileTooLarge,
    /// A button of a kind that no longer exists.
    StaleButton,
    /// The user has no open question.
    NothingToDrop,
}

/// An action on schedules. Stored with its [`Action`], so never reuse a variant name for another
/// meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum ScheduleAction {
    /// List the schedules.
    Show,
    /// Ask how often a new schedule runs.
    New,
    /// Ask for the time of day.
    Hours {
        #[serde(with = "as_text")]
        days: ScheduleDays,
    },
    Topic {
        #[serde(with = "as_text")]
        cadence: SubscriptionSchedule,
    },
    /// Create a schedule.
    Make {
        #[serde(with = "as_text")]
        cadence: SubscriptionSchedule,
        /// `None` takes a topic from the knowledge base at each run.
        topic: Option<String>,
    },
    Pause {
        #[serde(with = "as_text")]
        subscription: SubscriptionId,
    },
    Resume {
        #[serde(with = "as_text")]
        subscription: SubscriptionId,
    },
    Remove {
        #[serde(with = "as_text")]
        subscription: SubscriptionId,
    },
    /// Show the choice of time zones.
    Zones,
    /// Set the time zone.
    Zone {
        /// An IANA name, or the last part of it, as the user writes it.
        name: String,
    },
    /// Reply that the text was not understood.
    Refuse {
        /// The text of the user.
        said: String,
    },
}

/// An action on a broadcast, which is identified by the update that asked for it. Stored with its
/// [`Action`], so never reuse a variant name for another meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum BroadcastAction {
    /// Show a preview and ask for confirmation.
    Preview {
        text: String,
    },
    /// The same with an existing carousel of the administrator.
    Album {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    Send {
        update: UpdateId,
        /// For a carousel, the revision that was previewed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
    },
    Drop {
        update: UpdateId,
    },
    Pause {
        update: UpdateId,
    },
    Resume {
        update: UpdateId,
    },
    /// Cancel the remaining deliveries.
    Stop {
        update: UpdateId,
    },
}

/// An action on a user's access. Stored with its [`Action`], so never reuse a variant name for
/// another meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum AccessAction {
    /// Show how to write these commands.
    Help,
    Ban {
        account: AccountId,
        /// Duration of the lock; `None` means without end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
        /// May be empty.
        #[serde(default)]
        reason: String,
    },
    Unban {
        account: AccountId,
    },
    /// List locked users.
    Banned,
    /// Let in a user who is not on the access list.
    Allow {
        account: AccountId,
    },
    /// Refuse a user's request, or undo `Allow`.
    Disallow {
        account: AccountId,
    },
    /// Set a user's own limit of carousels per day.
    Limit {
        account: AccountId,
        /// `None` removes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carousels: Option<u32>,
    },
    /// Make a user an administrator.
    Grant {
        account: AccountId,
    },
    /// Remove a user's administrator role.
    Revoke {
        account: AccountId,
    },
}

impl AccessAction {
    pub const fn is_for_owners(&self) -> bool {
        match self {
            Self::Grant { .. } | Self::Revoke { .. } => true,
            Self::Help
            | Self::Ban { .. }
            | Self::Unban { .. }
            | Self::Banned
            | Self::Allow { .. }
            | Self::Disallow { .. }
            | Self::Limit { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests;
