//! The delivery pool: sends carousels and notices to a chat or a folder.

mod casting;
mod exporting;
mod folder;
mod grants;
mod ledger;
mod notices;
mod telegram;

use std::sync::Arc;

use ::render::Renderer;
use ::telegram::{Bot, limits::MESSAGES_PER_SECOND};
use domain::{
    Outcome,
    access::AccessList,
    delivery::{Generation, MessageRecord, Part, Size, Slot, State},
};
use storage::{
    Blobs, Database, carousels,
    ledger::{Entry, Report},
    pace::{Pacer, Purpose, Speaker},
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{
    self, DeliverInput, Delivered, SendFilesInput, ShowDraftInput, StatusInput, TellChangeInput,
    TellInput,
};

use crate::{
    attempt::{Attempt, Conditions},
    error::Error,
    fault::Moment,
    files::Press,
};
pub use casting::Casting;
pub use exporting::Exporting;
pub use folder::Folders;
use folder::Written;
pub use grants::{Grant, Grants};
use ledger::{Claim, Ledger};
pub use notices::Notices;
use telegram::{MaybePost, Post};

pub struct Delivery {
    db: Database,
    blobs: Blobs,
    press: Press,
    folders: Folders,
    ledger: Ledger,
    post: MaybePost,
    conditions: Conditions,
}

impl Delivery {
    /// `renderer` makes PDFs and should have the render pool's options; `environment` is part of
    /// the pool's events.
    pub fn new(
        db: Database,
        blobs: Blobs,
        renderer: Renderer,
        folders: Folders,
        environment: String,
        conditions: Conditions,
    ) -> Self {
        let ledger = Ledger::new(db.clone(), environment);
        let press = Press::new(db.clone(), blobs.clone(), renderer);
        Self {
            db,
            blobs,
            press,
            folders,
            ledger,
            post: None,
            conditions,
        }
    }

    #[must_use]
    pub fn with_bot(self, bot: Bot) -> Self {
        let (db, blobs) = (self.db.clone(), self.blobs.clone());
        let speaker = Speaker {
            bot: bot.id(),
            rate: MESSAGES_PER_SECOND,
            purpose: Purpose::Delivery,
        };
        let pacer = Pacer::new(db.clone(), speaker);
        let post = Post::new(bot, pacer, db, blobs, self.ledger.clone());
        Self {
            post: Some(Arc::new(post)),
            ..self
        }
    }

    /// The notice activities.
    pub fn notices(&self) -> Notices {
        Notices::new(self.post.clone(), self.conditions.clone())
    }

    /// The activity that exports a user's data.
    pub fn exporting(&self) -> Exporting {
        let (db, blobs) = (self.db.clone(), self.blobs.clone());
        Exporting::new(self.post.clone(), db, blobs, self.conditions.clone())
    }

    /// The broadcast activity; it sends only to users whom `access` allows.
    pub fn casting(&self, access: AccessList) -> Casting {
        let (post, db) = (self.post.clone(), self.db.clone());
        Casting::new(post, db, access, self.conditions.clone())
    }

    fn post(&self) -> Result<&Post, Error> {
        self.post.as_deref().ok_or_else(telegram::no_bot)
    }

    async fn deliver(&self, attempt: Attempt, input: DeliverInput) -> Result<Delivered, Error> {
        let (id, revision) = (&attempt.carousel, input.revision);
        let pictures = input.pictures.as_slice();
        let note = |tx| async move { carousels::keep_pictures(&tx, id, revision, pictures).await };
        self.db.write(note).await?;
        match input.destination.kind.as_str() {
            "folder" => self.to_folder(attempt, input).await,
            "telegram" => self.post()?.deliver(&attempt, &input).await,
            other => Err(Error::Input(format!("unknown destination “{other}”"))),
        }
    }

    /// Reads the pictures before it claims the delivery, so that a missing picture can be rendered
    /// again.
    async fn to_folder(&self, attempt: Attempt, input: DeliverInput) -> Result<Delivered, Error> {
        let (wanted, id) = (&input.destination, attempt.carousel.clone());
        let parcel = folder::Parcel::collect(&self.press, &attempt, &input).await?;
        let slot = Slot {
            carousel: attempt.carousel.clone(),
            revision: input.revision,
            part: Part::Folder,
            generation: Generation::FIRST,
        };
        let held = match self.ledger.claim(&attempt, &slot, Size::ONE, None).await? {
            Claim::Ours(held) => held,
            // An earlier attempt delivered it, but its result did not reach Temporal.
            Claim::Over(entry) => {
                return told(&entry, || parcel.named(&self.folders, wanted, &id));
            }
        };
        let written = parcel.write(&self.folders, wanted, &id).await;
        attempt.at(Moment::After).await?;
        let report = match &written {
            Ok(_) => Report::Answered(vec![MessageRecord::default()]),
            Err(Error::Destination(reason)) => Report::Rejected(reason.clone()),
            Err(error) => Report::Undelivered(error.to_string()),
        };
        let entry = held.record(&report).await?;
        let written = written?;
        told(&entry, || Ok(written))
    }
}

/// The result of a delivery that has ended.
fn told(
    entry: &Entry,
    written: impl FnOnce() -> Result<Written, Error>,
) -> Result<Delivered, Error> {
    match entry.delivery.state() {
        State::Sent { .. } => {
            let Written { folder, files } = written()?;
            Ok(Delivered {
                outcome: Outcome::Delivered.name().to_owned(),
                folder,
                files,
                ..Delivered::default()
            })
        }
        State::Unknown { .. } => Ok(Delivered {
            outcome: Outcome::Unknown.name().to_owned(),
            reason: "it was sent, but no answer came: it may have arrived".to_owned(),
            ..Delivered::default()
        }),
        State::Failed { reason, .. } => Err(Error::Destination(reason.clone())),
        State::Pending { .. } | State::Sending { .. } => Err(Error::Unavailable {
            reason: "another attempt is sending it".to_owned(),
            retry_after: None,
        }),
    }
}

#[activities]
impl Delivery {
    #[activity(definition = contract::delivery::DeliverCarousel)]
    pub async fn deliver_carousel(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: DeliverInput,
    ) -> Result<Delivered, ActivityError> {
        let carousel = input.carousel.clone();
        let deliver = |attempt| self.deliver(attempt, input);
        self.conditions.attempt_for(&ctx, &carousel, deliver).await
    }

    #[activity(definition = contract::delivery::UpdateStatus)]
    pub async fn update_status(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: StatusInput,
    ) -> Result<(), ActivityError> {
        let status = |attempt: Attempt| {
            let pool = Arc::clone(&self);
            async move { pool.post()?.status(&attempt, &input).await }
        };
        self.conditions.attempt(&ctx, status).await
    }

    #[activity(definition = contract::delivery::TellEnd)]
    pub async fn tell_end(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: TellInput,
    ) -> Result<(), ActivityError> {
        let carousel = input.carousel.clone();
        let tell = |attempt: Attempt| {
            let pool = Arc::clone(&self);
            async move { pool.post()?.tell(&attempt, &input).await }
        };
        self.conditions.attempt_for(&ctx, &carousel, tell).await
    }

    #[activity(definition = contract::delivery::TellChange)]
    pub async fn tell_change(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: TellChangeInput,
    ) -> Result<(), ActivityError> {
        let carousel = input.carousel.clone();
        let tell = |attempt: Attempt| {
            let pool = Arc::clone(&self);
            async move { pool.post()?.tell_change(&attempt, &input).await }
        };
        self.conditions.attempt_for(&ctx, &carousel, tell).await
    }

    #[activity(definition = contract::delivery::ShowDraft)]
    pub async fn show_draft(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: ShowDraftInput,
    ) -> Result<(), ActivityError> {
        let show = |attempt: Attempt| {
            let pool = Arc::clone(&self);
            async move { pool.post()?.show_draft(&attempt, &input).await }
        };
        self.conditions.attempt(&ctx, show).await
    }

    #[activity(definition = contract::delivery::SendFiles)]
    pub async fn send_files(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: SendFilesInput,
    ) -> Result<(), ActivityError> {
        let carousel = input.carousel.clone();
        let send = |attempt: Attempt| {
            let pool = Arc::clone(&self);
            async move { pool.post()?.files(&attempt, &pool.press, &input).await }
        };
        self.conditions.attempt_for(&ctx, &carousel, send).await
    }
}
