//! [`RequestedEdit`]: a change of a carousel that another system asks for, and what comes of it.

use domain::{
    Caption, CarouselId, ChatId, ContentLanguage, Draft, DraftError, Hashtags, Language,
    SlideNumber, ThemeId,
    failure::FailureCause,
    limits::INSTRUCTION_CHARS,
    record::SlideRecord,
    slide_lines::{from_lines, new_slide},
};
use storage::carousels::{self, Carousel};
use workflows::{
    destination::DestinationRecord,
    edit::{EditKind, EditRecord},
};

use super::{RequestFailure, RequestService, Requester, invalid, parsed};
use crate::carousel_request::RequestRefusal;

/// A change of a finished carousel, or of a draft in review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedEdit {
    Rewrite,
    Restyle {
        theme: String,
    },
    /// `None` for all slides.
    Instruct {
        slide: Option<u32>,
        instruction: String,
    },
    /// The new text of a slide, in lines.
    Reword {
        slide: u32,
        text: String,
    },
    /// The slides that stay, from 1, in their new order.
    Arrange {
        order: Vec<u32>,
    },
    /// A new slide after this one, in lines.
    Add {
        after: u32,
        text: String,
    },
    Caption {
        caption: String,
        /// Without `#`.
        hashtags: Vec<String>,
    },
    /// Go back to an earlier revision.
    Restore {
        to: u32,
    },
    /// Accept the draft.
    Draw,
    /// Send the album to the requester's own chat.
    Send,
}

/// An edit that will be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedEdit {
    pub carousel: CarouselId,
    /// The workflow that makes it.
    pub workflow: String,
    /// The edit's name.
    pub name: String,
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedEditResult {
    Pending,
    /// It made this revision.
    Done(u32),
    Refused(FailureCause),
}

impl RequestedEdit {
    /// Writes all slides again, or changes them by an instruction.
    pub(crate) fn rewrite(instruction: Option<String>) -> Self {
        match instruction {
            Some(instruction) => Self::Instruct { slide: None, instruction },
            None => Self::Rewrite,
        }
    }

    /// Changes a slide.
    ///
    /// # Errors
    /// [`RequestFailure::Invalid`] unless there is exactly one of a text and an instruction.
    pub(crate) fn of_slide(
        slide: u32,
        text: Option<String>,
        instruction: Option<String>,
    ) -> Result<Self, RequestFailure> {
        match (text, instruction) {
            (Some(text), None) => Ok(Self::Reword { slide, text }),
            (None, Some(instruction)) => Ok(Self::Instruct { slide: Some(slide), instruction }),
            (Some(_), Some(_)) | (None, None) => {
                Err(invalid("give exactly one of text and instruction"))
            }
        }
    }

    /// Refuses an edit that the state of the carousel does not allow.
    pub(super) fn check_state(
        &self,
        carousel: &Carousel,
        is_in_review: bool,
    ) -> Result<(), RequestFailure> {
        let id = &carousel.id;
        let words = match self {
            Self::Draw if !is_in_review => format!("{id} has no draft that waits to be drawn"),
            Self::Restyle { .. } | Self::Restore { .. } | Self::Send if is_in_review => {
                format!("{id} is not drawn yet: draw it first")
            }
            _ => return Ok(()),
        };
        Err(RequestFailure::WrongState(words))
    }
}

