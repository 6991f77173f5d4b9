//! Delivery into a chat: the album, its caption if it is long, and the buttons. Every part goes
//! through the ledger; a part that may have arrived is not sent again.

mod album;
mod edit_messages;

use std::{sync::Arc, time::Duration};

use ::telegram::{
    Bot, ChatRef, Effect, Html, Keyboard, Medium, OutgoingFile, SendError, SentMessage, messages,
};
use domain::{
    BlobKey, CarouselId, ChatId, Language, NoticeId, Outcome,
    delivery::{DeliveryPart, DeliveryState, Generation, LedgerKey, MessageRecord, PartSize},
};
use events::Timestamp;
use storage::{
    Blobs, Database,
    ledger::{self, SendReport},
    rate_limiter::{RateLimited, RateLimiter},
};
use workflows::{
    carousel::{CarouselDelivered, DeliverInput, ReportEndInput, StatusInput},
    destination::DestinationRecord,
    offer::Offer,
};

use super::claims::{ClaimLedger, ClaimOutcome};
use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::ActivityFailure,
    activity_run::{ActivityRun, CarouselActivityRun},
};

/// How long an attempt waits for the rate limiter. A worker's waiting attempts hold its slots;
/// further tasks wait in Temporal's queue.
const RATE_LIMIT_WAIT: Duration = Duration::from_secs(20);

/// How long a progress update waits for the rate limiter: a newer update or the album follows soon.
const PROGRESS_RATE_LIMIT_WAIT: Duration = Duration::from_secs(1);

/// Sends messages through a bot and records them in the ledger.
#[derive(Clone)]
pub(super) struct TelegramSender {
    bot: Bot,
    pacer: RateLimiter,
    db: Database,
    blobs: Blobs,
    ledger: ClaimLedger,
}

/// A chat and its language.
#[derive(Clone, Copy)]
struct ChatAndLanguage {
    chat: ChatRef,
    language: Language,
}

impl TelegramSender {
    pub(super) fn new(
        bot: Bot,
        pacer: RateLimiter,
        db: Database,
        blobs: Blobs,
        ledger: ClaimLedger,
    ) -> Self {
        Self { bot, pacer, db, blobs, ledger }
    }

    /// Callers that send messages call [`TelegramSender::wait_for_rate_limit`] first.
    pub(super) const fn bot(&self) -> &Bot {
        &self.bot
    }

    /// Waits until the rate limiter admits `messages`. This happens before a claim, so that a crash
    /// while waiting leaves no unknown delivery.
    pub(super) async fn wait_for_rate_limit(
        &self,
        run: &ActivityRun,
        chat: ChatId,
        messages: usize,
    ) -> Result<(), ActivityFailure> {
        match self.wait_for_rate_limit_within(run, chat, messages, RATE_LIMIT_WAIT).await {
            Ok(()) => Ok(()),
            Err(RateLimited::Storage(error)) => Err(error.into()),
            Err(crowded @ RateLimited::RetryAfter(wait)) => Err(ActivityFailure::Unavailable {
                reason: crowded.to_string(),
                retry_after: Some(wait),
            }),
        }
    }

    async fn wait_for_rate_limit_within(
        &self,
        run: &ActivityRun,
        chat: ChatId,
        messages: usize,
        patience: Duration,
    ) -> Result<(), RateLimited> {
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        let now = || Timestamp::from(run.now());
        self.pacer.wait(chat, messages, patience, now).await
    }

