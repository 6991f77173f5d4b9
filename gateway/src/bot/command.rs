//! Owns [`Command`], what an update asks for, as it is stored; and [`DialogueState`], what a chat is
//! waiting for.

use serde::{Deserialize, Serialize};

use super::{
    access_command::AccessCommand, broadcast_command::BroadcastCommand,
    schedule_command::ScheduleCommand,
};

/// What an update asks for. Stored before it is carried out, so never reuse a variant name for
/// another meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    Greet,
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
    },
    /// Send a daily tip now.
    #[serde(rename = "wisdom")]
    DailyTip,
    Ask {
        question: String,
    },
    /// Show the settings, or the choices for one of them.
    Settings {
        /// `None` shows all.
        setting: Option<String>,
    },
    Set {
        setting: String,
        /// The name of a value.
        value: String,
    },
    /// Ask the user for a part of the brand.
    AskBrand {
        field: BrandField,
    },
    SetBrand {
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
    History {
        /// Counted from 1.
        page: u32,
    },
    /// List unfinished carousels.
    Status,
    /// Cancel one carousel, or all.
    Cancel {
        /// `None` means all.
        carousel: Option<String>,
    },
    /// Send a delivery with an unknown outcome again.
    SendAgain {
        carousel: String,
        revision: u32,
        /// The generation that this makes.
        generation: u32,
    },
    /// Make another carousel from the same brief.
    Again {
        carousel: String,
        /// Whether the offline provider writes it.
        offline: bool,
    },
    /// Send the original images.
    Files {
        carousel: String,
    },
    /// Show the caption as text to copy.
    Caption {
        carousel: String,
    },
    /// Do nothing.
    Nothing,
    /// Ask which slide to edit.
    EditMenu {
        carousel: String,
    },
    /// Ask for a slide's new text, or for an instruction.
    AskSlide {
        carousel: String,
        /// Counted from 1.
        slide: u32,
        by: EditBy,
    },
    EditSlide {
        carousel: String,
        /// Counted from 1.
        slide: u32,
        by: EditBy,
        /// The new text, or the instruction.
        text: String,
    },
    /// Show the choice of themes.
    #[serde(rename = "look_menu")]
    ThemeMenu {
        carousel: String,
    },
    /// Render the carousel in another theme.
    Restyle {
        carousel: String,
        theme: String,
    },
    /// Write all slides again.
    Rewrite {
        carousel: String,
    },
    /// Send the album of a revision.
    SendAlbum {
        carousel: String,
        /// Counted from 1.
        revision: u32,
    },
    /// Render a reviewed draft.
    Draw {
        carousel: String,
    },
    /// Close the open dialogue.
    Drop,
    /// Manage schedules.
    Schedule {
        what: ScheduleCommand,
    },
    /// Manage a broadcast.
    Broadcast {
        what: BroadcastCommand,
    },
    /// Show statistics.
    Stats,
    /// Manage access.
    Access {
        what: AccessCommand,
    },
    /// Show what is stored about the user.
    Privacy,
    /// Export the user's data.
    Export,
    /// Delete the user's data: asks first; the button under the question confirms.
    Forget {
        /// The content of the confirming button, if it was pressed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed: Option<DeletionConfirmation>,
    },
}

/// Who may see the reply to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyAudience {
    /// Everyone in the chat.
    Anyone,
    /// Only the user: in a group the bot refers them to the private chat.
    Person,
    /// Only the administrator: a command in a group is carried out, and the reply goes to the
    /// private chat.
    Administrator,
}

impl Command {
    /// The match is exhaustive, so a new command must choose its audience.
    pub fn audience(&self) -> ReplyAudience {
        match self {
            // Requests made in front of others, and requests about a carousel that is made there.
            // The handler checks who owns the carousel.
            Self::Greet
            | Self::Help
            | Self::Unknown { .. }
            | Self::MyId
            | Self::Refuse { .. }
            | Self::Make { .. }
            | Self::DailyTip
            | Self::Ask { .. }
            | Self::Cancel { .. }
            | Self::SendAgain { .. }
            | Self::Again { .. }
            | Self::Files { .. }
            | Self::Caption { .. }
            | Self::Nothing
            | Self::EditMenu { .. }
            | Self::AskSlide { .. }
            | Self::EditSlide { .. }
            | Self::ThemeMenu { .. }
            | Self::Restyle { .. }
            | Self::Rewrite { .. }
            | Self::SendAlbum { .. }
            | Self::Draw { .. }
            | Self::Drop => ReplyAudience::Anyone,
            Self::Settings { .. }
            | Self::Set { .. }
            | Self::AskBrand { .. }
            | Self::SetBrand { .. }
            | Self::SetAvatar { .. }
            | Self::History { .. }
            | Self::Status
            | Self::Privacy
            | Self::Export
            | Self::Forget { .. } => ReplyAudience::Person,
            Self::Schedule { what } => what.audience(),
            Self::Broadcast { .. } | Self::Stats | Self::Access { .. } => {
                ReplyAudience::Administrator
            }
        }
    }
}

/// A press that confirms a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionConfirmation {
    /// The account that was asked.
    pub account: i64,
    /// Valid until, in seconds since the Unix epoch.
    pub until: i64,
}

/// How a text edits a slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditBy {
    /// The text is the slide's new text.
    #[serde(rename = "words")]
    Text,
    /// The text is an instruction to the model.
    #[serde(rename = "wish")]
    Instruction,
}

/// What a carousel is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum RequestedSource {
    /// A topic, or a longer text.
    Words { text: String },
    /// A web page.
    Link { url: String },
    /// A recording.
    Voice {
        /// Telegram's file id.
        file: String,
        /// File name extension, which determines the audio format.
        ending: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        #[serde(default)]
        bytes: u32,
    },
    /// A text file.
    Document {
        /// Telegram's file id.
        file: String,
        /// Size in bytes, as Telegram states; 0 if unknown.
        #[serde(default)]
        bytes: u32,
    },
}

/// A part of the brand that the user sends as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrandField {
    /// The author's account name, `@name`.
    Handle,
    /// The author's display name.
    Name,
    /// The accent colour.
    Accent,
    /// The author's picture.
    Avatar,
}

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
    /// The message has no content that the bot can read.
    NothingToRead,
    NoTopic,
    NoQuestion,
    /// A file of an unsupported type.
    File,
    FileTooLarge,
    /// A button of a kind that no longer exists.
    StaleButton,
}

/// What a chat is waiting for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "waits_for", rename_all = "snake_case")]
pub enum DialogueState {
    /// No dialogue is open.
    #[default]
    Nothing,
    /// A part of the brand.
    Brand { field: BrandField },
    /// A slide's new text, or an instruction.
    Slide {
        carousel: String,
        /// Counted from 1.
        slide: u32,
        by: EditBy,
    },
    /// The topic of a scheduled carousel.
    ScheduleTopic {
        /// A [`domain::SubscriptionSchedule`] as text.
        cadence: String,
    },
}

impl BrandField {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "handle" => Self::Handle,
            "name" => Self::Name,
            "accent" => Self::Accent,
            "avatar" => Self::Avatar,
            _ => return None,
        })
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::Name => "name",
            Self::Accent => "accent",
            Self::Avatar => "avatar",
        }
    }
}
