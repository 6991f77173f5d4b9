//! The persistence pool: writes state and its events in one transaction. It is the only writer of
//! carousels and records the results of the ai and render pools.

mod budget;
mod carousel_metrics;
mod event_recorder;
mod revisions;

use domain::{Brand, Outcome, RequestSource, UserId, access::AccessList, record::BrandRecord};
use events::Timestamp;
use storage::{
    Database,
    admissions::{self, AdmissionRequest, AdmitError},
    carousels::{self, CarouselCompletion, NewCarousel, SavedDraft, SentOutcome, UndoOutcome},
    outbox, settings, usage, users,
};
use workflows::{
    carousel::{
        AbandonCarousel, AbandonInput, CarouselOpened, CarouselResult, CompleteCarousel,
        CompleteInput, Completed, DiscardDraft, DiscardDraftInput, DraftSaved, OpenCarousel,
        OpenInput, SaveDraft, SaveDraftInput,
    },
    edit::{LoadRevision, SaveRevision},
    questions::{AdmitInput, AdmitRequest, RecordInput, RecordRequest, RequestAdmitted},
};
use writer::offline;

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::ActivityFailure,
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun, CarouselActivityRun},
};
pub use budget::{Budget, Micros};
use budget::{ModelWork, WorkIdentity};
pub use carousel_metrics::CarouselMetrics;
use event_recorder::Recorder;

pub struct PersistenceService {
    db: Database,
    rules: CarouselRules,
    conditions: ActivityEnvironment,
    meters: CarouselMetrics,
}

/// Limits and settings that apply when a carousel is opened.
#[derive(Debug, Clone)]
pub struct CarouselRules {
    /// Names of the providers, in the order of fallback.
    pub providers: Vec<String>,
    /// Carousels per user and day; `None` sets no limit.
    pub carousels_per_day: Option<u32>,
    /// Open carousels per user; `None` sets no limit. Command-line requests have no limit.
    pub open_carousels: Option<u32>,
    /// Daily limit for a user's model calls; `None` sets no limit.
    pub budget: Option<Budget>,
    /// `development`, `production`, …: part of every event.
    pub environment: String,
    pub access: AccessList,
}

impl CarouselRules {
    fn most_open(&self, source: RequestSource) -> Option<u32> {
        self.open_carousels.filter(|_| source != RequestSource::Cli)
    }
}

impl PersistenceService {
    pub fn new(
        db: Database,
        rules: CarouselRules,
        conditions: ActivityEnvironment,
        meters: CarouselMetrics,
    ) -> Self {
        Self { db, rules, conditions, meters }
    }

    fn recorder(&self, attempt: &CarouselActivityRun) -> Recorder {
        Recorder::new(attempt, &self.rules.environment)
    }
}

impl HandleActivity<OpenCarousel> for PersistenceService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: OpenInput,
    ) -> Result<CarouselOpened, ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        self.check_access(&user, &attempt).await?;
        let providers = self.providers(input.offline);
        let new = &NewCarousel {
            id: attempt.carousel.clone(),
            user,
            brief: input.brief.clone(),
            run_id: attempt.run_id.clone(),
            at: Timestamp::from(attempt.now()),
            daily_quota: self.rules.carousels_per_day,
            most_open: self.rules.most_open(attempt.carousel.source()),
        };
        let events = &self.recorder(&attempt).opened(&input, new.at)?;
        let request = &self.carousel_request(new, input.offline);
        let (opened, brand, admitted) = self
            .db
            .write(|tx| async move {
                let opened = carousels::open(&tx, new).await?;
                if opened.fresh {
                    outbox::append(&tx, events.events()).await?;
                }
                let admitted = match request.as_ref().filter(|_| opened.value.state.is_open()) {
                    Some(request) => match admissions::admit(&tx, request).await {
                        Err(AdmitError::Storage(error)) => return Err(error.into()),
                        admitted => admitted,
                    },
                    None => Ok(None),
                };
                let brand = settings::brand_of(&tx, &new.user).await?;
                Ok::<_, carousels::OpenError>((opened, brand, admitted))
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        if opened.fresh {
            self.meters.opened(attempt.carousel.source());
        }
        // A refused request is stored too, and compensated like a failed one, so that the offline
        // provider can make it later.
        let allowance = admitted?;
        let settled = opened.value.state.outcome().map(|_| ended_result(&opened.value));
        let brand = (brand != Brand::default()).then(|| BrandRecord::from(&brand));
        let wish = WorkIdentity { workflow: new.id.as_str(), key: "", user: &new.user, at: new.at };
        let admits = !input.offline && self.rules.request(&ModelWork::Edit, &wish).is_some();
        Ok(CarouselOpened { providers, settled, brand, allowance, admits })
    }
}

