//! The persistence pool: writes state and its events in one transaction. It is the only writer of
//! carousels and records the results of the ai and render pools.

mod budget;
mod carousel_metrics;
mod event_recorder;
mod revisions;

use domain::{
    Brand, Outcome, ProviderName, RequestSource, UserId,
    access::AccessList,
    failure::FailureKind,
    record::{BrandRecord, BriefRecord},
};
use events::Timestamp;
use storage::{
    Database,
    admissions::{self, AdmissionRequest, AdmitError},
    carousels::{self, CarouselCompletion, NewCarousel, SavedDraft, SentOutcome, UndoOutcome},
    outbox, settings, users,
};
use workflows::{
    carousel::{
        AbandonCarousel, AbandonInput, CarouselAbandoned, CarouselOpened, CarouselResult,
        CompleteCarousel, CompleteInput, Completed, DiscardDraft, DiscardDraftInput, DraftSaved,
        OpenCarousel, OpenInput, SaveDraft, SaveDraftInput, SourceRead,
    },
    edit::{LoadRevision, SaveRevision},
    questions::{
        AdmitInput, AdmitRequest, RecordInput, RecordRequest, RequestAdmitted, RequestKind,
    },
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun, CarouselActivityRun},
    webhook_calls,
};
pub use budget::{Budget, Micros};
use budget::{ModelWork, RecordedCalls, WorkIdentity};
use event_recorder::Recorder;

pub struct PersistenceService {
    db: Database,
    rules: CarouselRules,
    conditions: ActivityEnvironment,
}

/// Limits and settings that apply when a carousel is opened.
#[derive(Debug, Clone)]
pub struct CarouselRules {
    /// In the order of fallback.
    pub providers: Vec<ProviderName>,
    /// Carousels per user and day; `None` sets no limit.
    pub carousels_per_day: Option<u32>,
    /// Open carousels per user; `None` sets no limit. Requests of command lines and of other systems have none.
    pub open_carousels: Option<u32>,
    /// Daily limit for a user's model calls; `None` sets no limit.
    pub budget: Option<Budget>,
    /// `development`, `production`, …: part of every event.
    pub environment: String,
    pub access: AccessList,
}

impl CarouselRules {
    /// A source of request events and a token of the API have quotas of their own, which the gateway checks.
    fn per_day(&self, source: RequestSource) -> Option<u32> {
        let has_own = matches!(source, RequestSource::Event | RequestSource::Api);
        self.carousels_per_day.filter(|_| !has_own)
    }

    fn most_open(&self, source: RequestSource) -> Option<u32> {
        let is_free =
            matches!(source, RequestSource::Cli | RequestSource::Event | RequestSource::Api);
        self.open_carousels.filter(|_| !is_free)
    }
}

impl PersistenceService {
    pub fn new(db: Database, rules: CarouselRules, conditions: ActivityEnvironment) -> Self {
        Self { db, rules, conditions }
    }

    fn recorder(&self, attempt: &CarouselActivityRun) -> Recorder {
        Recorder::new(attempt, &self.rules.environment)
    }
}

impl HandleActivity<OpenCarousel> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: OpenInput) -> Result<CarouselOpened> {
        let attempt = run.for_own_carousel()?;
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        self.check_access(&user, &attempt).await?;
        // No model is needed for questions.
        let offline = input.offline || input.brief.questions;
        let providers = self.providers(offline);
        let new = &NewCarousel {
            id: attempt.carousel.clone(),
            user,
            brief: input.brief.clone(),
            run_id: attempt.run_id.clone(),
            at: Timestamp::from(attempt.now()),
            daily_quota: self.rules.per_day(attempt.carousel.source()),
            most_open: self.rules.most_open(attempt.carousel.source()),
        };
        let events = &self.recorder(&attempt).opened(&input, new.at)?;
        let quota = self.daily_quota(&new.user).await?;
        let request = &self.carousel_request(new, offline, quota);
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
            attempt.metrics().carousels_opened.inc([attempt.carousel.source().name()]);
        }
        // A refused request is stored too, and compensated like a failed one, so that the offline
        // provider can make it later.
        let allowance = admitted?;
        let settled = opened.value.state.outcome().map(|_| ended_result(&opened.value));
        let brand = (brand != Brand::default()).then(|| BrandRecord::from(&brand));
        let wish = WorkIdentity { workflow: new.id.as_str(), key: "", user: &new.user, at: new.at };
        let admits = !offline && self.rules.request(&ModelWork::Edit, &wish, quota).is_some();
        Ok(CarouselOpened { providers, settled, brand, allowance, admits })
    }
}

