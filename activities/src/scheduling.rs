//! Prepares a scheduled run: what a subscription or a time slot needs now, by the current settings;
//! and pauses subscriptions of unreachable users. The row decides: if it is deleted or paused, a
//! firing schedule is a no-op.

use std::sync::Arc;

use domain::{
    CarouselId, Format, ImageKind, Language, PauseReason, SubscriptionId, TimeSlot, Topic,
    access::AccessList, record::BriefRecord,
};
use events::Timestamp;
use futures::future::BoxFuture;
use knowledge::Corpus;
use storage::{
    Database,
    broadcasts::{self, Audience},
    settings,
    subscriptions::{self, Subscription},
    users,
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::{
    contract::{self, DestinationRecord, PrepareInput, Prepared, RestInput, SlotRecord},
    scheduled,
};

use crate::{
    attempt::{Conditions, Errand},
    error::Error,
    fault::Moment,
};

/// Pauses and resumes Temporal schedules.
pub trait Clockwork: Send + Sync {
    /// Pauses the schedule with this id; a missing one counts as paused.
    fn pause<'a>(&'a self, id: &'a str, why: &'a str) -> BoxFuture<'a, Result<(), String>>;

    fn resume<'a>(&'a self, id: &'a str, why: &'a str) -> BoxFuture<'a, Result<(), String>>;
}

pub struct Scheduling {
    db: Database,
    clockwork: Arc<dyn Clockwork>,
    access: AccessList,
    conditions: Conditions,
}

impl Scheduling {
    /// `access` decides who may use the product.
    pub fn new(
        db: Database,
        clockwork: Arc<dyn Clockwork>,
        access: AccessList,
        conditions: Conditions,
    ) -> Self {
        Self {
            db,
            clockwork,
            access,
            conditions,
        }
    }

    async fn prepare(&self, errand: Errand, input: PrepareInput) -> Result<Prepared, Error> {
        let prepared = match &input.slot {
            Some(slot) => self.thought(&errand, slot).await?,
            None => self.wanted(&errand, &input).await?,
        };
        errand.at(Moment::After).await?;
        Ok(prepared)
    }

    /// Whether the slot has subscribers, and in which languages. The schedule of an empty slot is
    /// paused *before* the second check, so that a subscription made in between, which resumes the
    /// schedule, is not lost.
    async fn thought(&self, errand: &Errand, slot: &SlotRecord) -> Result<Prepared, Error> {
        let wrong = |error: domain::CadenceError| Error::Input(error.to_string());
        let slot = TimeSlot::try_from(slot).map_err(wrong)?;
        let reader = self.db.read();
        let (audience, now) = (Audience::Slot(slot.clone()), Timestamp::from(errand.now()));
        let languages = broadcasts::languages(&reader, &audience, &self.access, now).await?;
        let schedule = scheduled::slot_schedule_id(&slot);
        let away = |reason| Error::Unavailable {
            reason,
            retry_after: None,
        };
        if languages.is_empty() {
            let nobody = "this time slot has no subscribers";
            let paused = self.clockwork.pause(&schedule, nobody).await;
            paused.map_err(away)?;
            if !subscriptions::slot_is_taken(&reader, &slot).await? {
                return Ok(nothing(nobody));
            }
        }
        // Also if an earlier attempt died after it had paused the schedule.
        let resumed = self
            .clockwork
            .resume(&schedule, "the slot has subscribers")
            .await;
        resumed.map_err(away)?;
        if languages.is_empty() {
            return Ok(nothing(
                "every subscriber of this time slot has stopped the bot or has no access",
            ));
        }
        // A newer server may know time zones that this program does not.
        let zone: chrono_tz::Tz = slot.zone.as_str().parse().unwrap_or(chrono_tz::UTC);
        let day = Timestamp::from(errand.now()).with_timezone(&zone);
        Ok(Prepared {
            what: scheduled::THOUGHT.to_owned(),
            day: day.date_naive().to_string(),
            languages: languages.iter().map(|one| one.name().to_owned()).collect(),
            ..Prepared::default()
        })
    }

    async fn wanted(&self, errand: &Errand, input: &PrepareInput) -> Result<Prepared, Error> {
        let wrong = |error: domain::IdError| Error::Input(error.to_string());
        let id = SubscriptionId::parse(&input.subscription).map_err(wrong)?;
        let carousel = CarouselId::parse(&input.carousel).map_err(wrong)?;
        let reader = self.db.read();
        let Some(found) = subscriptions::find(&reader, &id).await? else {
            return Ok(nothing("it was deleted"));
        };
        let Some(user) = users::find(&reader, &found.user).await? else {
            return Ok(nothing("its user is unknown"));
        };
        if let Some(why) = rests(&found) {
            return Ok(nothing(why));
        }
        let access = user.access(&self.access, Timestamp::from(errand.now()));
        if let Some(refusal) = access.refusal() {
            let why = refusal.to_string();
            self.pause(errand, &found, &why).await?;
            return Ok(nothing(&why));
        }
        let language = user.profile.language.unwrap_or(Language::En);
        let wanted = settings::of(&reader, &user.id).await?;
        Ok(Prepared {
            what: scheduled::CAROUSEL.to_owned(),
            user: user.id.as_str().to_owned(),
            destination: DestinationRecord::telegram(found.chat.get(), found.thread, language),
            brief: Some(brief(&found, &wanted, language, &carousel)?),
            ..Prepared::default()
        })
    }

