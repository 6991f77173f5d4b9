//! Delivery into a chat: the album, its caption if it is long, and the buttons. Every part goes
//! through the ledger; a part that may have arrived is not sent again.

mod album;
mod edit_messages;

use std::{sync::Arc, time::Duration};

use ::telegram::{
    Bot, ChatRef, Effect, Html, Keyboard, Medium, OutgoingFile, SendError, bot_api_limits,
    messages::{self, OfflineAlbum},
    send_report,
};
use domain::{
    BlobKey, Brief, CarouselId, CarouselStage, ChatId, Language, NoticeId, NoticeKind, Outcome,
    ProviderName,
    delivery::{
        Delivery, DeliveryPart, DeliveryState, Generation, LedgerKey, MessageRecord, PartSize,
        RejectionKind, RepeatPolicy,
    },
};
use events::Timestamp;
use storage::{
    Blobs, Database, carousels,
    ledger::{self, DeliveryLedger, DeliveryTarget, LedgerEntry, SendResult},
    rate_limiter::{RateLimited, RateLimiter},
};
use workflows::{
    carousel::{CarouselDelivered, DeliverInput, ReportEndInput, StatusInput},
    destination::DestinationRecord,
};

use album::{AlbumMessage, caption_of};

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

/// The notices that have a carousel's buttons.
const CONTROLS: [NoticeKind; 3] = [NoticeKind::Ready, NoticeKind::Unknown, NoticeKind::Edit];

/// Attempts of a message that Telegram may have refused. A message that arrives each time without a
/// confirmation is repeated so often at most.
const UNCONFIRMED_ATTEMPTS: u32 = 6;

/// Sends messages through a bot and records them in the ledger.
#[derive(Clone)]
pub(super) struct TelegramSender {
    bot: Bot,
    pacer: RateLimiter,
    db: Database,
    blobs: Blobs,
    ledger: DeliveryLedger,
}

#[derive(Clone, Copy)]
struct ChatAndLanguage {
    chat: ChatRef,
    language: Language,
    /// The message that asked: messages about a failure reply to it.
    reply_to: Option<i32>,
}

impl TelegramSender {
    pub(super) fn new(
        bot: Bot,
        pacer: RateLimiter,
        db: Database,
        blobs: Blobs,
        ledger: DeliveryLedger,
    ) -> Self {
        Self { bot, pacer, db, blobs, ledger }
    }

    /// The same sender, whose messages arrive without a sound: for what no person waits for.
    pub(super) fn silently(&self) -> Self {
        Self { bot: self.bot.silently(), ..self.clone() }
    }

    /// Callers that send messages call [`TelegramSender::wait_for_rate_limit`] first.
    pub(super) const fn bot(&self) -> &Bot {
        &self.bot
    }