impl PersistenceService {
    /// Refuses work of a user who may not use the product.
    async fn check_access(&self, user: &UserId, run: &ActivityRun) -> Result<()> {
        let now = Timestamp::from(run.now());
        let access = users::access(&self.db.read(), &self.rules.access, user, now).await?;
        access.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// The user's carousels per day; `None` sets no limit.
    async fn daily_quota(&self, user: &UserId) -> Result<Option<u32>> {
        let usual = self.rules.carousels_per_day;
        Ok(carousels::daily_quota(&self.db.read(), user, usual).await?)
    }

    fn carousel_request(
        &self,
        new: &NewCarousel,
        offline: bool,
        quota: Option<u32>,
    ) -> Option<AdmissionRequest> {
        let named =
            WorkIdentity { workflow: new.id.as_str(), key: "", user: &new.user, at: new.at };
        let request = self.rules.request(&ModelWork::Carousel(&new.brief), &named, quota);
        request.filter(|_| !offline)
    }

    fn providers(&self, offline: bool) -> Vec<String> {
        let offline_only = [ProviderName::Offline];
        let providers = if offline { &offline_only[..] } else { &self.rules.providers };
        providers.iter().map(|provider| provider.name().to_owned()).collect()
    }

    /// Admits work that makes no carousel. Returns its allowance, and whether an admission has to
    /// be settled.
    async fn admit_work(
        &self,
        work: &ModelWork<'_>,
        named: &WorkIdentity<'_>,
    ) -> Result<(Option<Micros>, bool)> {
        let quota = self.daily_quota(named.user).await?;
        let Some(request) = &self.rules.request(work, named, quota) else {
            return Ok((None, false));
        };
        let admit = |tx| async move { admissions::admit(&tx, request).await };
        Ok((self.db.write(admit).await?, true))
    }
}

impl HandleActivity<AdmitRequest> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: AdmitInput) -> Result<RequestAdmitted> {
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        self.check_access(&user, &run).await?;
        let work = model_work(input.work)?;
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
    async fn handle(&self, run: ActivityRun, input: RecordInput) -> Result<()> {
        let at = Timestamp::from(run.now());
        let recorder = Recorder::of_request(&run, &self.rules.environment);
        let events = &recorder.requested(&input, at)?;
        let user = UserId::parse(&input.user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let step = event_recorder::request_step(&input.key);
        let calls = &RecordedCalls {
            workflow: &run.workflow,
            step: &step,
            user: &user,
            calls: &input.calls,
            at,
        };
        let admission = &budget::admission_id(&run.workflow, &input.key);
        self.db
            .write(|tx| async move {
                calls.store(&tx).await?;
                admissions::settle(&tx, admission, at).await?;
                outbox::append(&tx, events.events()).await?;
                Ok::<_, storage::StorageError>(())
            })
            .await?;
        run.pass_failpoint(FailpointPosition::After).await
    }
}

impl HandleActivity<SaveDraft> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: SaveDraftInput) -> Result<DraftSaved> {
        let attempt = run.for_own_carousel()?;
        let at = Timestamp::from(attempt.now());
        let given = &SavedDraft {
            draft: input.draft.clone(),
            analysis: input.analysis.clone(),
            provider: input.provider.clone(),
        };
        let (id, input, recorder) = (&attempt.carousel, &input, &self.recorder(&attempt));
        let intent = Some(input.intent.as_str()).filter(|intent| !intent.is_empty());
        let main = &budget::admission_id(id.as_str(), "");
        let still = self.rules.shortening_cost();
        let (stored, allowance) = self
            .db
            .write(|tx| async move {
                let stored =
                    carousels::save_draft(&tx, id, input.revision, given, intent, at).await?;
                if stored.fresh {
                    let cause = outbox::last_event_id(&tx, id.as_str()).await?;
                    outbox::append(&tx, recorder.drafted(input, at, cause).events()).await?;
                    if let Some(carousel) = carousels::find(&tx, id).await? {
                        if let Some(source) = &input.source {
                            let brief = brief_with_source(&carousel.brief, source);
                            carousels::store_source(&tx, id, &brief).await?;
                        }
                        let step = event_recorder::draft_step(input.revision);
                        let user = &carousel.user;
                        let (workflow, calls) = (id.as_str(), input.calls.as_slice());
                        let calls = RecordedCalls { workflow, step: &step, user, calls, at };
                        calls.store(&tx).await?;
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
        if stored.fresh {
            carousel_metrics::drafted(attempt.metrics(), input);
        }
        let differs = stored.value.draft != input.draft;
        Ok(DraftSaved {
            provider: stored.value.provider,
            stored: differs.then_some(stored.value.draft),
            allowance,
        })
    }
}

fn brief_with_source(brief: &BriefRecord, source: &SourceRead) -> BriefRecord {
    let SourceRead { topic, text, language } = source.clone();
    BriefRecord { topic, text, language, ..brief.clone() }
}

impl HandleActivity<CompleteCarousel> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: CompleteInput) -> Result<Completed> {
        let attempt = run.for_own_carousel()?;
        let at = Timestamp::from(attempt.now());
        let completion = &CarouselCompletion {
            outcome: sent(input.outcome)?,
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
                    let (workflow, calls) = (id.as_str(), given.calls.as_slice());
                    let calls = RecordedCalls { workflow, step: "complete", user, calls, at };
                    calls.store(&tx).await?;
                }
                Ok::<_, storage::StorageError>(stored)
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        if stored.fresh {
            carousel_metrics::completed(attempt.metrics(), &stored.value, &input.rendered, at);
        }
        let differs = stored.value.state.outcome() != input.outcome;
        let webhooks = webhook_calls::ended(&self.db.read(), &stored.value).await?;
        Ok(Completed { settled: differs.then(|| ended_result(&stored.value)), webhooks })
    }
}

impl HandleActivity<DiscardDraft> for PersistenceService {
    async fn handle(&self, run: ActivityRun, _: DiscardDraftInput) -> Result<()> {
        let attempt = run.for_own_carousel()?;
        let (id, at) = (&attempt.carousel, Timestamp::from(attempt.now()));
        let recorder = &self.recorder(&attempt);
        let discard = |tx| async move {
            if carousels::discard_draft(&tx, id, at).await? {
                let cause = outbox::last_event_id(&tx, id.as_str()).await?;
                outbox::append(&tx, recorder.discarded(at, cause).events()).await?;
            }
            Ok::<_, storage::StorageError>(())
        };
        self.db.write(discard).await?;
        attempt.pass_failpoint(FailpointPosition::After).await
    }
}

impl HandleActivity<AbandonCarousel> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: AbandonInput) -> Result<CarouselAbandoned> {
        let attempt = run.for_own_carousel()?;
        let at = Timestamp::from(attempt.now());
        let outcome = undone(input.outcome, input.kind)?;
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
                    let (workflow, calls) = (id.as_str(), input.calls.as_slice());
                    let calls = RecordedCalls { workflow, step: "abandon", user, calls, at };
                    calls.store(&tx).await?;
                }
                Ok::<_, storage::StorageError>(stored)
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        let Some(closed) = stored else { return Ok(CarouselAbandoned::default()) };
        if closed.fresh {
            carousel_metrics::abandoned(attempt.metrics(), &closed.value, input, at);
        }
        let webhooks = webhook_calls::ended(&self.db.read(), &closed.value).await?;
        Ok(CarouselAbandoned { webhooks })
    }
}