    /// Sends all parts. Everything is read before a claim, so that a missing picture can be
    /// rendered again.
    pub(super) async fn deliver(
        &self,
        attempt: &CarouselActivityRun,
        input: &DeliverInput,
    ) -> Result<CarouselDelivered, ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let generation = Generation::new(input.generation).unwrap_or(Generation::FIRST);
        let album = LedgerKey {
            carousel: attempt.carousel.clone(),
            revision: input.revision,
            part: DeliveryPart::Album,
            generation,
        };
        let parcel = self.collect(&attempt.carousel, input, Medium::Photo).await?;
        // The indicator is optional, so its errors are ignored.
        let _ = self.bot.show_uploading(place.chat).await;
        let outcome = self.album(attempt, place, &album, input, parcel.photos).await?;
        if outcome == Outcome::Delivered
            && let Some(caption) = parcel.caption
        {
            let slot = with_part(&album, DeliveryPart::Caption);
            let said = TextAndKeyboard::plain(caption);
            self.send_text(attempt, place, &slot, said).await?;
        }
        self.send_final_message(attempt, place, &album, outcome).await?;
        Ok(CarouselDelivered {
            outcome: outcome.name().to_owned(),
            reason: match outcome {
                Outcome::Unknown => "Telegram did not say whether the album arrived".to_owned(),
                Outcome::Delivered | Outcome::Failed | Outcome::Cancelled => String::new(),
            },
            ..CarouselDelivered::default()
        })
    }

    /// Updates the progress message, which is the message that accepted the request.
    pub(super) async fn update_progress(
        &self,
        attempt: &CarouselActivityRun,
        input: &StatusInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let Some(message) = self.progress_message(&attempt.carousel).await? else {
            return Ok(());
        };
        let chat = ChatId::new(place.chat.id);
        match self.wait_for_rate_limit_within(attempt, chat, 1, PROGRESS_RATE_LIMIT_WAIT).await {
            Ok(()) => {}
            // The rate limit is better spent on other messages.
            Err(RateLimited::RetryAfter(_)) => return Ok(()),
            Err(RateLimited::Storage(error)) => return Err(error.into()),
        }
        let _ = match input.stage.as_str() {
            "drawing" => self.bot.show_uploading(place.chat).await,
            _ => self.bot.show_typing(place.chat).await,
        };
        let said = messages::stage(place.language, &input.stage, &input.topic);
        let keyboard = messages::progress_keyboard(place.language, &attempt.carousel);
        match self.bot.edit_text(place.chat, message, &said, &keyboard).await {
            // A repeated update, or the user deleted the message.
            Ok(()) | Err(SendError::NotModified | SendError::MessageGone) => {}
            Err(fault) => return Err(from_send_error(fault)),
        }
        attempt.pass_failpoint(FailpointPosition::After).await
    }

    /// Reports the end of a carousel and deletes the progress message.
    pub(super) async fn report_end(
        &self,
        attempt: &CarouselActivityRun,
        input: &ReportEndInput,
    ) -> Result<(), ActivityFailure> {
        let place = ChatAndLanguage::of(&input.destination)?;
        let offline = input.offer == Offer::Offline;
        let text = match input.outcome.parse() {
            Ok(outcome @ (Outcome::Delivered | Outcome::Unknown)) => {
                return self.send_missing_final_message(attempt, place, outcome).await;
            }
            Ok(Outcome::Cancelled) => messages::cancelled(place.language),
            Ok(Outcome::Failed) | Err(_) => {
                messages::failed(place.language, input.kind, input.model.as_deref(), offline)
            }
        };
        let slot = self.notice(&attempt.carousel, 0, &input.outcome)?;
        let carousel = &attempt.carousel;
        let said = TextAndKeyboard {
            text,
            keyboard: messages::after_failure(place.language, carousel, offline),
        };
        self.send_text(attempt, place, &slot, said).await?;
        self.delete_progress(attempt, place).await;
        Ok(())
    }

    async fn upload(&self, key: &str, name: String) -> Result<OutgoingFile, ActivityFailure> {
        let key = BlobKey::parse(key).map_err(|e| ActivityFailure::Input(format!("{key}: {e}")))?;
        let bytes = self.blobs.get(&key).await?;
        Ok(OutgoingFile::Bytes { name, bytes })
    }

    /// Sends a message once under `name`, with or without a carousel.
    pub(super) async fn send_notice(
        &self,
        attempt: &CarouselActivityRun,
        to: &DestinationRecord,
        name: &str,
        text: impl FnOnce(Language) -> Result<Html, ActivityFailure>,
    ) -> Result<Outcome, ActivityFailure> {
        let place = ChatAndLanguage::of(to)?;
        let slot = self.notice(&attempt.carousel, 0, name)?;
        let said = TextAndKeyboard::plain(text(place.language)?);
        let arrived = self.send_text(attempt, place, &slot, said).await?;
        if arrived {
            return Ok(Outcome::Delivered);
        }
        // Not sent and no new failure: the delivery is unknown, or it was refused before.
        let entry = ledger::find(&self.db.read(), &slot).await?;
        entry.map_or(Ok(Outcome::Unknown), |entry| ended_outcome(entry.delivery.state()))
    }

    /// Sends the messages that should have followed the album of a lost workflow.
    async fn send_missing_final_message(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        outcome: Outcome,
    ) -> Result<(), ActivityFailure> {
        let entries = ledger::of_carousel(&self.db.read(), &attempt.carousel).await?;
        let albums =
            (entries.rows.into_iter()).filter(|entry| entry.slot.part == DeliveryPart::Album);
        let newest = albums.max_by_key(|entry| (entry.slot.revision, entry.slot.generation));
        match newest {
            Some(album) => self.send_final_message(attempt, place, &album.slot, outcome).await,
            None => Ok(()),
        }
    }

    /// Sends a text through the ledger. Returns `false` if its delivery is unknown.
    async fn send_text(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        slot: &LedgerKey,
        said: TextAndKeyboard,
    ) -> Result<bool, ActivityFailure> {
        let TextAndKeyboard { text, keyboard } = said;
        let sending = self.bot.send_text(place.chat, &text, &keyboard);
        self.send_single(attempt, place, slot, sending).await
    }

    /// Same, for any request that creates one message; `sending` starts after the claim.
    async fn send_single(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        slot: &LedgerKey,
        sending: impl Future<Output = Result<SentMessage, SendError>>,
    ) -> Result<bool, ActivityFailure> {
        let chat = ChatId::new(place.chat.id);
        self.wait_for_rate_limit(attempt, chat, 1).await?;
        let held = match self.ledger.claim(attempt, slot, PartSize::ONE, Some(chat)).await? {
            ClaimOutcome::Claimed(held) => held,
            ClaimOutcome::Ended(entry) => {
                return Ok(matches!(entry.delivery.state(), DeliveryState::Sent { .. }));
            }
        };
        let answer = sending.await;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        let (report, fault) = report(answer.map(|sent| vec![sent]));
        let entry = held.record(&report).await?;
        match (entry.delivery.state(), fault) {
            (DeliveryState::Sent { .. }, _) => Ok(true),
            (DeliveryState::Unknown { .. }, _) => Ok(false),
            (_, Some(fault)) => Err(from_send_error(fault)),
            (_, None) => Ok(false),
        }
    }

    /// Sends the final message, with buttons or the question about an unknown delivery, then
    /// deletes the progress message.
    async fn send_final_message(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        album: &LedgerKey,
        outcome: Outcome,
    ) -> Result<(), ActivityFailure> {
        let carousel = &album.carousel;
        let next = album.generation.next();
        let (name, said) = if outcome == Outcome::Delivered {
            let keyboard = messages::album_keyboard(place.language, carousel);
            ("ready", TextAndKeyboard { text: messages::ready(place.language), keyboard })
        } else {
            let keyboard =
                messages::send_again_keyboard(place.language, carousel, album.revision, next.get());
            (
                "unknown",
                TextAndKeyboard { text: messages::delivery_unknown(place.language), keyboard },
            )
        };
        // One final message per album, independent of the generation.
        let slot = LedgerKey {
            part: notice(&format!("{name}-{}", album.generation))?,
            generation: Generation::FIRST,
            ..album.clone()
        };
        // The album has arrived; a failed final message must not fail the delivery.
        if let Err(error) = self.send_text(attempt, place, &slot, said).await {
            match error {
                ActivityFailure::Unavailable { .. } => return Err(error),
                other => tracing::warn!("the album was sent, but not its buttons: {other}"),
            }
        }
        self.delete_progress(attempt, place).await;
        Ok(())
    }

    /// Deletes the progress message; ignores failures.
    async fn delete_progress(&self, attempt: &CarouselActivityRun, place: ChatAndLanguage) {
        if let Ok(Some(message)) = self.progress_message(&attempt.carousel).await
            && let Err(fault) = self.bot.delete(place.chat, message).await
        {
            tracing::debug!("could not delete the progress message: {fault}");
        }
    }

    async fn progress_message(
        &self,
        carousel: &CarouselId,
    ) -> Result<Option<i32>, ActivityFailure> {
        let slot = self.notice(carousel, 0, messages::PROGRESS_NOTICE)?;
        let entry = ledger::find(&self.db.read(), &slot).await?;
        let message = entry.and_then(|entry| entry.messages.first().map(|sent| sent.message));
        Ok(message.and_then(|message| i32::try_from(message).ok()))
    }

    fn notice(
        &self,
        carousel: &CarouselId,
        revision: u32,
        name: &str,
    ) -> Result<LedgerKey, ActivityFailure> {
        Ok(LedgerKey {
            carousel: carousel.clone(),
            revision,
            part: notice(name)?,
            generation: Generation::FIRST,
        })
    }
}

