//! [`Command`]: what an update asks for, as it is stored; and [`Dialogue`]: what a chat is waiting
//! for.

use serde::{Deserialize, Serialize};

use super::{access::AccessCommand, outreach::Outreach, timetable::Ask};

/// What an update asks for. Stored before it is carried out, so a name is never given another
/// meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Say hello.
    Greet,
    /// Say what there is.
    Help,
    /// Say that there is no such command.
    Unknown {
        /// What was typed.
        command: String,
    },
    /// Say their number.
    MyId,
    /// Say that this can't be done, and why.
    Refuse {
        /// Why.
        why: Why,
    },
    /// Make a carousel.
    Make {
        /// Of what.
        source: Source,
    },
    /// Say a thought of the day.
    Wisdom,
    /// Answer a question.
    Ask {
        /// The question.
        question: String,
    },
    /// Show the settings, or the choices for one of them.
    Settings {
        /// Which one; all where none is named.
        setting: Option<String>,
    },
    /// Set one.
    Set {
        /// Its name.
        setting: String,
        /// A value's name.
        value: String,
    },
    /// Ask for a part of the brand.
    AskBrand {
        /// Which.
        field: BrandField,
    },
    /// Set it.
    SetBrand {
        /// Which.
        field: BrandField,
        /// What was sent; `-` takes it away.
        value: String,
    },
    /// Set the avatar.
    SetAvatar {
        /// Telegram's name for the picture.
        file: String,
        /// Its size in bytes, as Telegram says; 0 where it does not.
        #[serde(default)]
        bytes: u32,
    },
    /// Show carousels.
    History {
        /// From 1.
        page: u32,
    },
    /// Say what is being made.
    Status,
    /// Stop one, or all.
    Cancel {
        /// Which; all where none is named.
        carousel: Option<String>,
    },
    /// Send once more what may not have arrived.
    SendAgain {
        /// Which.
        carousel: String,
        /// Which revision of it.
        revision: u32,
        /// The generation that it makes.
        generation: u32,
    },
    /// Make another of the same topic.
    Again {
        /// Which.
        carousel: String,
        /// Whether our own notes write it.
        offline: bool,
    },
    /// Send the originals.
    Files {
        /// Which.
        carousel: String,
    },
    /// Show the caption, to be copied.
    Caption {
        /// Which.
        carousel: String,
    },
    /// Nothing.
    Nothing,
    /// Ask which slide is to be changed.
    EditMenu {
        /// Of which carousel.
        carousel: String,
    },
    /// Ask for a slide's words, or for what is to be different.
    AskSlide {
        /// Of which carousel.
        carousel: String,
        /// Counted from 1.
        slide: u32,
        /// Which of the two.
        by: EditBy,
    },
    /// Change a slide.
    EditSlide {
        /// Of which carousel.
        carousel: String,
        /// Counted from 1.
        slide: u32,
        /// What the text is.
        by: EditBy,
        /// What was sent.
        text: String,
    },
    /// Ask for another look.
    LookMenu {
        /// Of which carousel.
        carousel: String,
    },
    /// Draw it in another look.
    Restyle {
        /// Which.
        carousel: String,
        /// A theme's name.
        theme: String,
    },
    /// Write it anew.
    Rewrite {
        /// Which.
        carousel: String,
    },
    /// Send the album of a revision.
    SendAlbum {
        /// Which.
        carousel: String,
        /// Counted from 1.
        revision: u32,
    },
    /// Draw a draft that was looked at.
    Draw {
        /// Which.
        carousel: String,
    },
    /// Wait for nothing any more.
    Drop,
    /// See to what comes by itself.
    Schedule {
        /// What is asked of it.
        what: Ask,
    },
    /// See to a broadcast.
    Broadcast {
        /// What is asked of it.
        what: Outreach,
    },
    /// Say how it goes.
    Stats,
    /// See to somebody's access.
    Access {
        /// What is asked.
        what: AccessCommand,
    },
    /// Say what is stored about them.
    Privacy,
    /// Send it to them.
    Export,
    /// Delete it: asked about, or confirmed by the button under the question.
    Forget {
        /// What the button says, where it was pressed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed: Option<Confirmed>,
    },
}