handles!(PersistenceService: OpenCarousel, SaveDraft, CompleteCarousel, DiscardDraft, AbandonCarousel, AdmitRequest, RecordRequest, LoadRevision, SaveRevision);

/// # Errors
/// [`ActivityFailure::Input`] for a kind that this version can't price.
fn model_work(kind: RequestKind) -> Result<ModelWork<'static>> {
    match kind {
        RequestKind::Edit => Ok(ModelWork::Edit),
        RequestKind::Answer => Ok(ModelWork::Answer),
        RequestKind::DailyTip => Ok(ModelWork::DailyTip),
        RequestKind::Unrecognized => Err(ActivityFailure::Input(
            "this version does not know the kind of model work: update the persistence pool"
                .to_owned(),
        )),
    }
}

/// How a carousel ended, from its row: the result of a repeated request.
fn ended_result(carousel: &carousels::Carousel) -> CarouselResult {
    let (outcome, reason) = match &carousel.state {
        carousels::CarouselState::Open => (None, String::new()),
        carousels::CarouselState::Closed { outcome, reason, .. } => {
            (Some(*outcome), reason.clone())
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

fn sent(outcome: Option<Outcome>) -> Result<SentOutcome> {
    match outcome {
        Some(Outcome::Delivered) => Ok(SentOutcome::Delivered),
        Some(Outcome::Unknown) => Ok(SentOutcome::Unknown),
        Some(Outcome::Failed | Outcome::Cancelled) | None => Err(wrong_end("sent", outcome)),
    }
}

fn undone(outcome: Option<Outcome>, kind: FailureKind) -> Result<UndoOutcome> {
    match outcome {
        Some(Outcome::Failed) => Ok(UndoOutcome::Failed(kind)),
        Some(Outcome::Cancelled) => Ok(UndoOutcome::Cancelled),
        Some(Outcome::Delivered | Outcome::Unknown) | None => Err(wrong_end("undone", outcome)),
    }
}

fn wrong_end(was: &str, outcome: Option<Outcome>) -> ActivityFailure {
    let end = outcome.map_or("without a known outcome", Outcome::name);
    ActivityFailure::Input(format!("a carousel that was {was} can't end “{end}”"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_model_work_is_refused() {
        assert!(matches!(model_work(RequestKind::Edit), Ok(ModelWork::Edit)));
        assert!(matches!(model_work(RequestKind::Unrecognized), Err(ActivityFailure::Input(_))));
    }
}
