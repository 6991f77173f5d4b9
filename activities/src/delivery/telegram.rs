//! Delivery into a chat: the album, its caption if it is long, and the buttons. Every part goes
//! through the ledger; a part that may have arrived is not sent again.

mod album;
mod changes;

use std::{sync::Arc, time::Duration};

use ::telegram::{Bot, Chat, Fault, File, Html, Keyboard, Meaning, Medium, Sent, talk};
use domain::{
    BlobKey, CarouselId, ChatId, Language, NoticeId, Outcome,
    delivery::{Generation, MessageRecord, Part, Size, Slot, State},
};
use events::Timestamp;
use storage::{
    Blobs, Database,
    ledger::{self, Report},
    pace::{Crowded, Pacer},
};
use workflows::contract::{
    DeliverInput, Delivered, DestinationRecord, Offer, StatusInput, TellInput,
};

use super::ledger::{Claim, Ledger};
use crate::{
    attempt::{Attempt, Errand},
    error::Error,
    fault::Moment,
};

/// How long an attempt waits for the rate limiter. A worker's waiting attempts hold its slots;
/// further tasks wait in Temporal's queue.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a progress update waits for the rate limiter: a newer update or the album follows soon.
const STATUS_PATIENCE: Duration = Duration::from_secs(1);

/// Sends messages through a bot and records them in the ledger.
#[derive(Clone)]
pub(super) struct Post {
    bot: Bot,
    pacer: Pacer,
    db: Database,
    blobs: Blobs,
    ledger: Ledger,
}

/// A chat and its language.
#[derive(Clone, Copy)]
struct Place {
    chat: Chat,
    language: Language,
}

impl Post {
    pub(super) fn new(bot: Bot, pacer: Pacer, db: Database, blobs: Blobs, ledger: Ledger) -> Self {
        Self {
            bot,
            pacer,
            db,
            blobs,
            ledger,
        }
    }

    /// Callers that send messages call [`Post::turn`] first.
    pub(super) const fn bot(&self) -> &Bot {
        &self.bot
    }

    /// Waits until the rate limiter admits `messages`. This happens before a claim, so that a crash
    /// while waiting leaves no unknown delivery.
    pub(super) async fn turn(
        &self,
        errand: &Errand,
        chat: ChatId,
        messages: usize,
    ) -> Result<(), Error> {
        match self.turn_within(errand, chat, messages, PATIENCE).await {
            Ok(()) => Ok(()),
            Err(Crowded::Storage(error)) => Err(error.into()),
            Err(crowded @ Crowded::Wait(wait)) => Err(Error::Unavailable {
                reason: crowded.to_string(),
                retry_after: Some(wait),
            }),
        }
    }

    async fn turn_within(
        &self,
        errand: &Errand,
        chat: ChatId,
        messages: usize,
        patience: Duration,
    ) -> Result<(), Crowded> {
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        let now = || Timestamp::from(errand.now());
        self.pacer.wait(chat, messages, patience, now).await
    }

    /// Sends all parts. Everything is read before a claim, so that a missing picture can be
    /// rendered again.
    pub(super) async fn deliver(
        &self,
        attempt: &Attempt,
        input: &DeliverInput,
    ) -> Result<Delivered, Error> {
        let place = Place::of(&input.destination)?;
        let generation = Generation::new(input.generation).unwrap_or(Generation::FIRST);
        let album = Slot {
            carousel: attempt.carousel.clone(),
            revision: input.revision,
            part: Part::Album,
            generation,
        };
        let parcel = self
            .collect(&attempt.carousel, input, Medium::Photo)
            .await?;
        // The indicator is optional, so its errors are ignored.
        let _ = self.bot.show_uploading(place.chat).await;
        let outcome = self
            .album(attempt, place, &album, input, parcel.photos)
            .await?;
        if outcome == Outcome::Delivered
            && let Some(caption) = parcel.caption
        {
            let slot = with_part(&album, Part::Caption);
            let said = Message::plain(caption);
            self.message(attempt, place, &slot, said).await?;
        }
        self.close(attempt, place, &album, outcome).await?;
        Ok(Delivered {
            outcome: outcome.name().to_owned(),
            reason: match outcome {
                Outcome::Unknown => "Telegram did not say whether the album arrived".to_owned(),
                Outcome::Delivered | Outcome::Failed | Outcome::Cancelled => String::new(),
            },
            ..Delivered::default()
        })
    }

