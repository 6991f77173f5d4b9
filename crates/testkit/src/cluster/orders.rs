//! Orders carousels from a cluster and audits them.

use std::{path::PathBuf, time::Duration};

use domain::{CarouselId, RequestSource, UserId};
use gateway::{
    carousel_client::{self, CarouselClient},
    carousel_request::{CarouselRequest, CarouselSource},
};
use render::{Renderer, RendererConfig};
use storage::Blobs;
use workflows::{carousel::CarouselResult, destination::DestinationRecord};

use super::{Cluster, ClusterError};
use crate::audit::{
    AuditDestination, AuditReport, AuditSources, AuditedRequest, FindingClass, judge, offers_resend,
};

/// The polling interval.
const LOOK: Duration = Duration::from_millis(200);

/// Orders carousels that are exported to a folder, as an operator would. It needs no process of the cluster but Temporal
/// and no chaos proxy, and works again after a restart of Temporal.
#[derive(Clone)]
pub struct OrderDesk {
    carousels: CarouselClient,
    blobs: Blobs,
    output: PathBuf,
}

impl OrderDesk {
    /// Orders a carousel of three slides. The same key is the same order.
    ///
    /// # Errors
    /// [`ClusterError::Order`]; then the order may be placed or not, and can be repeated.
    pub async fn order(&self, key: &str, topic: &str) -> Result<AuditedRequest, ClusterError> {
        self.place(key, crate::short_order(topic)).await
    }

    async fn place(
        &self,
        key: &str,
        order: CarouselRequest,
    ) -> Result<AuditedRequest, ClusterError> {
        let fault = |e: &dyn std::fmt::Display| ClusterError::Order(e.to_string());
        let id = CarouselId::new(RequestSource::Cli, key).map_err(|e| fault(&e))?;
        let renderer = Renderer::new(&RendererConfig::default()).map_err(|e| fault(&e))?;
        let brief = order.validate(&renderer, &self.blobs).await;
        let brief = brief.map_err(|e| fault(&e))?;
        let to = DestinationRecord::folder(id.as_str());
        let started = self.carousels.start(&id, &UserId::local(), &brief, to).await;
        started.map_err(|e| fault(&e))?;
        Ok(AuditedRequest {
            destination: AuditDestination::Folder(self.output.join(id.as_str())),
            id: id.as_str().to_owned(),
        })
    }
}

impl Cluster {
    pub async fn order_desk(&self) -> Result<OrderDesk, ClusterError> {
        let (carousels, blobs) = (self.carousels().await?, self.blobs()?);
        Ok(OrderDesk { carousels, blobs, output: self.output() })
    }

    /// Orders a carousel of three slides that is exported to a folder, as an operator would.
    pub async fn order(&self, key: &str, topic: &str) -> Result<AuditedRequest, ClusterError> {
        self.order_desk().await?.order(key, topic).await
    }

    /// Like [`Cluster::order`], about the page at `link`.
    pub async fn order_page(&self, key: &str, link: &str) -> Result<AuditedRequest, ClusterError> {
        let mut order = crate::short_order("");
        order.source = Some(CarouselSource::Link(link.to_owned()));
        self.order_desk().await?.place(key, order).await
    }

    /// Moves the stored creation time of a carousel into the past.
    pub async fn backdate(
        &self,
        request: &AuditedRequest,
        by: Duration,
    ) -> Result<(), ClusterError> {
        let aged = crate::audit::backdate(&self.database_url(), &request.id, by).await;
        Ok(aged.map_err(crate::audit::AuditError::from)?)
    }

    /// The carousels that schedules of persons have started.
    pub async fn scheduled_carousels(&self) -> Result<Vec<AuditedRequest>, ClusterError> {
        let found = crate::audit::scheduled_carousels(&self.database_url()).await;
        let found = found.map_err(crate::audit::AuditError::from)?;
        let request = |(id, user): (String, String)| {
            let account = user.trim_start_matches("tg-").parse();
            let account = account.map_err(|_| ClusterError::Order(format!("{id} is of {user}")))?;
            Ok(AuditedRequest { id, destination: AuditDestination::Chat(account) })
        };
        found.into_iter().map(request).collect()
    }

    /// How many events of a type the processes of a role have written about themselves.
    pub async fn count_reports(&self, kind: &str, role: &str) -> Result<i64, ClusterError> {
        let counted = crate::audit::count_reports(&self.database_url(), kind, role).await;
        Ok(counted.map_err(crate::audit::AuditError::from)?)
    }

    /// Waits for the result of a carousel; `None` after the timeout.
    pub async fn ended(
        &self,
        request: &AuditedRequest,
        patience: Duration,
    ) -> Result<Option<CarouselResult>, ClusterError> {
        let fault = |e: &dyn std::fmt::Display| ClusterError::Order(e.to_string());
        let id = CarouselId::parse(&request.id).map_err(|e| fault(&e))?;
        let carousels = self.carousels().await?;
        let ended = async {
            loop {
                match carousels.wait_for_end(&id).await {
                    // Requested in a chat, and not started yet.
                    Err(carousel_client::CarouselError::NotFound(_)) => {
                        tokio::time::sleep(LOOK).await;
                    }
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
    pub async fn audit_when_idle(
        &self,
        requests: &[AuditedRequest],
        patience: Duration,
    ) -> Result<AuditReport, ClusterError> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let report = self.audit(requests).await?;
            let unrest = report.count(FindingClass::Unfinished) > 0;
            if !unrest || tokio::time::Instant::now() >= deadline {
                return Ok(report);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Audits these requests and everything else that exists.
    pub async fn audit(&self, requests: &[AuditedRequest]) -> Result<AuditReport, ClusterError> {
        let sources = AuditSources {
            client: self.client().await?,
            database_url: self.database_url(),
            blobs: self.blobs()?,
            output: Some(self.output()),
            telegram: self.telegram.clone(),
            is_uncertainty_notice: offers_resend,
        };
        Ok(judge(&sources.read(requests).await?))
    }
}
