//! Sends a broadcast to one recipient. The attempt that claims the delivery sends once and records
//! the outcome, as for a part of a carousel.

use ::telegram::{ChatRef, Html, Keyboard, Medium, Photo, SendError, messages, send_report};
use domain::{
    BroadcastId, CarouselId, Language, Outcome, UserId,
    access::AccessList,
    delivery::{DeliveryState, MessageRecord, RejectionKind, SendReport},
};
use storage::{
    Database, broadcasts,
    ledger::{DeliveryTarget, SendResult},
    users,
};
use workflows::broadcast::{BroadcastMessage, BroadcastSent, SendBroadcast, SendBroadcastInput};

use super::telegram_sender::{OptionalSender, TelegramSender, missing_bot, outcome_of};
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
        // A broadcast or a daily tip makes no sound: no person waits for it.
        let post = &self.sender.as_deref().ok_or_else(missing_bot)?.silently();
        let wrong = |error: domain::IdError| ActivityFailure::Input(error.to_string());
        let id = &BroadcastId::parse(&input.broadcast).map_err(wrong)?;
        let user = &UserId::parse(&input.recipient.user).map_err(wrong)?;
        let found = broadcasts::find::<BroadcastMessage>(&self.db.read(), id).await?;
        let found =
            found.ok_or_else(|| ActivityFailure::Missing(format!("there is no broadcast {id}")))?;
        let said = self.content_for(post, &found.message, user).await?;
        let chat = input.recipient.chat;
        post.wait_for_rate_limit(&run, chat, said.messages()).await?;
        let chat = ChatRef { id: chat, thread: None };
        let target = DeliveryTarget::Recipient { broadcast: id, user };
        let now = || run.now().into();
        let send = |_| async {
            // A user may have been banned after the broadcast began.
            let access = users::access(&self.db.read(), &self.access, user, now()).await?;
            if let Some(refusal) = access.refusal() {
                let (reason, kind) = (refusal.to_string(), RejectionKind::Other);
                return Ok((SendReport::Rejected { reason, kind }, None));
            }
            let answer = match said.send(post, chat).await {
                Ok(answer) => answer,
                Err(error) => return Ok((SendReport::Undelivered(error.to_string()), Some(error))),
            };
            run.pass_failpoint(FailpointPosition::After).await?;
            let (report, fault) = send_report(answer.map(|sent| vec![sent]));
            let failure = match fault {
                Some(fault) => Some(post.failure(&run, chat.id, fault).await),
                None => None,
            };
            Ok::<_, ActivityFailure>((report, failure))
        };
        let SendResult { delivery, sent } = post.ledger().send_once(target, now, send).await?;
        let open = matches!(
            delivery.state(),
            DeliveryState::Pending { .. } | DeliveryState::Sending { .. }
        );
        if open && sent.is_none() {
            // The broadcast is paused or has ended.
            return Ok(BroadcastSent::default());
        }
        let (outcome, closed) = match outcome_of(&delivery, sent.flatten()) {
            Ok(outcome) => (outcome, false),
            Err(ActivityFailure::ChatClosed(_)) => (Outcome::Failed, true),
            Err(ActivityFailure::Destination(_)) => (Outcome::Failed, false),
            Err(error) => return Err(error),
        };
        Ok(BroadcastSent { outcome: Some(outcome), closed })
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
    ) -> Result<Result<MessageRecord, SendError>, ActivityFailure> {
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
) -> Result<MessageRecord, SendError> {
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

handles!(BroadcastDeliveryService: SendBroadcast);
