//! Edits of an existing carousel: loads a revision, and saves the new one with its pictures and
//! events.

use std::time::Duration;

use domain::{Brand, Outcome, record::BrandRecord};
use events::Timestamp;
use storage::{
    admissions,
    carousels::{self, NewRevision, SavedDraft},
    outbox, settings,
};
use workflows::edit::{
    LoadRevision, LoadRevisionInput, RevisionLoaded, RevisionSaved, SaveRevision, SaveRevisionInput,
};

use super::{
    PersistenceService,
    budget::{self, ModelWork, RecordedCalls, WorkIdentity},
    event_recorder,
};
use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::HandleActivity,
    activity_run::ActivityRun,
    webhook_calls,
};

/// The revision that this edit has produced before, if any; otherwise the requested one, or the
/// current one if none is named.
impl HandleActivity<LoadRevision> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: LoadRevisionInput) -> Result<RevisionLoaded> {
        let attempt = run.for_carousel(&input.carousel)?;
        let (id, reader) = (&attempt.carousel, self.db.read());
        let missing = |what: String| ActivityFailure::Missing(what);
        let carousel = carousels::find(&reader, id).await?;
        let carousel = carousel.ok_or_else(|| missing(format!("{id} is not stored")))?;
        self.check_access(&carousel.user, &attempt).await?;
        if carousel.state.is_open() {
            return Err(ActivityFailure::Unavailable {
                reason: "it is still being made".to_owned(),
                retry_after: Some(Duration::from_secs(1)),
            });
        }
        let undone = [Outcome::Failed, Outcome::Cancelled];
        if let Some(outcome) = carousel.state.outcome().filter(|it| undone.contains(it)) {
            return Err(ActivityFailure::Input(format!(
                "it ended “{outcome}”: there is nothing to edit"
            )));
        }
        let before = carousels::revision_of_edit(&reader, id, &input.intent).await?;
        let wanted = (input.revision > 0).then_some(input.revision);
        let revision = before.or(wanted).or(carousel.revision);
        let revision = revision.ok_or_else(|| missing(format!("{id} has no draft yet")))?;
        let saved = carousels::find_draft(&reader, id, revision).await?;
        let saved =
            saved.ok_or_else(|| missing(format!("revision {revision} of {id} is not stored")))?;
        let mut brief = carousel.brief;
        if let Some(theme) = carousels::revision_theme(&reader, id, revision).await? {
            brief.theme = theme;
        }
        let brand = settings::brand_of(&reader, &carousel.user).await?;
        let (mut providers, mut allowance, mut settles) = (Vec::new(), None, false);
        if input.writes && before.is_none() {
            providers = self.providers(false);
            let named = WorkIdentity {
                workflow: &attempt.workflow,
                key: &input.intent,
                user: &carousel.user,
                at: Timestamp::from(attempt.now()),
            };
            (allowance, settles) = self.admit_work(&ModelWork::Edit, &named).await?;
        }
        attempt.pass_failpoint(FailpointPosition::After).await?;
        Ok(RevisionLoaded {
            brief,
            revision,
            done: before.is_some(),
            draft: saved.draft,
            analysis: saved.analysis,
            provider: saved.provider,
            providers,
            pictures: carousels::pictures(&reader, id, revision).await?,
            brand: (brand != Brand::default()).then(|| BrandRecord::from(&brand)),
            allowance,
            settles,
        })
    }
}

impl HandleActivity<SaveRevision> for PersistenceService {
    async fn handle(&self, run: ActivityRun, input: SaveRevisionInput) -> Result<RevisionSaved> {
        let attempt = run.for_carousel(&input.carousel)?;
        let at = Timestamp::from(attempt.now());
        let new = &NewRevision {
            intent: input.intent.clone(),
            saved: SavedDraft {
                draft: input.draft.clone(),
                analysis: input.analysis.clone(),
                provider: input.provider.clone(),
            },
            theme: input.theme.clone(),
            pictures: input.rendered.pictures.clone(),
        };
        let (id, input, recorder) = (&attempt.carousel, &input, &self.recorder(&attempt));
        let admission = &budget::admission_id(&attempt.workflow, &input.intent);
        let stored = self
            .db
            .write(|tx| async move {
                let stored = carousels::store_revision(&tx, id, new, at).await?;
                if stored.fresh
                    && let Some(carousel) = carousels::find(&tx, id).await?
                {
                    let cause = outbox::last_event_id(&tx, id.as_str()).await?;
                    let events = recorder.revised(input, &carousel, stored.value, at, cause);
                    outbox::append(&tx, events.events()).await?;
                    let step = event_recorder::draft_step(stored.value);
                    let user = &carousel.user;
                    let (workflow, calls) = (id.as_str(), input.calls.as_slice());
                    let calls = RecordedCalls { workflow, step: &step, user, calls, at };
                    calls.store(&tx).await?;
                }
                admissions::settle(&tx, admission, at).await?;
                Ok::<_, storage::StorageError>(stored)
            })
            .await?;
        attempt.pass_failpoint(FailpointPosition::After).await?;
        let reader = self.db.read();
        let webhooks = match carousels::find(&reader, id).await? {
            Some(carousel) => webhook_calls::revised(&reader, &carousel, stored.value, at).await?,
            None => None,
        };
        Ok(RevisionSaved { revision: stored.value, webhooks })
    }
}
