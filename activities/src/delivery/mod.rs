//! The delivery pool: what was drawn reaches whoever asked for it.
#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

mod folder;

use std::sync::Arc;

use storage::{Blobs, Database};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{self, DeliverInput, Delivered};

use crate::{
    attempt::{Attempt, Conditions},
    error::Error,
    fault::Moment,
};
pub use folder::Folders;

/// The activities of the delivery pool.
pub struct Delivery {
    db: Database,
    blobs: Blobs,
    folders: Folders,
    conditions: Conditions,
}

impl Delivery {
    /// The pool over this database and these blobs.
    pub fn new(db: Database, blobs: Blobs, folders: Folders, conditions: Conditions) -> Self {
        Self {
            db,
            blobs,
            folders,
            conditions,
        }
    }

    async fn deliver(&self, attempt: Attempt, input: DeliverInput) -> Result<Delivered, Error> {
        let delivered = match input.destination.kind.as_str() {
            "folder" => {
                let parcel =
                    folder::Parcel::collect(&self.db, &self.blobs, &attempt, &input).await?;
                let written = parcel
                    .write(&self.folders, &input.destination.folder)
                    .await?;
                Delivered {
                    outcome: domain::Outcome::Delivered.name().to_owned(),
                    folder: written.folder,
                    files: written.files,
                }
            }
            other => return Err(Error::Input(format!("nobody delivers to a “{other}”"))),
        };
        attempt.at(Moment::After).await?;
        Ok(delivered)
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
        self.conditions
            .attempt(&ctx, |attempt| self.deliver(attempt, input))
            .await
    }
}