    /// Pauses the subscription of a user who may not use the product, row first. It stays paused
    /// until the user resumes it.
    async fn pause(&self, errand: &Errand, found: &Subscription, why: &str) -> Result<(), Error> {
        let (id, at) = (&found.id, Timestamp::from(errand.now()));
        let pause = |tx| async move {
            subscriptions::change(&tx, id, at, |terms| terms.pause(PauseReason::Access)).await
        };
        self.db.write(pause).await?;
        let schedule = scheduled::schedule_id(id.as_str());
        let paused = self.clockwork.pause(&schedule, why).await;
        paused.map_err(|reason| Error::Unavailable {
            reason,
            retry_after: None,
        })
    }

    async fn rest(&self, errand: Errand, input: RestInput) -> Result<(), Error> {
        let id = &SubscriptionId::parse(&input.subscription)
            .map_err(|error| Error::Input(error.to_string()))?;
        let at = Timestamp::from(errand.now());
        let rest = |tx| async move {
            let changed = subscriptions::change(&tx, id, at, |terms| {
                terms.pause(PauseReason::ChatClosed);
            })
            .await?;
            if let Some(changed) = changed {
                let user = &changed.value.user;
                users::change(&tx, user, at, |profile| {
                    profile.unreachable_since.get_or_insert(at);
                })
                .await?;
            }
            Ok::<_, storage::Error>(())
        };
        self.db.write(rest).await?;
        errand.at(Moment::After).await?;
        let schedule = scheduled::schedule_id(id.as_str());
        let paused = self.clockwork.pause(&schedule, &input.reason).await;
        paused.map_err(|reason| Error::Unavailable {
            reason,
            retry_after: None,
        })
    }
}

fn nothing(why: &str) -> Prepared {
    Prepared {
        what: scheduled::NOTHING.to_owned(),
        reason: why.to_owned(),
        ..Prepared::default()
    }
}

fn rests(subscription: &Subscription) -> Option<&'static str> {
    if subscriptions::is_wisdom(&subscription.id) {
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
    wanted: &domain::Settings,
    spoken: Language,
    carousel: &CarouselId,
) -> Result<BriefRecord, Error> {
    let topic = match &subscription.terms.topic {
        Some(topic) => topic.as_str().to_owned(),
        None => {
            let language = wanted.language.unwrap_or(spoken);
            let drawn = drawn(carousel, language);
            let topic = Topic::parse(drawn).map_err(|error| Error::Input(error.to_string()))?;
            topic.as_str().to_owned()
        }
    };
    let language = wanted.language.unwrap_or_else(|| Language::detect(&topic));
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

/// A topic from the notes, derived from the carousel's id, so that a repetition gets the same one.
fn drawn(carousel: &CarouselId, language: Language) -> &'static str {
    let notes = Corpus::embedded().notes();
    // FNV-1a: any deterministic hash works.
    let number = carousel
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    let at = usize::try_from(number % notes.len() as u64).unwrap_or(0);
    &notes[at].wording(language).title
}

#[activities]
impl Scheduling {
    #[activity(definition = contract::schedule::PrepareScheduled)]
    pub async fn prepare_scheduled(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: PrepareInput,
    ) -> Result<Prepared, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.prepare(errand, input))
            .await
    }

    #[activity(definition = contract::schedule::RestSubscription)]
    pub async fn rest_subscription(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: RestInput,
    ) -> Result<(), ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.rest(errand, input))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_topics_are_valid() {
        for note in Corpus::embedded().notes() {
            for language in Language::ALL {
                assert!(
                    Topic::parse(&note.wording(*language).title).is_ok(),
                    "{}",
                    note.id
                );
            }
        }
    }

    #[test]
    fn topic_depends_only_on_carousel_id() {
        let id = |time: &str| CarouselId::parse(&format!("carousel-sched-1-2-{time}")).unwrap();
        let of = |time: &str| drawn(&id(time), Language::En);
        assert_eq!(of("2026-11-24T090000Z"), of("2026-11-24T090000Z"));
        let days = (1..=9).map(|day| of(&format!("2026-11-0{day}T090000Z")));
        let distinct: std::collections::BTreeSet<_> = days.collect();
        assert!(distinct.len() > 4, "{distinct:?}");
    }
}
