//! The delivery pool: sends carousels and notices to a chat or a folder.

mod broadcast_delivery;
mod data_export;
mod folder_export;
mod grants;
mod notices;
mod telegram_sender;
mod webhooks;

use std::sync::Arc;

use ::render::Renderer;
use ::telegram::{Bot, bot_api_limits::MESSAGES_PER_SECOND};
use domain::{
    Outcome,
    access::AccessList,
    delivery::{
        DeliveryPart, Generation, LedgerKey, MessageRecord, PartSize, RejectionKind, SendReport,
    },
};
use export::Exporter;
use storage::{
    Blobs, Database, carousels,
    ledger::{self, DeliveryLedger, DeliveryTarget, SendResult},
    rate_limiter::{RateLimitedSender, RateLimiter, SendPurpose},
    requests,
};
use workflows::{
    carousel::{
        CarouselDelivered, DeliverCarousel, DeliverInput, ReportEnd, ReportEndInput, SendFiles,
        SendFilesInput, ShowDraft, ShowDraftInput, StatusInput, UpdateStatus,
    },
    destination::DestinationKind,
    edit::{ReportEdit, ReportEditInput},
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::ActivityFailure,
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun, CarouselActivityRun},
    ai::GuardedClient,
};
pub use broadcast_delivery::BroadcastDeliveryService;
pub use data_export::ExportService;
pub use folder_export::Folders;
use folder_export::WrittenFiles;
pub use grants::{Grant, Grants};
pub use notices::NoticeService;
use telegram_sender::{OptionalSender, TelegramSender};
pub use webhooks::WebhookService;

pub struct DeliveryService {
    db: Database,
    blobs: Blobs,
    exporter: Exporter,
    folders: Folders,
    ledger: DeliveryLedger,
    sender: OptionalSender,
    conditions: ActivityEnvironment,
}

impl DeliveryService {
    /// `renderer` makes PDFs and should have the render pool's options; `environment` is part of
    /// the pool's events.
    pub fn new(
        db: Database,
        blobs: Blobs,
        renderer: Renderer,
        folders: Folders,
        environment: String,
        conditions: ActivityEnvironment,
    ) -> Self {
        let ledger = DeliveryLedger::new(db.clone(), environment);
        let exporter = Exporter::new(db.clone(), blobs.clone(), renderer);
        Self { db, blobs, exporter, folders, ledger, sender: None, conditions }
    }

    #[must_use]
    pub fn with_bot(self, bot: Bot) -> Self {
        let (db, blobs) = (self.db.clone(), self.blobs.clone());
        let speaker = RateLimitedSender {
            bot: bot.id(),
            rate: MESSAGES_PER_SECOND,
            purpose: SendPurpose::Delivery,
        };
        let pacer = RateLimiter::new(db.clone(), speaker);
        let post = TelegramSender::new(bot, pacer, db, blobs, self.ledger.clone());
        Self { sender: Some(Arc::new(post)), ..self }
    }

    pub fn notices(&self) -> NoticeService {
        NoticeService::new(self.sender.clone(), self.conditions.clone())
    }

    /// The activity that exports a user's data.
    pub fn exports(&self) -> ExportService {
        let (db, blobs) = (self.db.clone(), self.blobs.clone());
        ExportService::new(self.sender.clone(), db, blobs, self.conditions.clone())
    }

    /// The activity that calls webhooks.
    pub fn webhooks(&self, http: GuardedClient) -> WebhookService {
        WebhookService::new(self.db.clone(), http, self.conditions.clone())
    }

    /// The broadcast activity; it sends only to users whom `access` allows.
    pub fn broadcasts(&self, access: AccessList) -> BroadcastDeliveryService {
        let (post, db) = (self.sender.clone(), self.db.clone());
        BroadcastDeliveryService::new(post, db, access, self.conditions.clone())
    }

    fn sender(&self) -> Result<&TelegramSender, ActivityFailure> {
        self.sender.as_deref().ok_or_else(telegram_sender::missing_bot)
    }
}

impl HandleActivity<DeliverCarousel> for DeliveryService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: DeliverInput,
    ) -> Result<CarouselDelivered, ActivityFailure> {
        let attempt = run.for_carousel(&input.carousel)?;
        let (id, revision) = (&attempt.carousel, input.revision);
        let pictures = input.pictures.as_slice();
        let note =
            |tx| async move { carousels::store_picture_refs(&tx, id, revision, pictures).await };
        self.db.write(note).await?;
        match input.destination.kind {
            Some(DestinationKind::Folder) => self.to_folder(attempt, input).await,
            Some(DestinationKind::Telegram) => self.sender()?.deliver(&attempt, &input).await,
            None => Err(ActivityFailure::Input(
                "there is no destination, or one of a kind that this version does not know"
                    .to_owned(),
            )),
        }
    }
}

