//! Prepares a scheduled run: what a subscription or a time slot needs now, by the current settings;
//! and pauses subscriptions of unreachable users. The row decides: if it is deleted or paused, a
//! firing schedule is a no-op.

use std::sync::Arc;

use chrono::NaiveDateTime;
use domain::{
    CarouselId, ContentLanguage, DailyTipTime, Format, ImageKind, Language, PauseReason,
    SubscriptionId, TimeZone, Topic, access::AccessList, record::BriefRecord,
};
use events::Timestamp;
use futures::future::BoxFuture;
use knowledge::Corpus;
use storage::{
    Database,
    broadcasts::{self, BroadcastAudience},
    settings,
    subscriptions::{self, Subscription},
    users,
};
use workflows::{
    destination::DestinationRecord,
    schedule,
    schedule::{
        MissedRun, PauseSubscription, PauseSubscriptionInput, PrepareScheduled,
        PrepareScheduledInput, ScheduledContent, ScheduledKind, SlotRecord,
    },
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
    unreachable_users::mark_unreachable,
};

/// Pauses and resumes Temporal schedules.
pub trait SchedulePauser: Send + Sync {
    /// Pauses the schedule with this id; a missing one counts as paused.
    fn pause<'a>(&'a self, id: &'a str, why: &'a str) -> BoxFuture<'a, Result<(), String>>;

    fn resume<'a>(&'a self, id: &'a str, why: &'a str) -> BoxFuture<'a, Result<(), String>>;
}

pub struct ScheduleService {
    db: Database,
    schedules: Arc<dyn SchedulePauser>,
    access: AccessList,
    environment: String,
    conditions: ActivityEnvironment,
}

impl ScheduleService {
    /// `access` decides who may use the product; `environment` is part of every event.
    pub fn new(
        db: Database,
        schedules: Arc<dyn SchedulePauser>,
        access: AccessList,
        environment: String,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self { db, schedules, access, environment, conditions }
    }
}

impl HandleActivity<PrepareScheduled> for ScheduleService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: PrepareScheduledInput,
    ) -> Result<ScheduledContent> {
        let prepared = match &input.slot {
            Some(_) if is_late(&run, &input.carousel) => nothing_to_do("it is too late"),
            Some(slot) => self.prepare_daily_tip(&run, slot).await?,
            None => self.prepare_carousel(&run, &input).await?,
        };
        run.pass_failpoint(FailpointPosition::After).await?;
        let kind = if input.slot.is_some() { "daily_tip" } else { "carousel" };
        let outcome = match prepared.what {
            ScheduledKind::Carousel | ScheduledKind::DailyTip => "fired",
            ScheduledKind::Missed => "missed",
            ScheduledKind::Nothing => "skipped",
        };
        run.metrics().schedule_runs.inc([kind, outcome]);
        Ok(prepared)
    }
}

impl ScheduleService {
    /// Whether the slot has subscribers, and in which languages. The schedule of an empty slot is
    /// paused *before* the second check, so that a subscription made in between, which resumes the
    /// schedule, is not lost.
    async fn prepare_daily_tip(
        &self,
        run: &ActivityRun,
        slot: &SlotRecord,
    ) -> Result<ScheduledContent> {
        let wrong =
            |error: domain::SubscriptionScheduleError| ActivityFailure::Input(error.to_string());
        let slot = DailyTipTime::try_from(slot).map_err(wrong)?;
        let reader = self.db.read();
        let (audience, now) =
            (BroadcastAudience::DailyTip(slot.clone()), Timestamp::from(run.now()));
        let languages =
            broadcasts::audience_languages(&reader, &audience, &self.access, now).await?;
        let schedule = schedule::slot_schedule_id(&slot);
        let away = |reason| ActivityFailure::Unavailable { reason, retry_after: None };
        if languages.is_empty() {
            let nobody = "this time slot has no subscribers";
            let paused = self.schedules.pause(&schedule, nobody).await;
            paused.map_err(away)?;
            if !subscriptions::slot_has_subscribers(&reader, &slot).await? {
                return Ok(nothing_to_do(nobody));
            }
        }
        // Also if an earlier attempt died after it had paused the schedule.
        let resumed = self.schedules.resume(&schedule, "the slot has subscribers").await;
        resumed.map_err(away)?;
        if languages.is_empty() {
            return Ok(nothing_to_do(
                "every subscriber of this time slot has stopped the bot or has no access",
            ));
        }
        let day = Timestamp::from(run.now()).with_timezone(&zone(&slot.zone));
        Ok(ScheduledContent {
            what: ScheduledKind::DailyTip,
            day: day.date_naive().to_string(),
            languages: languages.iter().map(|one| one.name().to_owned()).collect(),
            ..ScheduledContent::default()
        })
    }