impl RequestService {
    /// The edit for the workflow.
    pub(super) async fn edit_record(
        &self,
        requester: &Requester,
        carousel: &Carousel,
        edit: &RequestedEdit,
    ) -> Result<EditRecord, RequestFailure> {
        let language = carousel.brief.language.parse::<ContentLanguage>();
        let language = language.map_or(Language::En, ContentLanguage::interface);
        let of_kind = |kind| EditRecord {
            change: Some(kind),
            destination: requester.destination(&carousel.id, language),
            ..EditRecord::default()
        };
        Ok(match edit {
            RequestedEdit::Rewrite => of_kind(EditKind::Rewrite),
            RequestedEdit::Draw => of_kind(EditKind::Draw),
            RequestedEdit::Send => {
                let chat = requester.own_chat().ok_or_else(|| {
                    let words = "the owner of this token has no Telegram chat: download the files";
                    RequestFailure::WrongState(words.to_owned())
                })?;
                let destination = DestinationRecord::telegram(chat, None, language);
                EditRecord { destination, ..of_kind(EditKind::Send) }
            }
            RequestedEdit::Restyle { theme } => {
                let theme = parsed::<ThemeId>(theme)?;
                if !self.renderer.themes().any(|known| *known == theme) {
                    return Err(RequestFailure::Invalid(format!("there is no theme “{theme}”")));
                }
                EditRecord { theme: theme.as_str().to_owned(), ..of_kind(EditKind::Restyle) }
            }
            RequestedEdit::Instruct { slide, instruction } => {
                let words: Vec<&str> = instruction.split_whitespace().collect();
                let instruction = words.join(" ");
                if instruction.is_empty() || instruction.chars().count() > INSTRUCTION_CHARS {
                    return Err(invalid("an instruction has 1 to 500 characters"));
                }
                if !self.may_use_models {
                    return Err(invalid(
                        "no model is configured here that follows instructions: send the new text",
                    ));
                }
                let slide = match slide {
                    Some(number) => self.slide(carousel, *number).await?.0.get(),
                    None => 0,
                };
                EditRecord { instruction, slide, ..of_kind(EditKind::Instruct) }
            }
            RequestedEdit::Reword { slide, text } => {
                let (number, draft) = self.slide(carousel, *slide).await?;
                let present = draft.slide(number).ok_or_else(|| no_slide(&draft))?;
                let new = from_lines(present, text).map_err(|error| invalid(&error.to_string()))?;
                self.check_drawable(text)?;
                let words = Some(SlideRecord::from(&new));
                EditRecord { words, slide: number.get(), ..of_kind(EditKind::Reword) }
            }
            RequestedEdit::Add { after, text } => {
                let (number, _) = self.slide(carousel, *after).await?;
                let new = new_slide(text).map_err(|error| invalid(&error.to_string()))?;
                self.check_drawable(text)?;
                let words = Some(SlideRecord::from(&new));
                EditRecord { words, slide: number.get(), ..of_kind(EditKind::Add) }
            }
            RequestedEdit::Arrange { order } => {
                let draft = self.current_draft(carousel).await?;
                let mut seen = vec![false; draft.slides().len()];
                let is_valid = order.iter().all(|number| {
                    let at = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
                    let slot = at.and_then(|at| seen.get_mut(at));
                    slot.is_some_and(|slot| !std::mem::replace(slot, true))
                });
                if !is_valid {
                    return Err(invalid("order names slides that exist, each at most once"));
                }
                if order.first() != Some(&1) {
                    return Err(invalid("the cover stays first: order begins with 1"));
                }
                EditRecord { order: order.clone(), ..of_kind(EditKind::Arrange) }
            }
            RequestedEdit::Caption { caption, hashtags } => {
                let wrong = |error: DraftError| invalid(&error.to_string());
                let caption = Caption::parse(caption).map_err(wrong)?;
                let hashtags = Hashtags::parse(hashtags).map_err(wrong)?;
                EditRecord {
                    caption: caption.as_str().to_owned(),
                    hashtags: hashtags.iter().map(|tag| tag.as_str().to_owned()).collect(),
                    ..of_kind(EditKind::Caption)
                }
            }
            RequestedEdit::Restore { to } => {
                let saved = match to {
                    0 => None,
                    to => carousels::find_draft(&self.db.read(), &carousel.id, *to).await?,
                };
                if saved.is_none() {
                    return Err(RequestFailure::Invalid(format!("there is no revision {to}")));
                }
                EditRecord { revision: *to, ..of_kind(EditKind::Restore) }
            }
        })
    }

    fn check_drawable(&self, text: &str) -> Result<(), RequestFailure> {
        match self.renderer.missing_character(text) {
            Some(character) => Err(RequestRefusal::Undrawable { character }.into()),
            None => Ok(()),
        }
    }

    /// The number of an existing slide, and the current draft.
    pub(crate) async fn slide(
        &self,
        carousel: &Carousel,
        number: u32,
    ) -> Result<(SlideNumber, Draft), RequestFailure> {
        let draft = self.current_draft(carousel).await?;
        let number = SlideNumber::new(number).filter(|number| draft.slide(*number).is_some());
        let number = number.ok_or_else(|| no_slide(&draft))?;
        Ok((number, draft))
    }

    async fn current_draft(&self, carousel: &Carousel) -> Result<Draft, RequestFailure> {
        let revision = carousel.revision.unwrap_or_default();
        let saved = carousels::find_draft(&self.db.read(), &carousel.id, revision).await?;
        let saved = saved.ok_or_else(|| invalid("it has no draft"))?;
        Draft::try_from(&saved.draft).map_err(|error| invalid(&error.to_string()))
    }
}

impl Requester {
    /// The private chat of its user, whose id is that of the account.
    fn own_chat(&self) -> Option<ChatId> {
        self.user.account().map(|account| ChatId::new(account.get()))
    }
}

fn no_slide(draft: &Draft) -> RequestFailure {
    let total = draft.slides().len();
    RequestFailure::Invalid(format!("there is no such slide: it has slides 1 to {total}"))
}