/// Who may see the answer to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody in the chat.
    Anyone,
    /// The person alone: in a group they are sent to the private chat.
    Person,
    /// The administrator alone: in a group it is carried out, and answered in the private chat.
    Administrator,
}

impl Command {
    /// Who may see its answer. A new command has to decide.
    pub fn audience(&self) -> Audience {
        match self {
            // What is asked for in front of others, or speaks of a carousel that is made there. Whose
            // carousel it is, is looked at where it is carried out.
            Self::Greet
            | Self::Help
            | Self::Unknown { .. }
            | Self::MyId
            | Self::Refuse { .. }
            | Self::Make { .. }
            | Self::Wisdom
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
            | Self::LookMenu { .. }
            | Self::Restyle { .. }
            | Self::Rewrite { .. }
            | Self::SendAlbum { .. }
            | Self::Draw { .. }
            | Self::Drop => Audience::Anyone,
            Self::Settings { .. }
            | Self::Set { .. }
            | Self::AskBrand { .. }
            | Self::SetBrand { .. }
            | Self::SetAvatar { .. }
            | Self::History { .. }
            | Self::Status
            | Self::Privacy
            | Self::Export
            | Self::Forget { .. } => Audience::Person,
            Self::Schedule { what } => what.audience(),
            Self::Broadcast { .. } | Self::Stats | Self::Access { .. } => Audience::Administrator,
        }
    }
}

/// A press that confirms a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The account that the question was put to.
    pub account: i64,
    /// Until when it counts, in seconds since the Unix epoch.
    pub until: i64,
}

/// What a text is that changes a slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditBy {
    /// Its new words.
    Words,
    /// What is to be different.
    Wish,
}

/// What a carousel is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Source {
    /// A topic, or a longer text.
    Words {
        /// The words.
        text: String,
    },
    /// A page.
    Link {
        /// Its address.
        url: String,
    },
    /// A recording.
    Voice {
        /// Telegram's name for it.
        file: String,
        /// The ending that tells its format.
        ending: String,
        /// Its size in bytes, as Telegram says; 0 where it does not.
        #[serde(default)]
        bytes: u32,
    },
    /// A text file.
    Document {
        /// Telegram's name for it.
        file: String,
        /// Its size in bytes, as Telegram says; 0 where it does not.
        #[serde(default)]
        bytes: u32,
    },
}

/// A part of the brand that is sent as words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrandField {
    /// Where the author is found.
    Handle,
    /// What the author is called.
    Name,
    /// Their colour.
    Accent,
    /// Their picture.
    Avatar,
}

/// Why something can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The bot is not for them.
    NotAllowed,
    /// An administrator has locked them.
    Locked,
    /// The answer would be for their eyes only, and others are there.
    OnlyPrivate,
    /// Only owners may do that.
    OnlyOwners,
    /// There is nothing in it that could become a carousel.
    NothingToRead,
    /// A topic is missing.
    NoTopic,
    /// A question is missing.
    NoQuestion,
    /// A file of a kind that is not read.
    File,
    /// A file that is too large.
    FileTooLarge,
    /// A button that no message of ours carries any more.
    StaleButton,
}

/// What a chat is waiting for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "waits_for", rename_all = "snake_case")]
pub enum Dialogue {
    /// Anything.
    #[default]
    Nothing,
    /// A part of the brand.
    Brand {
        /// Which.
        field: BrandField,
    },
    /// A slide's words, or what is to be different about it.
    Slide {
        /// Of which carousel.
        carousel: String,
        /// Counted from 1.
        slide: u32,
        /// Which of the two.
        by: EditBy,
    },
    /// What carousels that come by themselves are about.
    ScheduleTopic {
        /// A [`domain::Cadence`].
        cadence: String,
    },
}

impl BrandField {
    /// Reads a name; `None` for what is none.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "handle" => Self::Handle,
            "name" => Self::Name,
            "accent" => Self::Accent,
            "avatar" => Self::Avatar,
            _ => return None,
        })
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::Name => "name",
            Self::Accent => "accent",
            Self::Avatar => "avatar",
        }
    }
}