    /// Updates the progress message, which is the message that accepted the request.
    pub(super) async fn status(&self, attempt: &Attempt, input: &StatusInput) -> Result<(), Error> {
        let place = Place::of(&input.destination)?;
        let Some(message) = self.status_message(&attempt.carousel).await? else {
            return Ok(());
        };
        let chat = ChatId::new(place.chat.id);
        match self.turn_within(attempt, chat, 1, STATUS_PATIENCE).await {
            Ok(()) => {}
            // The rate limit is better spent on other messages.
            Err(Crowded::Wait(_)) => return Ok(()),
            Err(Crowded::Storage(error)) => return Err(error.into()),
        }
        let _ = match input.stage.as_str() {
            "drawing" => self.bot.show_uploading(place.chat).await,
            _ => self.bot.show_typing(place.chat).await,
        };
        let said = talk::stage(place.language, &input.stage, &input.topic);
        let keyboard = talk::while_working(place.language, attempt.carousel.as_str());
        match self
            .bot
            .edit_text(place.chat, message, &said, &keyboard)
            .await
        {
            // A repeated update, or the user deleted the message.
            Ok(()) | Err(Fault::NotModified | Fault::MessageGone) => {}
            Err(fault) => return Err(failed(fault)),
        }
        attempt.at(Moment::After).await
    }

    /// Reports the end of a carousel and deletes the progress message.
    pub(super) async fn tell(&self, attempt: &Attempt, input: &TellInput) -> Result<(), Error> {
        let place = Place::of(&input.destination)?;
        let offline = input.offer == Offer::Offline;
        let text = match input.outcome.parse() {
            Ok(outcome @ (Outcome::Delivered | Outcome::Unknown)) => {
                return self.catch_up(attempt, place, outcome).await;
            }
            Ok(Outcome::Cancelled) => talk::cancelled(place.language),
            Ok(Outcome::Failed) | Err(_) => {
                talk::failed(place.language, input.kind, input.model.as_deref(), offline)
            }
        };
        let slot = self.notice(&attempt.carousel, 0, &input.outcome)?;
        let carousel = attempt.carousel.as_str();
        let said = Message {
            text,
            keyboard: talk::after_failure(place.language, carousel, offline),
        };
        self.message(attempt, place, &slot, said).await?;
        self.forget_status(attempt, place).await;
        Ok(())
    }

    async fn upload(&self, key: &str, name: String) -> Result<File, Error> {
        let key = BlobKey::parse(key).map_err(|e| Error::Input(format!("{key}: {e}")))?;
        let bytes = self.blobs.get(&key).await?;
        Ok(File::Bytes { name, bytes })
    }

    /// Sends a message once under `name`, with or without a carousel.
    pub(super) async fn say(
        &self,
        attempt: &Attempt,
        to: &DestinationRecord,
        name: &str,
        text: impl FnOnce(Language) -> Result<Html, Error>,
    ) -> Result<Outcome, Error> {
        let place = Place::of(to)?;
        let slot = self.notice(&attempt.carousel, 0, name)?;
        let said = Message::plain(text(place.language)?);
        let arrived = self.message(attempt, place, &slot, said).await?;
        if arrived {
            return Ok(Outcome::Delivered);
        }
        // Not sent and no new failure: the delivery is unknown, or it was refused before.
        let entry = ledger::find(&self.db.read(), &slot).await?;
        entry.map_or(Ok(Outcome::Unknown), |entry| {
            settled(entry.delivery.state())
        })
    }