impl DeliveryService {
    /// Reads the pictures before it claims the delivery, so that a missing picture can be rendered
    /// again.
    async fn to_folder(
        &self,
        attempt: CarouselActivityRun,
        input: DeliverInput,
    ) -> Result<CarouselDelivered, ActivityFailure> {
        let (wanted, id) = (&input.destination, attempt.carousel.clone());
        let parcel = folder_export::FolderExport::collect(&self.exporter, &attempt, &input).await?;
        let slot = LedgerKey {
            carousel: attempt.carousel.clone(),
            revision: input.revision,
            part: DeliveryPart::Folder,
            generation: Generation::FIRST,
        };
        let target = DeliveryTarget::Part { key: &slot, size: PartSize::ONE, chat: None };
        let now = || attempt.now().into();
        let send = |_| async {
            let written = parcel.clone().write(&self.folders, wanted, &id).await;
            attempt.pass_failpoint(FailpointPosition::After).await?;
            let report = match &written {
                Ok(_) => SendReport::Answered(vec![MessageRecord::default()]),
                Err(ActivityFailure::Destination(reason)) => {
                    SendReport::Rejected { reason: reason.clone(), kind: RejectionKind::Other }
                }
                Err(error) => SendReport::Undelivered(error.to_string()),
            };
            Ok::<_, ActivityFailure>((report, written))
        };
        let SendResult { delivery, sent } = self.ledger.send_once(target, now, send).await?;
        let written = sent.transpose()?;
        let outcome = telegram_sender::outcome_of(&delivery, None)?;
        let delivered =
            CarouselDelivered { outcome: Some(outcome), ..CarouselDelivered::default() };
        if outcome != Outcome::Delivered {
            let reason = "it was sent, but no answer came: it may have arrived".to_owned();
            return Ok(CarouselDelivered { reason, ..delivered });
        }
        let WrittenFiles { folder, files } = match written {
            Some(written) => written,
            // An earlier attempt delivered it, but its result did not reach Temporal.
            None => parcel.file_names(&self.folders, wanted, &id)?,
        };
        Ok(CarouselDelivered { folder, files, ..delivered })
    }

    /// Records that a draft waits for review. Nothing is sent: who asked for the carousel reads the draft.
    async fn note_review(
        &self,
        attempt: &CarouselActivityRun,
        input: &ShowDraftInput,
    ) -> Result<(), ActivityFailure> {
        if input.closing {
            return Ok(());
        }
        let slot = ledger::draft_notice(&attempt.carousel, input.revision);
        let target = DeliveryTarget::Part { key: &slot, size: PartSize::ONE, chat: None };
        let now = || attempt.now().into();
        let noted = |_| async {
            Ok::<_, ActivityFailure>((SendReport::Answered(vec![MessageRecord::default()]), ()))
        };
        self.ledger.send_once(target, now, noted).await?;
        Ok(())
    }
}

impl HandleActivity<UpdateStatus> for DeliveryService {
    async fn handle(&self, run: ActivityRun, input: StatusInput) -> Result<(), ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        self.sender()?.update_progress(&attempt, &input).await
    }
}

impl HandleActivity<ReportEnd> for DeliveryService {
    async fn handle(&self, run: ActivityRun, input: ReportEndInput) -> Result<(), ActivityFailure> {
        let attempt = run.for_carousel(&input.carousel)?;
        self.sender()?.report_end(&attempt, &input).await
    }
}

impl HandleActivity<ReportEdit> for DeliveryService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: ReportEditInput,
    ) -> Result<(), ActivityFailure> {
        // A folder needs no bot: who asked for the edit reads the reason where the request is stored.
        if !input.destination.is_chat() {
            if input.revision == 0 {
                let (name, cause) = (input.intent.as_str(), &input.cause);
                let refuse = |tx| async move { requests::refuse(&tx, name, cause).await };
                self.db.write(refuse).await?;
            }
            return Ok(());
        }
        let attempt = run.for_carousel(&input.carousel)?;
        self.sender()?.report_edit(&attempt, &input).await
    }
}

impl HandleActivity<ShowDraft> for DeliveryService {
    async fn handle(&self, run: ActivityRun, input: ShowDraftInput) -> Result<(), ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        if !input.destination.is_chat() {
            return self.note_review(&attempt, &input).await;
        }
        self.sender()?.show_draft(&attempt, &input).await
    }
}

impl HandleActivity<SendFiles> for DeliveryService {
    async fn handle(&self, run: ActivityRun, input: SendFilesInput) -> Result<(), ActivityFailure> {
        let attempt = run.for_carousel(&input.carousel)?;
        self.sender()?.files(&attempt, &self.exporter, &input).await
    }
}

handles!(DeliveryService: DeliverCarousel, UpdateStatus, ReportEnd, ReportEdit, ShowDraft, SendFiles);
