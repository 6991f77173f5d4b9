//! The auditor: compares four sources and accounts for every request, one to one.
//!
//! | source | where it is read from |
//! |---|---|
//! | what the workflows did | Temporal's histories |
//! | what is stored | the database's tables |
//! | which events were written | the outbox |
//! | what arrived | the chats of the fake Bot API, or the folders |
//!
//! It also reports where `storage::rebuild` finds rows that differ from their events.
//!
//! Reading ([`AuditSources::read`]) and judging ([`judge`]) are separate: judging is a pure function
//! over [`AuditData`], so that a test can plant any inconsistency. The auditor reads the tables with
//! its own SQL instead of the storage crate, and identifies pictures by their contents instead of
//! by recorded ids: otherwise it would share the bugs that it has to find.
//!
//! Run it when no work is in progress: it reports unfinished work as [`FindingClass::Unfinished`].

mod arrivals;
mod audit_data;
mod audit_report;
mod database;
mod rules;
mod workflow_histories;

use std::path::PathBuf;

use storage::{Blobs, Database, DatabaseOptions, DatabaseRole, StorageError, rebuild};
use temporalio_client::Client;

use crate::bot_api::{FakeBotApi, FakeMessage};

pub use audit_data::{
    ArrivedPictures, AuditData, AuditDestination, AuditedRequest, BlobReferenceRow, CarouselRow,
    DeliveryRow, EventRow, QuotaHold, RecipientRow, StoredRows, UncertaintyNotice, UpdateRow,
    WorkflowFacts, WorkflowStatus,
};
pub use audit_report::{AuditReport, AuditRow, Finding, FindingClass, table};
pub(crate) use database::{backdate, count_reports, scheduled_carousels};
pub use rules::judge;

pub struct AuditSources {
    pub client: Client,
    pub database_url: String,
    pub blobs: Blobs,
    /// The root of the export folders, if carousels are delivered to folders.
    pub output: Option<PathBuf>,
    /// The fake Bot API, if carousels are delivered to chats.
    pub telegram: Option<FakeBotApi>,
    /// Whether a message of the bot says that the outcome of a delivery is unknown.
    pub is_uncertainty_notice: fn(&FakeMessage) -> bool,
}

/// Whether a message has a button that offers to send again: the bot shows it when the outcome is
/// unknown.
pub fn offers_resend(message: &FakeMessage) -> bool {
    let labels = ["send again", "отправить ещё раз", "отправить снова"];
    let buttons = message.buttons().into_iter().flatten();
    let mut said = buttons.map(|button| button.text.to_lowercase());
    said.any(|text| labels.iter().any(|label| text.contains(label)))
}

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("Temporal: {0}")]
    Temporal(String),
    #[error("the database: {0}")]
    Database(#[from] sea_orm::DbErr),
    #[error("the database: {0}")]
    Storage(#[from] StorageError),
    #[error("{path}: {source}", path = path.display())]
    Folder { path: PathBuf, source: std::io::Error },
}

impl AuditSources {
    /// Reads all sources: these requests and everything else that exists.
    pub async fn read(&self, requests: &[AuditedRequest]) -> Result<AuditData, AuditError> {
        let (stored, events) = database::read(&self.database_url).await?;
        let options = DatabaseOptions::of(DatabaseRole::Tool);
        let db = Database::open(&self.database_url, &options).await?;
        let rebuilt = rebuild::check(&db.read()).await?;
        let mut known: Vec<String> = requests.iter().map(|r| r.id.clone()).collect();
        known.extend(stored.carousels.iter().map(|c| c.id.clone()));
        let workflows = workflow_histories::read(&self.client, known).await?;
        let missing_blobs = self.missing(&stored).await;
        let (mut arrivals, mut notices) = (Vec::new(), Vec::new());
        if let Some(output) = &self.output {
            arrivals.extend(arrivals::in_folders(output)?);
        }
        if let Some(telegram) = &self.telegram {
            let snapshot = telegram.snapshot().await;
            arrivals.extend(arrivals::in_chats(&snapshot));
            notices = arrivals::notices(&snapshot, self.is_uncertainty_notice);
        }
        Ok(AuditData {
            requests: requests.to_vec(),
            workflows,
            stored,
            events,
            arrivals,
            notices,
            missing_blobs,
            rebuilt,
        })
    }

    /// The keys of blobs that are referenced but missing or damaged.
    async fn missing(&self, stored: &StoredRows) -> Vec<String> {
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
