//! Orders carousels from a cluster and audits them.

use std::time::Duration;

use domain::{CarouselId, Source, UserId};
use gateway::{
    carousels,
    order::{Order, Words},
};
use render::{Options, Renderer};
use workflows::contract::{CarouselResult, DestinationRecord};

use super::{Cluster, Error};
use crate::audit::{Class, Place, Report, Request, Sources, judge, offers_to_send_again};

/// The polling interval.
const LOOK: Duration = Duration::from_millis(200);

impl Cluster {
    /// Orders a carousel of three slides that is exported to a folder, as an operator would.
    ///
    /// # Errors
    /// [`Error`] if the order is refused or Temporal is down.
    pub async fn order(&self, key: &str, topic: &str) -> Result<Request, Error> {
        self.place(key, crate::short(topic)).await
    }

    /// Like [`Cluster::order`], about the page at `link`.
    ///
    /// # Errors
    /// [`Error`] if the order is refused or Temporal is down.
    pub async fn order_page(&self, key: &str, link: &str) -> Result<Request, Error> {
        let words = Words::Link(link.to_owned());
        self.place(key, crate::short_about(words)).await
    }

    async fn place(&self, key: &str, order: Order) -> Result<Request, Error> {
        let fault = |e: &dyn std::fmt::Display| Error::Order(e.to_string());
        let id = CarouselId::new(Source::Cli, key).map_err(|e| fault(&e))?;
        let renderer = Renderer::new(&Options::default()).map_err(|e| fault(&e))?;
        let brief = order.judge(&renderer, &self.blobs()?).await;
        let brief = brief.map_err(|e| fault(&e))?;
        let to = DestinationRecord::folder(id.as_str());
        let started = self
            .carousels()
            .await?
            .start(&id, &UserId::local(), &brief, to)
            .await;
        started.map_err(|e| fault(&e))?;
        Ok(Request {
            place: Place::Folder(self.output().join(id.as_str())),
            id: id.as_str().to_owned(),
        })
    }

    /// Moves the stored creation time of a carousel into the past.
    ///
    /// # Errors
    /// [`Error::Audit`] if the database is down.
    pub async fn age(&self, request: &Request, by: Duration) -> Result<(), Error> {
        let aged = crate::audit::age(&self.database_url(), &request.id, by).await;
        Ok(aged.map_err(crate::audit::Error::from)?)
    }

    /// Waits for the result of a carousel; `None` after the timeout.
    ///
    /// # Errors
    /// [`Error`] if Temporal is down.
    pub async fn ended(
        &self,
        request: &Request,
        patience: Duration,
    ) -> Result<Option<CarouselResult>, Error> {
        let fault = |e: &dyn std::fmt::Display| Error::Order(e.to_string());
        let id = CarouselId::parse(&request.id).map_err(|e| fault(&e))?;
        let carousels = self.carousels().await?;
        let ended = async {
            loop {
                match carousels.ended(&id).await {
                    // Requested in a chat, and not started yet.
                    Err(carousels::Error::NotFound(_)) => tokio::time::sleep(LOOK).await,
                    ended => return ended,
                }
            }
        };
        match tokio::time::timeout(patience, ended).await {
            Ok(ended) => Ok(Some(ended.map_err(|e| fault(&e))?)),
            Err(_) => Ok(None),
        }
    }

    /// The audit after no work is in progress any more, or after the timeout.
    ///
    /// # Errors
    /// [`Error::Audit`] if a source can't be read.
    pub async fn audit_at_rest(
        &self,
        requests: &[Request],
        patience: Duration,
    ) -> Result<Report, Error> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let report = self.audit(requests).await?;
            let unrest = report.count(Class::Unfinished) > 0;
            if !unrest || tokio::time::Instant::now() >= deadline {
                return Ok(report);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Audits these requests and everything else that exists.
    ///
    /// # Errors
    /// [`Error::Audit`] if a source can't be read.
    pub async fn audit(&self, requests: &[Request]) -> Result<Report, Error> {
        let sources = Sources {
            client: self.client().await?,
            database_url: self.database_url(),
            blobs: self.blobs()?,
            output: Some(self.output()),
            telegram: self.telegram.clone(),
            admits: offers_to_send_again,
        };
        Ok(judge(&sources.read(requests).await?))
    }
}