    async fn prepare_carousel(
        &self,
        run: &ActivityRun,
        input: &PrepareScheduledInput,
    ) -> Result<ScheduledContent> {
        let wrong = |error: domain::IdError| ActivityFailure::Input(error.to_string());
        let id = SubscriptionId::parse(&input.subscription).map_err(wrong)?;
        let carousel = CarouselId::parse(&input.carousel).map_err(wrong)?;
        let reader = self.db.read();
        let Some(found) = subscriptions::find(&reader, &id).await? else {
            return Ok(nothing_to_do("it was deleted"));
        };
        let Some(user) = users::find(&reader, &found.user).await? else {
            return Ok(nothing_to_do("its user is unknown"));
        };
        if let Some(why) = skip_reason(&found) {
            return Ok(nothing_to_do(why));
        }
        let access = user.access(&self.access, Timestamp::from(run.now()));
        if let Some(refusal) = access.refusal() {
            let why = refusal.to_string();
            self.pause(run, &found, &why).await?;
            return Ok(nothing_to_do(&why));
        }
        let language = user.profile.language.unwrap_or(Language::En);
        if is_late(run, &input.carousel)
            && let Some(due) = due_time(&input.carousel)
        {
            return Ok(missed(&found, language, due));
        }
        let wanted = settings::settings_of(&reader, &user.id).await?;
        Ok(ScheduledContent {
            what: ScheduledKind::Carousel,
            user: user.id.as_str().to_owned(),
            destination: DestinationRecord::telegram(found.chat, found.thread, language),
            brief: Some(brief(&found, &wanted, language, &carousel)?),
            ..ScheduledContent::default()
        })
    }

    /// Pauses the subscription of a user who may not use the product, row first. It stays paused
    /// until the user resumes it.
    async fn pause(&self, run: &ActivityRun, found: &Subscription, why: &str) -> Result<()> {
        let (id, at) = (&found.id, Timestamp::from(run.now()));
        let pause = |tx| async move {
            subscriptions::change(&tx, id, at, |terms| terms.pause(PauseReason::Access)).await
        };
        self.db.write(pause).await?;
        let schedule = schedule::schedule_id(id.as_str());
        let paused = self.schedules.pause(&schedule, why).await;
        paused.map_err(|reason| ActivityFailure::Unavailable { reason, retry_after: None })
    }
}

impl HandleActivity<PauseSubscription> for ScheduleService {
    async fn handle(&self, run: ActivityRun, input: PauseSubscriptionInput) -> Result<()> {
        let id = &SubscriptionId::parse(&input.subscription)
            .map_err(|error| ActivityFailure::Input(error.to_string()))?;
        let at = Timestamp::from(run.now());
        let (workflow, environment) = (run.workflow.as_str(), self.environment.as_str());
        let rest = |tx| async move {
            let changed = subscriptions::change(&tx, id, at, |terms| {
                terms.pause(PauseReason::ChatClosed);
            })
            .await?;
            if let Some(changed) = changed {
                let Subscription { user, chat, .. } = &changed.value;
                // A closed group says nothing about the person's own chat.
                if user.account().is_some_and(|account| account.get() == chat.get()) {
                    mark_unreachable(&tx, user, workflow, environment, at).await?;
                }
            }
            Ok::<_, storage::StorageError>(())
        };
        self.db.write(rest).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        let schedule = schedule::schedule_id(id.as_str());
        let paused = self.schedules.pause(&schedule, &input.reason).await;
        paused.map_err(|reason| ActivityFailure::Unavailable { reason, retry_after: None })
    }
}

/// The time at the end of a workflow's id, to which Temporal adds it: `…-2026-11-24T090000Z`.
fn due_time(id: &str) -> Option<Timestamp> {
    let at = id.len().checked_sub("2026-11-24T090000Z".len())?;
    let due = NaiveDateTime::parse_from_str(id.get(at..)?, "%Y-%m-%dT%H%M%SZ").ok()?;
    Some(due.and_utc())
}

/// Whether a run begins too late to be useful.
fn is_late(run: &ActivityRun, id: &str) -> bool {
    let late = due_time(id).map(|due| Timestamp::from(run.now()) - due);
    late.and_then(|late| late.to_std().ok()).is_some_and(|late| late > schedule::LATEST_START)
}

