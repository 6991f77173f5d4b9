//! Sends a broadcast to one recipient. The attempt that claims the delivery sends once and records
//! the outcome, as for a part of a carousel.

use ::telegram::{
    ChatRef, Effect, Html, Keyboard, Medium, Photo, SendError, SentMessage, messages,
};
use domain::{
    AttemptId, BroadcastId, CarouselId, ChatId, Language, Outcome, UserId, access::AccessList,
    delivery::DeliveryState,
};
use events::Timestamp;
use storage::{
    Database,
    broadcasts::{self, RecordRecipientError},
    ledger::SendReport,
    users,
};
use uuid::Uuid;
use workflows::broadcast::{BroadcastMessage, BroadcastSent, SendBroadcast, SendBroadcastInput};

use super::{
    claims::retry_recording,
    telegram_sender::{OptionalSender, TelegramSender, missing_bot, report},
};
use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::ActivityFailure,
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
};

/// The broadcast activity of the delivery pool.
pub struct BroadcastDeliveryService {
    sender: OptionalSender,
    db: Database,
    access: AccessList,
    conditions: ActivityEnvironment,
}

impl BroadcastDeliveryService {
    pub(super) fn new(
        sender: OptionalSender,
        db: Database,
        access: AccessList,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self { sender, db, access, conditions }
    }
}

impl HandleActivity<SendBroadcast> for BroadcastDeliveryService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: SendBroadcastInput,
    ) -> Result<BroadcastSent, ActivityFailure> {
        let post = self.sender.as_deref().ok_or_else(missing_bot)?;
        let wrong = |error: domain::IdError| ActivityFailure::Input(error.to_string());
        let id = &BroadcastId::parse(&input.broadcast).map_err(wrong)?;
        let user = &UserId::parse(&input.recipient.user).map_err(wrong)?;
        let found = broadcasts::find::<BroadcastMessage>(&self.db.read(), id).await?;
        let found =
            found.ok_or_else(|| ActivityFailure::Missing(format!("there is no broadcast {id}")))?;
        let said = self.content_for(post, &found.message, user).await?;
        let chat = ChatId::new(input.recipient.chat);
        post.wait_for_rate_limit(&run, chat, said.messages()).await?;
        let by = &AttemptId::parse(&Uuid::now_v7().to_string()).map_err(wrong)?;
        let at = Timestamp::from(run.now());
        let claim = |tx| async move { broadcasts::claim_one(&tx, id, user, by, at).await };
        let Some(claimed) = self.db.write(claim).await? else {
            return Ok(BroadcastSent::default());
        };
        if !claimed.delivery.is_held_by(by) {
            return earlier_result(claimed.delivery.state());
        }
        // A user may have been banned after the broadcast began.
        let access = users::access(&self.db.read(), &self.access, user, at).await?;
        if let Some(refusal) = access.refusal() {
            let rejected = SendReport::Rejected(refusal.to_string());
            self.record(&run, id, user, by, &rejected).await?;
            return Ok(result_of(Outcome::Failed));
        }
        let chat = ChatRef { id: claimed.chat.get(), thread: None };
        let answer = match said.send(post, chat).await {
            Ok(answer) => answer,
            Err(error) => {
                let undelivered = SendReport::Undelivered(error.to_string());
                self.record(&run, id, user, by, &undelivered).await?;
                return Err(error);
            }
        };
        run.pass_failpoint(FailpointPosition::After).await?;
        let (report, fault) = report(answer.map(|sent| vec![sent]));
        self.record(&run, id, user, by, &report).await?;
        fault.map_or(Ok(result_of(Outcome::Delivered)), |fault| result_after_error(&fault))
    }
}

impl BroadcastDeliveryService {
    /// The message for this recipient.
    async fn content_for(
        &self,
        post: &TelegramSender,
        message: &BroadcastMessage,
        user: &UserId,
    ) -> Result<BroadcastContent, ActivityFailure> {
        if let Some(album) = &message.album {
            let id = CarouselId::parse(&album.carousel)
                .map_err(|e| ActivityFailure::Input(e.to_string()))?;
            let revision = album.revision;
            let photos = post.broadcast_album(&id, revision, Medium::Photo).await?;
            return Ok(BroadcastContent::Album { id, revision, photos });
        }
        let user = users::find(&self.db.read(), user).await?;
        let language = user.and_then(|user| user.profile.language);
        let language = language.unwrap_or(Language::En);
        let mut thoughts = message.thoughts.iter();
        let theirs = thoughts.find(|thought| thought.language == language.name());
        // A user who changed the language after the texts were written gets one of the existing
        // texts.
        let Some(thought) = theirs.or(message.thoughts.first()) else {
            let keyboard = messages::broadcast_keyboard(language);
            return Ok(BroadcastContent::Text(Html::text(&message.text), keyboard));
        };
        let words = messages::daily_tip(language, &thought.text, &thought.source);
        Ok(BroadcastContent::Text(words, Keyboard::default()))
    }

