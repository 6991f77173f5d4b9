//! The auditor: holds four truths against each other and accounts for every request, one to one.
//!
//! | truth | where it is read from |
//! |---|---|
//! | what the workflows did | Temporal's histories |
//! | what is stored | the database's tables |
//! | what was said about it | the outbox |
//! | what really arrived | the chats of the fake Bot API, or the folders |
//!
//! Reading ([`Sources::read`]) and judging ([`judge`]) are apart: judging is a pure function over
//! [`Truths`], so that a test can plant any lie. The tables are read by SQL of the auditor's own,
//! past the storage crate, and pictures are told by their contents, not by what anybody noted: an
//! auditor that asked the accused would find nothing.
//!
//! Audit when things have come to rest: what is still under way is reported as unfinished.

mod arrivals;
mod database;
mod report;
mod rules;
mod temporal;
mod truth;

use std::path::PathBuf;

use storage::Blobs;
use temporalio_client::Client;

use crate::bot_api::{BotApi, Message};

pub(crate) use database::age;
pub use report::{Class, Finding, Report, Row, table};
pub use rules::judge;
pub use truth::{
    Arrival, Carousel, Delivery, Event, Notice, Place, Quota, Recipient, Reference, Request,
    Status, Stored, Truths, Update, Workflow,
};

/// Where the truths are.
pub struct Sources {
    /// Temporal.
    pub client: Client,
    /// The database.
    pub database_url: String,
    /// The blob store.
    pub blobs: Blobs,
    /// The folder below which carousels are delivered, where they are delivered to folders.
    pub output: Option<PathBuf>,
    /// The fake Bot API, where they are delivered to chats.
    pub telegram: Option<BotApi>,
    /// Whether a message of the bot's tells its reader that nobody knows whether something
    /// arrived.
    pub admits: fn(&Message) -> bool,
}

/// A message with a button that offers to send again: what the bot says when it does not know.
pub fn offers_to_send_again(message: &Message) -> bool {
    let labels = ["send again", "отправить ещё раз", "отправить снова"];
    let buttons = message.buttons().into_iter().flatten();
    let mut said = buttons.map(|button| button.text.to_lowercase());
    said.any(|text| labels.iter().any(|label| text.contains(label)))
}

/// Why a truth can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Temporal.
    #[error("Temporal: {0}")]
    Temporal(String),
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The folders.
    #[error("{path}: {source}", path = path.display())]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
}

impl Sources {
    /// Reads all truths about these requests, and about whatever else there is.
    ///
    /// # Errors
    /// [`Error`], for a truth that can't be read.
    pub async fn read(&self, requests: &[Request]) -> Result<Truths, Error> {
        let (stored, events) = database::read(&self.database_url).await?;
        let mut known: Vec<String> = requests.iter().map(|r| r.id.clone()).collect();
        known.extend(stored.carousels.iter().map(|c| c.id.clone()));
        let workflows = temporal::read(&self.client, known).await?;
        let missing_blobs = self.missing(&stored).await;
        let (mut arrivals, mut notices) = (Vec::new(), Vec::new());
        if let Some(output) = &self.output {
            arrivals.extend(arrivals::in_folders(output)?);
        }
        if let Some(telegram) = &self.telegram {
            let snapshot = telegram.snapshot().await;
            arrivals.extend(arrivals::in_chats(&snapshot));
            notices = arrivals::notices(&snapshot, self.admits);
        }
        Ok(Truths {
            requests: requests.to_vec(),
            workflows,
            stored,
            events,
            arrivals,
            notices,
            missing_blobs,
        })
    }

    /// The blobs that something refers to and that are not there, or damaged.
    async fn missing(&self, stored: &Stored) -> Vec<String> {
        let mut keys: Vec<&String> = stored.references.iter().map(|r| &r.key).collect();
        keys.sort();
        keys.dedup();
        let mut missing = Vec::new();
        for key in keys {
            let there = match domain::BlobKey::parse(key) {
                Ok(parsed) => self.blobs.get(&parsed).await.is_ok(),
                Err(_) => false,
            };
            if !there {
                missing.push(key.clone());
            }
        }
        missing
    }
}