struct TextAndKeyboard {
    text: Html,
    keyboard: Keyboard,
}

impl TextAndKeyboard {
    fn plain(text: Html) -> Self {
        let keyboard = Keyboard::default();
        Self { text, keyboard }
    }
}

impl ChatAndLanguage {
    fn of(destination: &DestinationRecord) -> Result<Self, ActivityFailure> {
        let thread = i32::try_from(destination.thread).ok();
        Ok(Self {
            chat: ChatRef { id: destination.chat, thread: thread.filter(|thread| *thread != 0) },
            language: (destination.language.parse())
                .map_err(|e| ActivityFailure::Input(format!("the destination's language: {e}")))?,
        })
    }
}

fn with_part(slot: &LedgerKey, part: DeliveryPart) -> LedgerKey {
    LedgerKey { part, ..slot.clone() }
}

fn notice(name: &str) -> Result<DeliveryPart, ActivityFailure> {
    let name = NoticeId::parse(name).map_err(|e| ActivityFailure::Input(e.to_string()))?;
    Ok(DeliveryPart::Notice(name))
}

/// Converts the answers to a report for the ledger, plus the failure to handle next.
pub(super) fn report(
    answer: Result<Vec<SentMessage>, SendError>,
) -> (SendReport, Option<SendError>) {
    let fault = match answer {
        Ok(sent) => {
            let record = |sent: SentMessage| MessageRecord {
                message: i64::from(sent.message),
                file: sent.file.unwrap_or_default(),
            };
            return (SendReport::Answered(sent.into_iter().map(record).collect()), None);
        }
        Err(fault) => fault,
    };
    let report = match fault.effect() {
        Effect::Unknown => SendReport::Unknown,
        Effect::NotSentRetry => SendReport::Undelivered(fault.to_string()),
        Effect::NotSentFinal => SendReport::Rejected(fault.to_string()),
    };
    (report, Some(fault))
}