    async fn record(
        &self,
        run: &ActivityRun,
        id: &BroadcastId,
        user: &UserId,
        by: &AttemptId,
        report: &SendReport,
    ) -> Result<(), ActivityFailure> {
        retry_recording(|| async move {
            let at = Timestamp::from(run.now());
            let record =
                |tx| async move { broadcasts::record(&tx, id, user, by, report, at).await };
            match self.db.write(record).await {
                Ok(_) => Ok(()),
                Err(RecordRecipientError::Refused { refusal, .. }) => {
                    Err(ActivityFailure::Input(refusal.to_string()))
                }
                Err(RecordRecipientError::Storage(error)) => Err(error.into()),
            }
        })
        .await
    }
}

enum BroadcastContent {
    Text(Html, Keyboard),
    Album { id: CarouselId, revision: u32, photos: Vec<Photo> },
}

impl BroadcastContent {
    fn messages(&self) -> usize {
        match self {
            Self::Text(..) => 1,
            Self::Album { photos, .. } => photos.len(),
        }
    }

    /// Sends it and returns the first message. The outer error means that nothing was sent.
    async fn send(
        self,
        post: &TelegramSender,
        chat: ChatRef,
    ) -> Result<Result<SentMessage, SendError>, ActivityFailure> {
        let (id, revision, photos) = match self {
            Self::Text(text, keyboard) => {
                return Ok(post.bot().send_text(chat, &text, &keyboard).await);
            }
            Self::Album { id, revision, photos } => (id, revision, photos),
        };
        match send_whole_album(post, chat, photos, Medium::Photo).await {
            Err(fault @ SendError::PhotoRefused(_)) => {
                tracing::warn!("an album is sent as documents: {fault}");
                let documents = post.broadcast_album(&id, revision, Medium::Document).await?;
                Ok(send_whole_album(post, chat, documents, Medium::Document).await)
            }
            answer => Ok(answer),
        }
    }
}

/// Sends an album completely: if only a part arrived, the rest is sent after it. An incomplete
/// album counts as unknown, because it must be neither reported as sent nor sent again.
async fn send_whole_album(
    post: &TelegramSender,
    chat: ChatRef,
    mut photos: Vec<Photo>,
    medium: Medium,
) -> Result<SentMessage, SendError> {
    let nothing = || SendError::Ambiguous("it names no message".to_owned());
    let mut sent = post.send(chat, photos.clone(), medium).await?;
    let first = sent.first().cloned().ok_or_else(nothing)?;
    loop {
        photos.drain(..sent.len().min(photos.len()));
        if photos.is_empty() {
            return Ok(first);
        }
        let rest = post.send(chat, photos.clone(), medium).await;
        sent =
            rest.map_err(|fault| SendError::Ambiguous(format!("the rest of an album: {fault}")))?;
        if sent.is_empty() {
            return Err(nothing());
        }
    }
}

fn result_of(outcome: Outcome) -> BroadcastSent {
    BroadcastSent { outcome: outcome.name().to_owned(), closed: false }
}

/// The result for the workflow after a failure; a transient one is an error, so that Temporal
/// retries.
fn result_after_error(fault: &SendError) -> Result<BroadcastSent, ActivityFailure> {
    match fault.effect() {
        Effect::Unknown => Ok(result_of(Outcome::Unknown)),
        Effect::NotSentFinal => Ok(BroadcastSent {
            closed: SendError::is_chat_closed(&fault.to_string()),
            ..result_of(Outcome::Failed)
        }),
        Effect::NotSentRetry => Err(ActivityFailure::Unavailable {
            reason: fault.to_string(),
            retry_after: match fault {
                SendError::RateLimited(delay) => Some(*delay),
                _ => None,
            },
        }),
    }
}

/// The result of a delivery that ended in an earlier attempt.
fn earlier_result(state: &DeliveryState) -> Result<BroadcastSent, ActivityFailure> {
    match state {
        DeliveryState::Sent { .. } => Ok(result_of(Outcome::Delivered)),
        DeliveryState::Unknown { .. } => Ok(result_of(Outcome::Unknown)),
        DeliveryState::Failed { reason, .. } => Ok(BroadcastSent {
            closed: SendError::is_chat_closed(reason),
            ..result_of(Outcome::Failed)
        }),
        DeliveryState::Pending { .. } | DeliveryState::Sending { .. } => {
            Err(ActivityFailure::Unavailable {
                reason: "another attempt is sending it".to_owned(),
                retry_after: None,
            })
        }
    }
}

handles!(BroadcastDeliveryService: SendBroadcast);
