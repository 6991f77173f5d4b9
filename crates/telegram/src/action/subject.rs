//! Which carousel an action is about.

use domain::CarouselId;

use super::Action;

impl Action {
    /// The carousel that the action is about, which only its owner may press a button for.
    pub const fn carousel(&self) -> Option<&CarouselId> {
        match self {
            Self::Cancel { carousel } => carousel.as_ref(),
            Self::SendAgain { carousel, .. }
            | Self::Again { carousel, .. }
            | Self::Options { carousel }
            | Self::Remake { carousel, .. }
            | Self::Questions { carousel }
            | Self::Files { carousel }
            | Self::Caption { carousel }
            | Self::EditMenu { carousel }
            | Self::AskSlide { carousel, .. }
            | Self::EditSlide { carousel, .. }
            | Self::RemoveSlide { carousel, .. }
            | Self::MoveSlide { carousel, .. }
            | Self::Restore { carousel, .. }
            | Self::AskCaption { carousel }
            | Self::SetCaption { carousel, .. }
            | Self::AltTexts { carousel }
            | Self::SourceReport { carousel }
            | Self::EditAll { carousel, .. }
            | Self::ThemeMenu { carousel }
            | Self::Restyle { carousel, .. }
            | Self::Rewrite { carousel }
            | Self::SendAlbum { carousel, .. }
            | Self::Draw { carousel } => Some(carousel),
            Self::Greet { .. }
            | Self::Starter { .. }
            | Self::SmallTalk { .. }
            | Self::Help
            | Self::Unknown { .. }
            | Self::MyId
            | Self::Refuse { .. }
            | Self::Make { .. }
            | Self::OfferStartOver { .. }
            | Self::StartOver { .. }
            | Self::DailyTip
            | Self::Ask { .. }
            | Self::Settings { .. }
            | Self::Set(_)
            | Self::AskBrand { .. }
            | Self::SetBrand { .. }
            | Self::SetAvatar { .. }
            | Self::History { .. }
            | Self::Status
            | Self::Nothing
            | Self::Drop
            | Self::Schedule { .. }
            | Self::Broadcast { .. }
            | Self::Stats
            | Self::Errors
            | Self::Usage
            | Self::AskAccess
            | Self::Access { .. }
            | Self::Privacy
            | Self::Export
            | Self::Migrate { .. }
            | Self::Membership { .. }
            | Self::Forget { .. } => None,
        }
    }

    /// The carousel of an action that one press asks for once: another press of the same button has
    /// no further effect.
    pub const fn once_for(&self) -> Option<&CarouselId> {
        match self {
            Self::Again { carousel, .. }
            | Self::Remake { carousel, .. }
            | Self::Questions { carousel }
            | Self::Files { carousel }
            | Self::Restyle { carousel, .. }
            | Self::Rewrite { carousel }
            | Self::SendAlbum { carousel, .. }
            | Self::Draw { carousel } => Some(carousel),
            _ => None,
        }
    }
}
