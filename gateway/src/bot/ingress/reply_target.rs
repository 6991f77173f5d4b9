//! Finds what a reply to one of the bot's messages is about: a carousel in the ledger, or a question
//! of a dialogue.

use domain::{
    BotId, Draft, NoticeKind, SlideNumber,
    delivery::{DeliveryPart, Generation},
};
use events::Timestamp;
use storage::{
    ReadAccess, carousels,
    ledger::{self, LedgerEntry},
    sessions,
};

use crate::bot::{parse::Incoming, route::ReplyTarget};

/// The target of the message that `heard` replies to.
pub(super) async fn find(
    on: &impl ReadAccess,
    bot: BotId,
    heard: &Incoming,
    at: Timestamp,
) -> Result<ReplyTarget, storage::StorageError> {
    let Some(reply) = heard.reply_to.as_ref().filter(|reply| reply.ours) else {
        return Ok(ReplyTarget::Nothing);
    };
    let (chat, message) = (heard.chat.id, i64::from(reply.message));
    match sessions::question_account(on, bot, chat, message, at).await? {
        Some(account) if account != heard.account => return Ok(ReplyTarget::ForeignQuestion),
        Some(_) => return Ok(ReplyTarget::Nothing),
        None => {}
    }
    for entry in ledger::of_message(on, chat, message).await?.rows {
        let slide = match &entry.slot.part {
            // A later generation sends only what is missing.
            DeliveryPart::Album if entry.slot.generation == Generation::FIRST => {
                let at = entry.messages.iter().position(|sent| sent.message == message);
                at.and_then(|at| u32::try_from(at + 1).ok())
            }
            DeliveryPart::Album | DeliveryPart::Caption => None,
            DeliveryPart::Document(slide) => Some((*slide).into()),
            DeliveryPart::Notice(name) => match name.kind() {
                Some(NoticeKind::Draft | NoticeKind::Ready) => None,
                // Of a slide, or of all slides.
                Some(NoticeKind::File) => {
                    name.detail().rsplit_once('-').and_then(|(_, what)| what.parse().ok())
                }
                // An edit that failed has no revision.
                Some(NoticeKind::Edit) if entry.slot.revision > 0 => {
                    changed_slide(on, &entry).await?
                }
                Some(
                    NoticeKind::Edit
                    | NoticeKind::Progress
                    | NoticeKind::Unknown
                    | NoticeKind::EditRequest
                    | NoticeKind::DrawRequest
                    | NoticeKind::Export
                    | NoticeKind::Both,
                )
                | None => continue,
            },
            DeliveryPart::Folder => continue,
        };
        let slide = slide.and_then(SlideNumber::new);
        return Ok(ReplyTarget::Carousel { carousel: entry.slot.carousel, slide });
    }
    Ok(ReplyTarget::Nothing)
}

/// The only slide that differs from the revision before.
async fn changed_slide(
    on: &impl ReadAccess,
    entry: &LedgerEntry,
) -> Result<Option<u32>, storage::StorageError> {
    let (carousel, revision) = (&entry.slot.carousel, entry.slot.revision);
    let mut drafts = Vec::new();
    for revision in [revision.saturating_sub(1), revision] {
        let saved = carousels::find_draft(on, carousel, revision).await?;
        drafts.push(saved.and_then(|saved| Draft::try_from(&saved.draft).ok()));
    }
    let [Some(before), Some(after)] = drafts.as_slice() else {
        return Ok(None);
    };
    let pairs = (1..).zip(before.slides().iter().zip(after.slides()));
    let mut changed = pairs.filter(|(_, (before, after))| before != after).map(|(n, _)| n);
    Ok(changed.next().filter(|_| changed.next().is_none()))
}