    pub(super) const fn ledger(&self) -> &DeliveryLedger {
        &self.ledger
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
        let AlbumMessage { photos, caption } = parcel;
        let outcome = self.album(attempt, place, &album, input, photos).await?;
        if outcome == Outcome::Delivered
            && (caption.units() > bot_api_limits::CAPTION_UNITS
                || self.is_caption_apart(&attempt.carousel, input.revision).await?)
        {
            let said = TextAndKeyboard::plain(caption);
            self.silently().send_text(attempt, place, &caption_of(&album), said).await?;
        }
        self.send_final_message(attempt, place, &album, outcome).await?;
        Ok(CarouselDelivered {
            outcome: Some(outcome),
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
        // A stage that this version does not know has no text.
        let Some(stage) = input.stage else {
            return Ok(());
        };
        let Some(message) = self.progress_message(&attempt.carousel).await? else {
            return Ok(());
        };
        let _ = if stage == CarouselStage::Drawing {
            self.bot.show_uploading(place.chat).await
        } else {
            self.bot.show_typing(place.chat).await
        };
        let mut said = messages::stage(place.language, stage, &input.topic);
        let carousel = carousels::find(&self.db.read(), &attempt.carousel).await?;
        if let Some(brief) = carousel.and_then(|found| Brief::try_from(&found.brief).ok()) {
            let look = (&brief.theme, brief.format);
            let (slides, language) = (brief.slides.get().into(), brief.language);
            let choices = messages::choices(place.language, slides, look, language);
            said = said.append(&Html::text("\n")).append(&choices);
        }
        let keyboard = messages::progress_keyboard(place.language, &attempt.carousel);
        let chat = place.chat.id;
        match self.wait_for_rate_limit_within(attempt, chat, 1, PROGRESS_RATE_LIMIT_WAIT).await {
            Ok(()) => {}
            // The rate limit is better spent on other messages.
            Err(RateLimited::RetryAfter(_)) => return Ok(()),
            Err(RateLimited::Storage(error)) => return Err(error.into()),
        }
        match self.bot.edit_text(place.chat, message, &said, &keyboard).await {
            // A repeated update, or the user deleted the message.
            Ok(()) | Err(SendError::NotModified | SendError::MessageGone) => {}
            Err(fault) => return Err(self.failure(attempt, chat, fault).await),
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
        // An outcome that this version does not know is none of the good ones.
        let outcome = input.outcome.unwrap_or(Outcome::Failed);
        let text = match outcome {
            Outcome::Delivered | Outcome::Unknown => {
                return self.send_missing_final_message(attempt, place, outcome).await;
            }
            Outcome::Cancelled => messages::cancelled(place.language),
            Outcome::Failed => {
                let carousel = carousels::find(&self.db.read(), &attempt.carousel).await?;
                // A carousel that was refused before it opened has no row.
                let topic = carousel.as_ref().map(|carousel| carousel.brief.topic.as_str());
                messages::failed(place.language, topic, &input.cause, input.offer)
            }
        };
        let slot = notice(&attempt.carousel, 0, NoticeId::parse(outcome.name())?);
        let carousel = &attempt.carousel;
        let keyboard = messages::after_failure(place.language, carousel, input.offer);
        let sending = self.bot.send_reply(place.chat, place.reply_to, &text, &keyboard);
        self.send_single(attempt, place, &slot, sending).await?;
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
        let slot = notice(&attempt.carousel, 0, NoticeId::parse(name)?);
        let said = TextAndKeyboard::plain(text(place.language)?);
        self.send_text(attempt, place, &slot, said).await
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

    /// Sends a text through the ledger.
    async fn send_text(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        slot: &LedgerKey,
        said: TextAndKeyboard,
    ) -> Result<Outcome, ActivityFailure> {
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
        sending: impl Future<Output = Result<MessageRecord, SendError>>,
    ) -> Result<Outcome, ActivityFailure> {
        let chat = place.chat.id;
        self.wait_for_rate_limit(attempt, chat, 1).await?;
        let target = DeliveryTarget::Part { key: slot, size: PartSize::ONE, chat: Some(chat) };
        let now = || attempt.now().into();
        let send = |_| async move {
            let answer = sending.await.map(|sent| vec![sent]);
            attempt.pass_failpoint(FailpointPosition::After).await?;
            Ok::<_, ActivityFailure>(send_report(answer))
        };
        let SendResult { delivery, sent } = self.ledger.send_once(target, now, send).await?;
        let failure = match sent.flatten() {
            Some(fault) => Some(self.failure(attempt, chat, fault).await),
            None => None,
        };
        // A message may be repeated, and the chat needs it: it can have the only buttons.
        let repeats = slot.part.repeats() == RepeatPolicy::Allowed;
        if matches!(delivery.state(), DeliveryState::Unknown { .. })
            && repeats
            && attempt.attempt < UNCONFIRMED_ATTEMPTS
        {
            return Err(failure.unwrap_or_else(unconfirmed));
        }
        outcome_of(&delivery, failure)
    }

    /// Converts a failure to the activity's error. If Telegram asks to wait, every sender of this
    /// chat waits.
    pub(super) async fn failure(
        &self,
        run: &ActivityRun,
        chat: ChatId,
        fault: SendError,
    ) -> ActivityFailure {
        if let Some(wait) = fault.retry_after() {
            let silenced = self.pacer.silence(chat, wait, run.now().into()).await;
            if let Err(error) = silenced {
                tracing::debug!("other senders will find out for themselves: {error}");
            }
        }
        from_send_error(fault)
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
        let (kind, said) = if outcome == Outcome::Delivered {
            let keyboard = messages::album_keyboard(place.language, carousel, album.revision);
            let offline = self.offline_album(carousel, album.revision).await?;
            let text = messages::ready(place.language, offline);
            (NoticeKind::Ready, TextAndKeyboard { text, keyboard })
        } else {
            let keyboard =
                messages::send_again_keyboard(place.language, carousel, album.revision, next.get());
            (
                NoticeKind::Unknown,
                TextAndKeyboard { text: messages::delivery_unknown(place.language), keyboard },
            )
        };
        // One final message per album, independent of the generation.
        let slot = LedgerKey {
            part: DeliveryPart::Notice(NoticeId::new(kind, album.generation)?),
            generation: Generation::FIRST,
            ..album.clone()
        };
        // The album has made a sound; the question about an unknown one needs attention.
        let sender = if outcome == Outcome::Delivered { self.silently() } else { self.clone() };
        // The album has arrived; a failed final message must not fail the delivery.
        if let Err(error) = sender.send_text(attempt, place, &slot, said).await {
            match error {
                // Repeated until the message is there.
                ActivityFailure::Unavailable { .. } => return Err(error),
                other => tracing::warn!("the album was sent, but not its buttons: {other}"),
            }
        }
        self.remove_older_keyboard(attempt, place, &slot).await;
        self.delete_progress(attempt, place).await;
        Ok(())
    }

    /// What a stored revision is made of, if the offline provider wrote it.
    async fn offline_album(
        &self,
        carousel: &CarouselId,
        revision: u32,
    ) -> Result<Option<OfflineAlbum>, ActivityFailure> {
        let reader = self.db.read();
        let Some(saved) = carousels::find_draft(&reader, carousel, revision).await? else {
            return Ok(None);
        };
        if saved.provider.parse() != Ok(ProviderName::Offline) {
            return Ok(None);
        }
        let found = carousels::find(&reader, carousel).await?;
        let brief = found.and_then(|found| Brief::try_from(&found.brief).ok());
        Ok(brief.map(|brief| {
            let slides = saved.draft.slides.len();
            // Later revisions have the slides that the user left.
            let is_short = revision == 1 && slides < usize::from(brief.slides.get());
            let only_slides = is_short.then_some(slides as u64);
            OfflineAlbum { material: brief.offline_material(), only_slides }
        }))
    }

    /// Removes the buttons of the message that had them before `current`: one message of a carousel
    /// has its buttons. Ignores failures.
    async fn remove_older_keyboard(
        &self,
        attempt: &CarouselActivityRun,
        place: ChatAndLanguage,
        current: &LedgerKey,
    ) {
        let Ok(entries) = ledger::of_carousel(&self.db.read(), &current.carousel).await else {
            return;
        };
        let chat = place.chat.id;
        let message_of = |entry: &LedgerEntry| entry.messages.last().map(|sent| sent.message);
        let shown = entries.rows.iter().find(|entry| entry.slot == *current).and_then(message_of);
        let older = entries.rows.iter().filter(|entry| {
            // A result that was shown in place has the message of an older row.
            // A failed edit has no revision and no buttons.
            entry.chat == Some(chat)
                && entry.slot.revision > 0
                && message_of(entry) != shown
                && matches!(&entry.slot.part, DeliveryPart::Notice(name)
                    if name.kind().is_some_and(|kind| CONTROLS.contains(&kind)))
        });
        let newest = older.max_by_key(|entry| entry.updated_at).and_then(message_of);
        let Some(message) = newest.and_then(|message| i32::try_from(message).ok()) else {
            return;
        };
        let patience = PROGRESS_RATE_LIMIT_WAIT;
        if self.wait_for_rate_limit_within(attempt, chat, 1, patience).await.is_err() {
            return;
        }
        if let Err(fault) = self.bot.remove_keyboard(place.chat, message).await {
            tracing::debug!("could not remove an older keyboard: {fault}");
        }
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
        let slot = notice(carousel, 0, NoticeKind::Progress);
        let entry = ledger::find(&self.db.read(), &slot).await?;
        let message = entry.and_then(|entry| entry.messages.first().map(|sent| sent.message));
        Ok(message.and_then(|message| i32::try_from(message).ok()))
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
            reply_to: i32::try_from(destination.reply_to).ok().filter(|message| *message != 0),
        })
    }
}

fn unconfirmed() -> ActivityFailure {
    ActivityFailure::Unavailable {
        reason: "Telegram did not say whether a message arrived".to_owned(),
        retry_after: None,
    }
}

fn notice(carousel: &CarouselId, revision: u32, name: impl Into<NoticeId>) -> LedgerKey {
    LedgerKey {
        carousel: carousel.clone(),
        revision,
        part: DeliveryPart::Notice(name.into()),
        generation: Generation::FIRST,
    }
}

/// Converts a failure to the activity's error.
#[expect(clippy::needless_pass_by_value, reason = "it is used in `map_err`")]
fn from_send_error(fault: SendError) -> ActivityFailure {
    let reason = fault.to_string();
    match fault.effect() {
        Effect::NotSentRetry | Effect::Unknown => {
            ActivityFailure::Unavailable { reason, retry_after: fault.retry_after() }
        }
        Effect::NotSentFinal => refused(reason, fault.rejection_kind()),
    }
}

fn refused(reason: String, kind: RejectionKind) -> ActivityFailure {
    match kind {
        RejectionKind::ChatClosed => ActivityFailure::ChatClosed(reason),
        RejectionKind::Other => ActivityFailure::Destination(reason),
    }
}

/// The outcome of a delivery; an error if it failed, or if it is not over, which is `failure` if
/// this attempt sent.
pub(super) fn outcome_of(
    delivery: &Delivery,
    failure: Option<ActivityFailure>,
) -> Result<Outcome, ActivityFailure> {
    match delivery.state() {
        DeliveryState::Sent { .. } => Ok(Outcome::Delivered),
        DeliveryState::Unknown { .. } => Ok(Outcome::Unknown),
        DeliveryState::Failed { reason, kind, .. } => Err(refused(reason.clone(), *kind)),
        DeliveryState::Pending { .. } | DeliveryState::Sending { .. } => Err(failure
            .unwrap_or_else(|| ActivityFailure::Unavailable {
                reason: "another attempt is sending it".to_owned(),
                retry_after: None,
            })),
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
