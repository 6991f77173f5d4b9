//! Carousels in progress, also those whose workflow has stored no row yet: which ones there are,
//! and what `/status` says about them.

use chrono::{TimeDelta, Utc};
use domain::{CarouselId, CarouselStage, NoticeKind, delivery::DeliveryPart};
use storage::{
    carousels::{self, Carousel, CarouselFilter},
    ledger,
};
use telegram::{Html, Phrase};

use super::{CommandHandler, HandlerError, temporal};

/// How many carousels are listed.
const LISTED: u32 = 20;

/// How long a carousel without a row is looked for: a workflow that no worker opens ends by its
/// deadline.
const UNOPENED_TIME: TimeDelta = TimeDelta::hours(1);

/// A carousel that is accepted and not over.
pub(super) struct CarouselInProgress {
    pub(super) id: CarouselId,
    topic: String,
    /// Whether its workflow has stored its row.
    is_opened: bool,
}

impl CommandHandler<'_> {
    /// The open carousels of this user that have a row.
    pub(super) async fn open(&self) -> Result<Vec<Carousel>, HandlerError> {
        let filter = CarouselFilter {
            user: Some(self.user.clone()),
            open_only: true,
            limit: LISTED,
            after: None,
        };
        Ok(carousels::list(&self.deps.db.read(), &filter).await?.rows)
    }

    /// All carousels of this user that are in progress; without a row, only those of this chat.
    pub(super) async fn in_progress(&self) -> Result<Vec<CarouselInProgress>, HandlerError> {
        let since = Utc::now() - UNOPENED_TIME;
        let chat = self.update.chat.id;
        let part = DeliveryPart::Notice(NoticeKind::Progress.into());
        let reader = self.deps.db.read();
        // First those without a row: a row that is stored meanwhile makes no carousel vanish.
        let accepted = ledger::unopened(&reader, chat, &part, since, LISTED.into()).await?;
        let mut unopened = Vec::new();
        for id in accepted {
            let found = self.deps.carousels.requested(&id).await.map_err(temporal)?;
            if let Some(found) = found.filter(|found| found.is_running && found.user == self.user) {
                unopened.push(CarouselInProgress { id, topic: found.topic, is_opened: false });
            }
        }
        let opened = self.open().await?;
        unopened.retain(|accepted| opened.iter().all(|opened| opened.id != accepted.id));
        let opened = opened.into_iter().map(|carousel| CarouselInProgress {
            id: carousel.id,
            topic: carousel.brief.topic,
            is_opened: true,
        });
        Ok(unopened.into_iter().chain(opened).collect())
    }

    pub(super) async fn status(&self) -> Result<(), HandlerError> {
        let all = self.in_progress().await?;
        if all.is_empty() {
            return self.reply(Phrase::StatusIdle).await;
        }
        let mut text = Html::default();
        for carousel in all {
            let stage = if carousel.is_opened {
                let progress = self.deps.carousels.progress(&carousel.id).await;
                // No worker answers, or one of a version with other stages.
                let stage = progress.and_then(|progress| progress.stage);
                Phrase::StageName { stage: stage.unwrap_or(CarouselStage::Queued).name() }
            } else {
                Phrase::StageAccepted
            };
            let stage = stage.plain(self.language);
            let line = Phrase::StatusLine { topic: &carousel.topic, stage: &stage };
            text = text.append(&line.html(self.language)).append(&Html::text("\n"));
        }
        self.send(text.into()).await
    }
}