/// Converts a failure to the activity's error.
#[expect(clippy::needless_pass_by_value, reason = "it is used in `map_err`")]
fn from_send_error(fault: SendError) -> ActivityFailure {
    let reason = fault.to_string();
    let retry_after = match fault {
        SendError::RateLimited(delay) => Some(delay),
        _ => None,
    };
    match fault.effect() {
        Effect::NotSentRetry | Effect::Unknown => {
            ActivityFailure::Unavailable { reason, retry_after }
        }
        Effect::NotSentFinal => refused(&reason),
    }
}

/// Converts a refusal: of the chat (it is closed) or of the message. The ledger stores only the
/// error text.
fn refused(reason: &str) -> ActivityFailure {
    if SendError::is_chat_closed(reason) {
        ActivityFailure::ChatClosed(reason.to_owned())
    } else {
        ActivityFailure::Destination(reason.to_owned())
    }
}

/// The outcome of a delivery that has ended, or its failure.
fn ended_outcome(state: &DeliveryState) -> Result<Outcome, ActivityFailure> {
    match state {
        DeliveryState::Sent { .. } => Ok(Outcome::Delivered),
        DeliveryState::Unknown { .. } => Ok(Outcome::Unknown),
        DeliveryState::Failed { reason, .. } => Err(refused(reason)),
        DeliveryState::Pending { .. } | DeliveryState::Sending { .. } => {
            Err(ActivityFailure::Unavailable {
                reason: "another attempt is sending it".to_owned(),
                retry_after: None,
            })
        }
    }
}

/// The error for a pool without a bot.
pub(super) fn missing_bot() -> ActivityFailure {
    ActivityFailure::Unavailable {
        reason: "this delivery pool has no bot: set TELOXIDE_TOKEN to continue".to_owned(),
        retry_after: None,
    }
}

/// `None` without a bot.
pub(super) type OptionalSender = Option<Arc<TelegramSender>>;