    /// Sends the messages that should have followed the album of a lost workflow.
    async fn catch_up(
        &self,
        attempt: &Attempt,
        place: Place,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let entries = ledger::of_carousel(&self.db.read(), &attempt.carousel).await?;
        let albums = (entries.rows.into_iter()).filter(|entry| entry.slot.part == Part::Album);
        let newest = albums.max_by_key(|entry| (entry.slot.revision, entry.slot.generation));
        match newest {
            Some(album) => self.close(attempt, place, &album.slot, outcome).await,
            None => Ok(()),
        }
    }

    /// Sends a text through the ledger. Returns `false` if its delivery is unknown.
    async fn message(
        &self,
        attempt: &Attempt,
        place: Place,
        slot: &Slot,
        said: Message,
    ) -> Result<bool, Error> {
        let Message { text, keyboard } = said;
        let sending = self.bot.send_text(place.chat, &text, &keyboard);
        self.single(attempt, place, slot, sending).await
    }

    /// Same, for any request that creates one message; `sending` starts after the claim.
    async fn single(
        &self,
        attempt: &Attempt,
        place: Place,
        slot: &Slot,
        sending: impl Future<Output = Result<Sent, Fault>>,
    ) -> Result<bool, Error> {
        let chat = ChatId::new(place.chat.id);
        self.turn(attempt, chat, 1).await?;
        let held = match self
            .ledger
            .claim(attempt, slot, Size::ONE, Some(chat))
            .await?
        {
            Claim::Ours(held) => held,
            Claim::Over(entry) => return Ok(matches!(entry.delivery.state(), State::Sent { .. })),
        };
        let answer = sending.await;
        attempt.at(Moment::After).await?;
        let (report, fault) = report(answer.map(|sent| vec![sent]));
        let entry = held.record(&report).await?;
        match (entry.delivery.state(), fault) {
            (State::Sent { .. }, _) => Ok(true),
            (State::Unknown { .. }, _) => Ok(false),
            (_, Some(fault)) => Err(failed(fault)),
            (_, None) => Ok(false),
        }
    }

    /// Sends the final message, with buttons or the question about an unknown delivery, then
    /// deletes the progress message.
    async fn close(
        &self,
        attempt: &Attempt,
        place: Place,
        album: &Slot,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let carousel = album.carousel.as_str();
        let next = album.generation.next();
        let (name, said) = if outcome == Outcome::Delivered {
            let keyboard = talk::when_ready(place.language, carousel);
            (
                "ready",
                Message {
                    text: talk::ready(place.language),
                    keyboard,
                },
            )
        } else {
            let keyboard = talk::send_again(place.language, carousel, album.revision, next.get());
            (
                "unknown",
                Message {
                    text: talk::unknown(place.language),
                    keyboard,
                },
            )
        };
        // One final message per album, independent of the generation.
        let slot = Slot {
            part: notice(&format!("{name}-{}", album.generation))?,
            generation: Generation::FIRST,
            ..album.clone()
        };
        // The album has arrived; a failed final message must not fail the delivery.
        if let Err(error) = self.message(attempt, place, &slot, said).await {
            match error {
                Error::Unavailable { .. } => return Err(error),
                other => tracing::warn!("the album was sent, but not its buttons: {other}"),
            }
        }
        self.forget_status(attempt, place).await;
        Ok(())
    }

    /// Deletes the progress message; ignores failures.
    async fn forget_status(&self, attempt: &Attempt, place: Place) {
        if let Ok(Some(message)) = self.status_message(&attempt.carousel).await
            && let Err(fault) = self.bot.delete(place.chat, message).await
        {
            tracing::debug!("could not delete the progress message: {fault}");
        }
    }