fn missed(subscription: &Subscription, language: Language, due: Timestamp) -> ScheduledContent {
    let terms = &subscription.terms;
    let topic = terms.topic.as_ref().map(|topic| topic.as_str().to_owned());
    ScheduledContent {
        what: ScheduledKind::Missed,
        reason: "it could not start in time".to_owned(),
        user: subscription.user.as_str().to_owned(),
        destination: DestinationRecord::telegram(subscription.chat, subscription.thread, language),
        missed: Some(MissedRun {
            topic: topic.unwrap_or_default(),
            due: due.with_timezone(&zone(&terms.time_zone)).format("%Y-%m-%dT%H:%M:%S").to_string(),
        }),
        ..ScheduledContent::default()
    }
}

/// A newer gateway may know time zones that this program does not.
fn zone(zone: &TimeZone) -> chrono_tz::Tz {
    zone.as_str().parse().unwrap_or(chrono_tz::UTC)
}

fn nothing_to_do(why: &str) -> ScheduledContent {
    ScheduledContent {
        what: ScheduledKind::Nothing,
        reason: why.to_owned(),
        ..ScheduledContent::default()
    }
}

fn skip_reason(subscription: &Subscription) -> Option<&'static str> {
    if subscriptions::is_daily_tip(&subscription.id) {
        Some("daily tips are sent per time slot, not per subscription")
    } else if subscription.terms.paused {
        Some("it is paused")
    } else {
        None
    }
}

/// The brief of the carousel: the user's settings, with our defaults for the rest, as in a chat.
fn brief(
    subscription: &Subscription,
    wanted: &domain::UserSettings,
    spoken: Language,
    carousel: &CarouselId,
) -> Result<BriefRecord> {
    let own = subscription.terms.topic.as_ref().map(Topic::as_str);
    let language = brief_language(own, wanted.language, spoken);
    let topic = match own {
        Some(topic) => topic.to_owned(),
        None => {
            let drawn = topic_from_notes(carousel, language.interface());
            let topic =
                Topic::parse(drawn).map_err(|error| ActivityFailure::Input(error.to_string()))?;
            topic.as_str().to_owned()
        }
    };
    Ok(BriefRecord {
        topic,
        language: language.name().to_owned(),
        slides: wanted.slides.unwrap_or_default().get(),
        theme: wanted.theme.clone().unwrap_or_default().as_str().to_owned(),
        format: wanted.format.unwrap_or(Format::Portrait).name().to_owned(),
        image: ImageKind::Jpeg.name().to_owned(),
        ..BriefRecord::default()
    })
}

/// The language that the user chose, else that of the user's topic, else the user's own.
fn brief_language(
    topic: Option<&str>,
    wanted: Option<Language>,
    spoken: Language,
) -> ContentLanguage {
    let wanted = wanted.map(ContentLanguage::from);
    wanted.or_else(|| topic.and_then(document::shown_language)).unwrap_or(spoken.into())
}

/// A topic from the notes, derived from the carousel's id, so that a repetition gets the same one.
fn topic_from_notes(carousel: &CarouselId, language: Language) -> &'static str {
    let notes = Corpus::embedded().notes();
    // FNV-1a: any deterministic hash works.
    let number = carousel.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let at = usize::try_from(number % notes.len() as u64).unwrap_or(0);
    &notes[at].wording(language).title
}

handles!(ScheduleService: PrepareScheduled, PauseSubscription);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_topics_are_valid() {
        for note in Corpus::embedded().notes() {
            for language in Language::ALL {
                assert!(Topic::parse(&note.wording(*language).title).is_ok(), "{}", note.id);
            }
        }
    }

    #[test]
    fn topic_decides_the_language_unless_the_user_did() {
        let language = |topic: Option<&str>, wanted: Option<Language>, spoken| {
            let topic = topic.map(|topic| Topic::parse(topic).unwrap());
            brief_language(topic.as_ref().map(Topic::as_str), wanted, spoken)
        };
        let (ru, en) = (Language::Ru, Language::En);
        assert_eq!(language(Some("Why tests matter"), None, ru), en.into());
        assert_eq!(language(Some("Почему тесты важны"), None, en), ru.into());
        assert_eq!(language(Some("Docker"), None, ru), ru.into());
        assert_eq!(language(Some("Docker"), None, en), en.into());
        assert_eq!(language(Some("Why tests matter"), Some(ru), en), ru.into());
        assert_eq!(language(None, None, ru), ru.into());
    }

    #[test]
    fn topic_depends_only_on_carousel_id() {
        let id = |time: &str| CarouselId::parse(&format!("carousel-sched-1-2-{time}")).unwrap();
        let of = |time: &str| topic_from_notes(&id(time), Language::En);
        assert_eq!(of("2026-11-24T090000Z"), of("2026-11-24T090000Z"));
        let days = (1..=9).map(|day| of(&format!("2026-11-0{day}T090000Z")));
        let distinct: std::collections::BTreeSet<_> = days.collect();
        assert!(distinct.len() > 4, "{distinct:?}");
    }
}