impl PersistenceService {
    /// Refuses work of a user who may not use the product.
    async fn check_access(&self, user: &UserId, run: &ActivityRun) -> Result<(), ActivityFailure> {
        let now = Timestamp::from(run.now());
        let access = users::access(&self.db.read(), &self.rules.access, user, now).await?;
        access.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    fn carousel_request(&self, new: &NewCarousel, offline: bool) -> Option<AdmissionRequest> {
        let named =
            WorkIdentity { workflow: new.id.as_str(), key: "", user: &new.user, at: new.at };
        let request = self.rules.request(&ModelWork::Carousel(&new.brief), &named);
        request.filter(|_| !offline)
    }

    /// The providers for this request.
    fn providers(&self, offline: bool) -> Vec<String> {
        if offline { vec![offline::PROVIDER.to_owned()] } else { self.rules.providers.clone() }
    }

    /// Admits work that makes no carousel. Returns its allowance, and whether an admission has to
    /// be settled.
    async fn admit_work(
        &self,
        work: &ModelWork<'_>,
        named: &WorkIdentity<'_>,
    ) -> Result<(Option<Micros>, bool), ActivityFailure> {
        let Some(request) = &self.rules.request(work, named) else {
            return Ok((None, false));
        };
        let admit = |tx| async move { admissions::admit(&tx, request).await };
        Ok((self.db.write(admit).await?, true))
    }
}

impl HandleActivity<AdmitRequest> for PersistenceService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: AdmitInput,
    ) -> Result<RequestAdmitted, ActivityFailure> {
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        self.check_access(&user, &run).await?;
        let work = match input.work.as_str() {
            "answer" => ModelWork::Answer,
            "wisdom" => ModelWork::DailyTip,
            _ => ModelWork::Edit,
        };
        let named = WorkIdentity {
            workflow: &run.workflow,
            key: &input.key,
            user: &user,
            at: Timestamp::from(run.now()),
        };
        let (allowance, settles) = self.admit_work(&work, &named).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok(RequestAdmitted { providers: self.providers(false), allowance, settles })
    }
}

impl HandleActivity<RecordRequest> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: RecordInput) -> Result<(), ActivityFailure> {
        let at = Timestamp::from(run.now());
        let recorder = Recorder::of_request(&run, &self.rules.environment);
        let events = &recorder.requested(&input, at)?;
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let step = event_recorder::request_step(&input.key);
        let entries = &budget::entries(&run.workflow, &step, &user, &input.calls, at);
        let admission = &budget::admission_id(&run.workflow, &input.key);
        self.db
            .write(|tx| async move {
                usage::record(&tx, entries).await?;
                admissions::settle(&tx, admission, at).await?;
                outbox::append(&tx, events.events()).await?;
                Ok::<_, storage::StorageError>(())
            })
            .await?;
        run.pass_failpoint(FailpointPosition::After).await
    }
}

impl HandleActivity<SaveDraft> for PersistenceService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: SaveDraftInput,
    ) -> Result<DraftSaved, ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        let at = Timestamp::from(attempt.now());
        let given = &SavedDraft {
            draft: input.draft.clone(),
            analysis: input.analysis.clone(),
            provider: input.provider.clone(),
        };
        let (id, input, recorder) = (&attempt.carousel, &input, &self.recorder(&attempt));
        let main = &budget::admission_id(id.as_str(), "");
        let still = self.rules.shortening_cost();
        let (stored, allowance) = self
            .db
            .write(|tx| async move {
                let stored = carousels::save_draft(&tx, id, input.revision, given, at).await?;
                if stored.fresh {
                    let cause = outbox::last_event_id(&tx, id.as_str()).await?;
                    outbox::append(&tx, recorder.drafted(input, at, cause).events()).await?;
                    if let Some(carousel) = carousels::find(&tx, id).await? {
                        let step = event_recorder::draft_step(input.revision);
                        let user = &carousel.user;
                        let entries = budget::entries(id.as_str(), &step, user, &input.calls, at);
                        usage::record(&tx, &entries).await?;
                    }
                    // An edit during review has an admission of its own.
                    let wishes = admissions::settle_others(&tx, id.as_str(), main, at).await?;
                    let cost = if wishes { 0 } else { budget::cost(&input.calls) };
                    admissions::capture(&tx, main, cost, still).await?;
                }
                let allowance = admissions::allowance(&tx, main).await?;
                Ok::<_, storage::StorageError>((stored, allowance))
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        let differs = stored.value.draft != input.draft;
        Ok(DraftSaved {
            provider: stored.value.provider,
            stored: differs.then_some(stored.value.draft),
            allowance,
        })
    }
}

