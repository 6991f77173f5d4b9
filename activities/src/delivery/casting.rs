//! Sends a broadcast to one recipient. The attempt that claims the delivery sends once and records
//! the outcome, as for a part of a carousel.

use std::sync::Arc;

use ::telegram::{Chat, Fault, Html, Keyboard, Meaning, Medium, Photo, Sent, talk};
use domain::{
    Attempt, BroadcastId, CarouselId, ChatId, Language, Outcome, UserId, access::AccessList,
    delivery::State,
};
use events::Timestamp;
use storage::{
    Database,
    broadcasts::{self, RecordError},
    ledger::Report,
    users,
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use uuid::Uuid;
use workflows::contract::{self, BroadcastMessage, Cast, CastInput};

use super::{
    ledger::patiently,
    telegram::{MaybePost, Post, no_bot, report},
};
use crate::{
    attempt::{Conditions, Errand},
    error::Error,
    fault::Moment,
};

/// The broadcast activity of the delivery pool.
pub struct Casting {
    post: MaybePost,
    db: Database,
    access: AccessList,
    conditions: Conditions,
}

impl Casting {
    pub(super) fn new(
        post: MaybePost,
        db: Database,
        access: AccessList,
        conditions: Conditions,
    ) -> Self {
        Self {
            post,
            db,
            access,
            conditions,
        }
    }

    async fn send(&self, errand: Errand, input: CastInput) -> Result<Cast, Error> {
        let post = self.post.as_deref().ok_or_else(no_bot)?;
        let wrong = |error: domain::IdError| Error::Input(error.to_string());
        let id = &BroadcastId::parse(&input.broadcast).map_err(wrong)?;
        let user = &UserId::parse(&input.recipient.user).map_err(wrong)?;
        let found = broadcasts::find::<BroadcastMessage>(&self.db.read(), id).await?;
        let found = found.ok_or_else(|| Error::Missing(format!("there is no broadcast {id}")))?;
        let said = self.said(post, &found.message, user).await?;
        let chat = ChatId::new(input.recipient.chat);
        post.turn(&errand, chat, said.messages()).await?;
        let by = &Attempt::parse(&Uuid::now_v7().to_string()).map_err(wrong)?;
        let at = Timestamp::from(errand.now());
        let claim = |tx| async move { broadcasts::claim_one(&tx, id, user, by, at).await };
        let Some(claimed) = self.db.write(claim).await? else {
            return Ok(Cast::default());
        };
        if !claimed.delivery.belongs_to(by) {
            return told(claimed.delivery.state());
        }
        // A user may have been banned after the broadcast began.
        let access = users::access(&self.db.read(), &self.access, user, at).await?;
        if let Some(refusal) = access.refusal() {
            let rejected = Report::Rejected(refusal.to_string());
            self.record(&errand, id, user, by, &rejected).await?;
            return Ok(cast(Outcome::Failed));
        }
        let chat = Chat {
            id: claimed.chat.get(),
            thread: None,
        };
        let answer = match said.send(post, chat).await {
            Ok(answer) => answer,
            Err(error) => {
                let undelivered = Report::Undelivered(error.to_string());
                self.record(&errand, id, user, by, &undelivered).await?;
                return Err(error);
            }
        };
        errand.at(Moment::After).await?;
        let (report, fault) = report(answer.map(|sent| vec![sent]));
        self.record(&errand, id, user, by, &report).await?;
        fault.map_or(Ok(cast(Outcome::Delivered)), |fault| after(&fault))
    }

    /// The message for this recipient.
    async fn said(
        &self,
        post: &Post,
        message: &BroadcastMessage,
        user: &UserId,
    ) -> Result<Said, Error> {
        if let Some(album) = &message.album {
            let id = CarouselId::parse(&album.carousel).map_err(|e| Error::Input(e.to_string()))?;
            let revision = album.revision;
            let photos = post.album_for_all(&id, revision, Medium::Photo).await?;
            return Ok(Said::Album {
                id,
                revision,
                photos,
            });
        }
        let user = users::find(&self.db.read(), user).await?;
        let language = user.and_then(|user| user.profile.language);
        let language = language.unwrap_or(Language::En);
        let mut thoughts = message.thoughts.iter();
        let theirs = thoughts.find(|thought| thought.language == language.name());
        // A user who changed the language after the texts were written gets one of the existing
        // texts.
        let Some(thought) = theirs.or(message.thoughts.first()) else {
            let keyboard = talk::under_news(language);
            return Ok(Said::Words(Html::text(&message.text), keyboard));
        };
        let words = talk::thought(language, &thought.text, &thought.source);
        Ok(Said::Words(words, Keyboard::default()))
    }

    async fn record(
        &self,
        errand: &Errand,
        id: &BroadcastId,
        user: &UserId,
        by: &Attempt,
        report: &Report,
    ) -> Result<(), Error> {
        patiently(|| async move {
            let at = Timestamp::from(errand.now());
            let record =
                |tx| async move { broadcasts::record(&tx, id, user, by, report, at).await };
            match self.db.write(record).await {
                Ok(_) => Ok(()),
                Err(RecordError::Refused { refusal, .. }) => Err(Error::Input(refusal.to_string())),
                Err(RecordError::Storage(error)) => Err(error.into()),
            }
        })
        .await
    }
}

enum Said {
    Words(Html, Keyboard),
    Album {
        id: CarouselId,
        revision: u32,
        photos: Vec<Photo>,
    },
}

impl Said {
    fn messages(&self) -> usize {
        match self {
            Self::Words(..) => 1,
            Self::Album { photos, .. } => photos.len(),
        }
    }

    /// Sends it and returns the first message. The outer error means that nothing was sent.
    async fn send(self, post: &Post, chat: Chat) -> Result<Result<Sent, Fault>, Error> {
        let (id, revision, photos) = match self {
            Self::Words(text, keyboard) => {
                return Ok(post.bot().send_text(chat, &text, &keyboard).await);
            }
            Self::Album {
                id,
                revision,
                photos,
            } => (id, revision, photos),
        };
        match whole(post, chat, photos, Medium::Photo).await {
            Err(fault @ Fault::PhotoRefused(_)) => {
                tracing::warn!("an album is sent as documents: {fault}");
                let documents = post.album_for_all(&id, revision, Medium::Document).await?;
                Ok(whole(post, chat, documents, Medium::Document).await)
            }
            answer => Ok(answer),
        }
    }
}

/// Sends an album completely: if only a part arrived, the rest is sent after it. An incomplete
/// album counts as unknown, because it must be neither reported as sent nor sent again.
async fn whole(
    post: &Post,
    chat: Chat,
    mut photos: Vec<Photo>,
    medium: Medium,
) -> Result<Sent, Fault> {
    let nothing = || Fault::Ambiguous("it names no message".to_owned());
    let mut sent = post.send(chat, photos.clone(), medium).await?;
    let first = sent.first().cloned().ok_or_else(nothing)?;
    loop {
        photos.drain(..sent.len().min(photos.len()));
        if photos.is_empty() {
            return Ok(first);
        }
        let rest = post.send(chat, photos.clone(), medium).await;
        sent = rest.map_err(|fault| Fault::Ambiguous(format!("the rest of an album: {fault}")))?;
        if sent.is_empty() {
            return Err(nothing());
        }
    }
}

fn cast(outcome: Outcome) -> Cast {
    Cast {
        outcome: outcome.name().to_owned(),
        closed: false,
    }
}

/// The result for the workflow after a failure; a transient one is an error, so that Temporal
/// retries.
fn after(fault: &Fault) -> Result<Cast, Error> {
    match fault.means() {
        Meaning::Unknown => Ok(cast(Outcome::Unknown)),
        Meaning::Never => Ok(Cast {
            closed: Fault::closed_in(&fault.to_string()),
            ..cast(Outcome::Failed)
        }),
        Meaning::NotYet => Err(Error::Unavailable {
            reason: fault.to_string(),
            retry_after: match fault {
                Fault::Wait(delay) => Some(*delay),
                _ => None,
            },
        }),
    }
}

/// The result of a delivery that ended in an earlier attempt.
fn told(state: &State) -> Result<Cast, Error> {
    match state {
        State::Sent { .. } => Ok(cast(Outcome::Delivered)),
        State::Unknown { .. } => Ok(cast(Outcome::Unknown)),
        State::Failed { reason, .. } => Ok(Cast {
            closed: Fault::closed_in(reason),
            ..cast(Outcome::Failed)
        }),
        State::Pending { .. } | State::Sending { .. } => Err(Error::Unavailable {
            reason: "another attempt is sending it".to_owned(),
            retry_after: None,
        }),
    }
}

#[activities]
impl Casting {
    #[activity(definition = contract::casting::SendBroadcast)]
    pub async fn send_broadcast(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: CastInput,
    ) -> Result<Cast, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.send(errand, input))
            .await
    }
}
