//! Owns [`DialogueState`]: what a chat is waiting for, and which action the answer stands for.

use domain::{BrandField, CarouselId, SlideNumber, SubscriptionSchedule};
use serde::{Deserialize, Serialize};

use super::{Action, EditBy, ScheduleAction, as_text};

/// What a chat is waiting for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "waits_for", rename_all = "snake_case")]
pub enum DialogueState {
    /// No dialogue is open.
    #[default]
    Nothing,
    Brand {
        #[serde(with = "as_text")]
        field: BrandField,
    },
    /// A slide's new text, or an instruction.
    Slide {
        #[serde(with = "as_text")]
        carousel: CarouselId,
        slide: SlideNumber,
        by: EditBy,
    },
    /// A carousel's new caption.
    Caption {
        #[serde(with = "as_text")]
        carousel: CarouselId,
    },
    ScheduleTopic {
        #[serde(with = "as_text")]
        cadence: SubscriptionSchedule,
    },
}

impl DialogueState {
    /// The action that a text stands for as the answer; `None` if it is not an answer.
    pub fn answer(&self, text: &str) -> Option<Action> {
        Some(match self {
            Self::Nothing => return None,
            // The answer is a picture, or `-` to remove it.
            Self::Brand { field: BrandField::Avatar } if text != "-" => return None,
            Self::Brand { field } => Action::SetBrand { field: *field, value: text.to_owned() },
            Self::Slide { carousel, slide, by } => Action::EditSlide {
                carousel: carousel.clone(),
                slide: *slide,
                by: *by,
                text: text.to_owned(),
            },
            Self::Caption { carousel } => {
                Action::SetCaption { carousel: carousel.clone(), text: text.to_owned() }
            }
            Self::ScheduleTopic { cadence } => Action::Schedule {
                what: ScheduleAction::Make { cadence: *cadence, topic: Some(text.to_owned()) },
            },
        })
    }
}

impl Action {
    /// The dialogue that this question opens; `None` if it is no question.
    pub fn dialogue(&self) -> Option<DialogueState> {
        match self {
            Self::AskBrand { field } => Some(DialogueState::Brand { field: *field }),
            Self::AskSlide { carousel, slide, by } => {
                Some(DialogueState::Slide { carousel: carousel.clone(), slide: *slide, by: *by })
            }
            Self::AskCaption { carousel } => {
                Some(DialogueState::Caption { carousel: carousel.clone() })
            }
            Self::Schedule { what: ScheduleAction::Topic { cadence } } => {
                Some(DialogueState::ScheduleTopic { cadence: *cadence })
            }
            _ => None,
        }
    }
}