impl HandleActivity<CompleteCarousel> for PersistenceService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: CompleteInput,
    ) -> Result<Completed, ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        let at = Timestamp::from(attempt.now());
        let completion = &CarouselCompletion {
            outcome: sent(&input.outcome)?,
            reason: input.reason.clone(),
            revision: input.revision,
            pictures: input.rendered.pictures.clone(),
        };
        let (id, given, recorder) = (&attempt.carousel, &input, &self.recorder(&attempt));
        let stored = self
            .db
            .write(|tx| async move {
                let stored = carousels::complete(&tx, id, completion, at).await?;
                if stored.fresh {
                    let cause = outbox::last_event_id(&tx, id.as_str()).await?;
                    let events = recorder.completed(given, &stored.value, at, cause);
                    outbox::append(&tx, events.events()).await?;
                    let user = &stored.value.user;
                    let entries = budget::entries(id.as_str(), "complete", user, &given.calls, at);
                    usage::record(&tx, &entries).await?;
                }
                Ok::<_, storage::StorageError>(stored)
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        if stored.fresh {
            self.meters.ended(&stored.value, at);
        }
        let ended = stored.value.state.outcome().map(Outcome::name);
        let differs = ended != Some(input.outcome.as_str());
        Ok(Completed { settled: differs.then(|| ended_result(&stored.value)) })
    }
}

impl HandleActivity<DiscardDraft> for PersistenceService {
    async fn handle(&self, run: ActivityRun, _: DiscardDraftInput) -> Result<(), ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        let (id, at) = (&attempt.carousel, Timestamp::from(attempt.now()));
        self.db.write(|tx| async move { carousels::discard_draft(&tx, id, at).await }).await?;
        attempt.pass_failpoint(FailpointPosition::After).await
    }
}

impl HandleActivity<AbandonCarousel> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: AbandonInput) -> Result<(), ActivityFailure> {
        let attempt = run.for_own_carousel()?;
        let at = Timestamp::from(attempt.now());
        let outcome = undone(&input.outcome)?;
        let (id, input, recorder) = (&attempt.carousel, &input, &self.recorder(&attempt));
        let stored = self
            .db
            .write(|tx| async move {
                let stored = carousels::abandon(&tx, id, outcome, &input.reason, at).await?;
                if let Some(closed) = stored.as_ref().filter(|closed| closed.fresh) {
                    let cause = outbox::last_event_id(&tx, id.as_str()).await?;
                    let events = recorder.abandoned(input, &closed.value, at, cause);
                    outbox::append(&tx, events.events()).await?;
                    let user = &closed.value.user;
                    let entries = budget::entries(id.as_str(), "abandon", user, &input.calls, at);
                    usage::record(&tx, &entries).await?;
                }
                Ok::<_, storage::StorageError>(stored)
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        if let Some(closed) = stored.filter(|closed| closed.fresh) {
            self.meters.ended(&closed.value, at);
        }
        Ok(())
    }
}

handles!(PersistenceService: OpenCarousel, SaveDraft, CompleteCarousel, DiscardDraft, AbandonCarousel, AdmitRequest, RecordRequest, LoadRevision, SaveRevision);

/// How a carousel ended, from its row: the result of a repeated request.
fn ended_result(carousel: &carousels::Carousel) -> CarouselResult {
    let (outcome, reason) = match &carousel.state {
        carousels::CarouselState::Open => (String::new(), String::new()),
        carousels::CarouselState::Closed { outcome, reason, .. } => {
            (outcome.name().to_owned(), reason.clone())
        }
    };
    CarouselResult {
        outcome,
        reason,
        provider: carousel.provider.clone().unwrap_or_default(),
        slides: u32::from(carousel.brief.slides),
        ..CarouselResult::default()
    }
}

fn sent(outcome: &str) -> Result<SentOutcome, ActivityFailure> {
    match outcome.parse() {
        Ok(Outcome::Delivered) => Ok(SentOutcome::Delivered),
        Ok(Outcome::Unknown) => Ok(SentOutcome::Unknown),
        Ok(Outcome::Failed | Outcome::Cancelled) | Err(_) => {
            Err(ActivityFailure::Input(format!("a carousel that was sent can't end “{outcome}”")))
        }
    }
}

fn undone(outcome: &str) -> Result<UndoOutcome, ActivityFailure> {
    match outcome.parse() {
        Ok(Outcome::Failed) => Ok(UndoOutcome::Failed),
        Ok(Outcome::Cancelled) => Ok(UndoOutcome::Cancelled),
        Ok(Outcome::Delivered | Outcome::Unknown) | Err(_) => {
            Err(ActivityFailure::Input(format!("a carousel that is undone can't end “{outcome}”")))
        }
    }
}