    async fn status_message(&self, carousel: &CarouselId) -> Result<Option<i32>, Error> {
        let slot = self.notice(carousel, 0, talk::STATUS)?;
        let entry = ledger::find(&self.db.read(), &slot).await?;
        let message = entry.and_then(|entry| entry.messages.first().map(|sent| sent.message));
        Ok(message.and_then(|message| i32::try_from(message).ok()))
    }

    fn notice(&self, carousel: &CarouselId, revision: u32, name: &str) -> Result<Slot, Error> {
        Ok(Slot {
            carousel: carousel.clone(),
            revision,
            part: notice(name)?,
            generation: Generation::FIRST,
        })
    }
}

struct Message {
    text: Html,
    keyboard: Keyboard,
}

impl Message {
    fn plain(text: Html) -> Self {
        let keyboard = Keyboard::default();
        Self { text, keyboard }
    }
}

impl Place {
    fn of(destination: &DestinationRecord) -> Result<Self, Error> {
        let thread = i32::try_from(destination.thread).ok();
        Ok(Self {
            chat: Chat {
                id: destination.chat,
                thread: thread.filter(|thread| *thread != 0),
            },
            language: (destination.language.parse())
                .map_err(|e| Error::Input(format!("the destination's language: {e}")))?,
        })
    }
}

fn with_part(slot: &Slot, part: Part) -> Slot {
    Slot {
        part,
        ..slot.clone()
    }
}

fn notice(name: &str) -> Result<Part, Error> {
    let name = NoticeId::parse(name).map_err(|e| Error::Input(e.to_string()))?;
    Ok(Part::Notice(name))
}

/// Converts the answers to a report for the ledger, plus the failure to handle next.
pub(super) fn report(answer: Result<Vec<Sent>, Fault>) -> (Report, Option<Fault>) {
    let fault = match answer {
        Ok(sent) => {
            let record = |sent: Sent| MessageRecord {
                message: i64::from(sent.message),
                file: sent.file.unwrap_or_default(),
            };
            return (
                Report::Answered(sent.into_iter().map(record).collect()),
                None,
            );
        }
        Err(fault) => fault,
    };
    let report = match fault.means() {
        Meaning::Unknown => Report::Lost,
        Meaning::NotYet => Report::Undelivered(fault.to_string()),
        Meaning::Never => Report::Rejected(fault.to_string()),
    };
    (report, Some(fault))
}

/// Converts a failure to the activity's error.
#[expect(clippy::needless_pass_by_value, reason = "it is used in `map_err`")]
fn failed(fault: Fault) -> Error {
    let reason = fault.to_string();
    let retry_after = match fault {
        Fault::Wait(delay) => Some(delay),
        _ => None,
    };
    match fault.means() {
        Meaning::NotYet | Meaning::Unknown => Error::Unavailable {
            reason,
            retry_after,
        },
        Meaning::Never => refused(&reason),
    }
}

/// Converts a refusal: of the chat (it is closed) or of the message. The ledger stores only the
/// error text.
fn refused(reason: &str) -> Error {
    if Fault::closed_in(reason) {
        Error::Closed(reason.to_owned())
    } else {
        Error::Destination(reason.to_owned())
    }
}

/// The outcome of a delivery that has ended, or its failure.
fn settled(state: &State) -> Result<Outcome, Error> {
    match state {
        State::Sent { .. } => Ok(Outcome::Delivered),
        State::Unknown { .. } => Ok(Outcome::Unknown),
        State::Failed { reason, .. } => Err(refused(reason)),
        State::Pending { .. } | State::Sending { .. } => Err(Error::Unavailable {
            reason: "another attempt is sending it".to_owned(),
            retry_after: None,
        }),
    }
}

/// The error for a pool without a bot.
pub(super) fn no_bot() -> Error {
    Error::Unavailable {
        reason: "this delivery pool has no bot: set TELOXIDE_TOKEN to continue".to_owned(),
        retry_after: None,
    }
}

/// `None` without a bot.
pub(super) type MaybePost = Option<Arc<Post>>;
