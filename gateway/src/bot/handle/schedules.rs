//! Handles schedules: creates, lists, pauses and removes them. The row is written first, then
//! Temporal's schedule is derived from it. A redelivered update writes the schedule again.

use chrono::{DateTime, Utc};
use domain::{
    ClockTime, Language, PauseReason, ScheduleDays, SubscriptionId, SubscriptionSchedule, TimeZone,
    Topic, UserSettings, Weekday, Weekdays,
};
use knowledge::Corpus;
use storage::{
    Tx, settings,
    subscriptions::{self, Subscription, SubscriptionTerms},
};
use telegram::{
    Html, InlineButton, Keyboard, Phrase,
    action::{Action, ScheduleAction, SettingChange},
    messages::{button, labelled, weekday_time},
};

use super::{CommandHandler, HandlerError, Spoken};
use crate::{
    bot::{
        reply::ReplyMessage,
        time_zones::{self, ZoneRefusal},
    },
    schedule_client::ScheduleClient,
};

/// Maximum number of subscriptions per user.
const MAX_SUBSCRIPTIONS: u32 = 10;

const TOO_MANY: Phrase<'static> = Phrase::ScheduleTooMany { max: MAX_SUBSCRIPTIONS as u64 };

/// How many runs the confirmation of a schedule names.
const NEXT_RUNS: usize = 3;

const HOURS: std::ops::RangeInclusive<u8> = 0..=23;

impl CommandHandler<'_> {
    pub(super) async fn schedule(&self, ask: &ScheduleAction) -> Result<(), HandlerError> {
        // A press was checked before.
        let pressed = matches!(self.update.content, Spoken::Press { .. });
        if !pressed && !self.may_schedule(ask).await? {
            return self.reply(Phrase::GroupAdministrators { link: &self.link() }).await;
        }
        match ask {
            ScheduleAction::Show => self.show_schedules(None).await,
            ScheduleAction::New | ScheduleAction::Hours { .. } if self.is_full().await? => {
                self.reply(TOO_MANY).await
            }
            ScheduleAction::New => self.show(days(self.language)).await,
            ScheduleAction::Hours { days } => {
                let zone = self.zone().await?;
                self.show(hours(self.language, *days, &zone)).await
            }
            ScheduleAction::Topic { cadence } => {
                self.ask_for_text(topic(self.language, *cadence)).await
            }
            ScheduleAction::Make { cadence, topic } => {
                self.make_schedule(*cadence, topic.as_deref()).await
            }
            ScheduleAction::Pause { subscription } => self.set_paused(subscription, true).await,
            ScheduleAction::Resume { subscription } => self.set_paused(subscription, false).await,
            ScheduleAction::Remove { subscription } => self.remove_schedule(subscription).await,
            ScheduleAction::Zones => self.show(zones(self.language)).await,
            ScheduleAction::Zone { name } => self.set_zone(name).await,
            ScheduleAction::Refuse { said } => {
                let help = Phrase::ScheduleHelp.html(self.language);
                let refused = Phrase::ScheduleRefused { words: said }.html(self.language);
                self.send(refused.append(&Html::text("\n\n")).append(&help).into()).await
            }
        }
    }

    /// Lists the schedules below a line about the last action.
    async fn show_schedules(&self, done: Option<Phrase<'_>>) -> Result<(), HandlerError> {
        let found = self.listed_schedules().await?;
        let zone = self.zone().await?;
        let mut said = list(self.language, &found, &zone, self.update.private);
        if let Some(done) = done {
            let done = done.html(self.language).append(&Html::text("\n\n"));
            said.text = done.append(&said.text);
        }
        self.show(said).await
    }

    /// Whether the user may do this here: in a group, an administrator may do everything, and
    /// everyone may stop their own schedules.
    pub(super) async fn may_schedule(&self, ask: &ScheduleAction) -> Result<bool, HandlerError> {
        if self.update.private {
            return Ok(true);
        }
        let id = match ask {
            ScheduleAction::Refuse { .. } => return Ok(true),
            ScheduleAction::Pause { subscription }
            | ScheduleAction::Resume { subscription }
            | ScheduleAction::Remove { subscription } => Some(subscription),
            ScheduleAction::Show
            | ScheduleAction::New
            | ScheduleAction::Hours { .. }
            | ScheduleAction::Topic { .. }
            | ScheduleAction::Make { .. }
            | ScheduleAction::Zones
            | ScheduleAction::Zone { .. } => None,
        };
        if let Some(id) = id
            && let Some(found) = subscriptions::find(&self.deps.db.read(), id).await?
            && found.user == self.user
        {
            return Ok(true);
        }
        self.is_group_administrator().await
    }

    /// The user's schedules in all chats.
    async fn own_schedules(&self) -> Result<Vec<Subscription>, HandlerError> {
        let reader = self.deps.db.read();
        let found =
            subscriptions::of_user(&reader, &self.user, None, 4 * MAX_SUBSCRIPTIONS).await?;
        let ours =
            |one: &Subscription| one.bot == self.deps.id && !subscriptions::is_daily_tip(&one.id);
        Ok(found.rows.into_iter().filter(ours).collect())
    }

    /// The schedules that the chat's list shows: the user's own, or the group's.
    async fn listed_schedules(&self) -> Result<Vec<Subscription>, HandlerError> {
        if self.update.private {
            return self.own_schedules().await;
        }
        let (reader, chat) = (self.deps.db.read(), self.update.chat.id);
        let limit = 4 * MAX_SUBSCRIPTIONS;
        Ok(subscriptions::of_chat(&reader, self.deps.id, chat, None, limit).await?.rows)
    }

    async fn is_full(&self) -> Result<bool, HandlerError> {
        Ok(self.own_schedules().await?.len() >= MAX_SUBSCRIPTIONS as usize)
    }

    pub(super) async fn zone(&self) -> Result<TimeZone, HandlerError> {
        let wanted = settings::settings_of(&self.deps.db.read(), &self.user).await?;
        let usual = || time_zones::default_zone(self.language);
        Ok(wanted.time_zone.unwrap_or_else(usual))
    }

    /// Creates a subscription under an id that is derived from the update.
    async fn make_schedule(
        &self,
        cadence: SubscriptionSchedule,
        topic: Option<&str>,
    ) -> Result<(), HandlerError> {
        let topic = match topic.map(Topic::parse).transpose() {
            Ok(topic) => topic,
            Err(error) => return self.refused(&error.into(), "").await,
        };
        if let Some(character) =
            topic.as_ref().and_then(|topic| self.deps.renderer.missing_character(topic.as_str()))
        {
            let refusal = crate::carousel_request::RequestRefusal::Undrawable { character };
            return self.refused(&refusal, "").await;
        }
        let id = format!("{}-{}", self.deps.id, self.update.update);
        let id = SubscriptionId::parse(&id)?;
        let there = self.listed_schedules().await?;
        let known = there.iter().any(|one| one.id == id);
        let chat = (self.update.chat.id, self.update.chat.thread);
        let twin = (1..).zip(&there).find(|(_, one)| {
            let same_topic = lower_case(one.terms.topic.as_ref()) == lower_case(topic.as_ref());
            (one.chat, one.thread) == chat && one.terms.schedule == cadence && same_topic
        });
        match twin {
            Some((n, twin)) if !known => {
                let cadence = cadence_text(self.language, cadence);
                let topic = topic_text(self.language, twin.terms.topic.as_ref());
                let (cadence, topic) = (cadence.as_str(), topic.as_str());
                return self.reply(Phrase::ScheduleExists { n, cadence, topic }).await;
            }
            None if !known && self.is_full().await? => {
                return self.reply(TOO_MANY).await;
            }
            Some(_) | None => {}
        }
        let new = &Subscription {
            id,
            user: self.user.clone(),
            bot: self.deps.id,
            chat: chat.0,
            thread: chat.1,
            terms: SubscriptionTerms {
                schedule: cadence,
                time_zone: self.zone().await?,
                topic,
                paused: false,
                pause_reason: None,
            },
            created_at: Utc::now(),
        };
        let made = |tx| async move { subscriptions::create(&tx, new).await };
        let stored = self.deps.db.write(made).await?;
        let SubscriptionTerms { schedule: cadence, time_zone, topic, .. } = &stored.value.terms;
        let schedules = self.schedule_client();
        schedules.put(&stored.value).await.map_err(schedule_error)?;
        let next = schedules.next_runs(&stored.value).await.map_err(schedule_error)?;
        let next = next_text(self.language, &next, time_zone);
        let cadence = cadence_text(self.language, *cadence);
        let warning = topic.as_ref().filter(|topic| !self.can_be_written(topic));
        let topic = topic_text(self.language, topic.as_ref());
        let zone = time_zones::zone_label(time_zone);
        let (cadence, topic, next) = (cadence.as_str(), topic.as_str(), next.as_str());
        let made = Phrase::ScheduleMade { cadence, topic, zone: &zone, next };
        let mut said = made.html(self.language);
        if warning.is_some() {
            let warning = Phrase::ScheduleNotCovered.html(self.language);
            said = said.append(&Html::text("\n\n")).append(&warning);
        }
        self.send(said.into()).await
    }

    /// Whether a model or our notes can write about a topic.
    fn can_be_written(&self, topic: &Topic) -> bool {
        let shown = document::shown_language(topic.as_str());
        let language = shown.unwrap_or(self.language.into()).offline();
        let covered = |language| !Corpus::embedded().search(topic.as_str(), language, 1).is_empty();
        self.deps.upload_limits.uses_models || language.is_some_and(covered)
    }

    async fn set_paused(
        &self,
        subscription: &SubscriptionId,
        paused: bool,
    ) -> Result<(), HandlerError> {
        let Some(found) = self.own_schedule(subscription).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let (id, at) = (&found.id, Utc::now());
        let turn = |tx| async move {
            let change = |terms: &mut SubscriptionTerms| {
                if paused {
                    terms.pause(PauseReason::Person);
                } else {
                    terms.resume();
                }
            };
            subscriptions::change(&tx, id, at, change).await
        };
        if let Some(changed) = self.deps.db.write(turn).await? {
            self.schedule_client().put(&changed.value).await.map_err(schedule_error)?;
        }
        let done = if paused { Phrase::SchedulePaused } else { Phrase::ScheduleResumed };
        self.show_schedules(Some(done)).await
    }

    async fn remove_schedule(&self, id: &SubscriptionId) -> Result<(), HandlerError> {
        let reader = self.deps.db.read();
        let found = subscriptions::find(&reader, id).await?;
        if found.is_some_and(|found| !self.may_change(&found)) {
            return self.reply(Phrase::StaleButton).await;
        }
        self.delete_subscription(id).await?;
        self.show_schedules(Some(Phrase::ScheduleRemoved)).await
    }

    /// The row is deleted first: a schedule without a row is a no-op when it fires.
    async fn delete_subscription(&self, id: &SubscriptionId) -> Result<(), HandlerError> {
        let remove = |tx| async move { subscriptions::remove(&tx, id).await };
        self.deps.db.write(remove).await?;
        self.schedule_client().remove(id).await.map_err(schedule_error)
    }

    async fn own_schedule(
        &self,
        id: &SubscriptionId,
    ) -> Result<Option<Subscription>, HandlerError> {
        let found = subscriptions::find(&self.deps.db.read(), id).await?;
        Ok(found.filter(|found| self.may_change(found)))
    }

    /// Whether it is the user's, or belongs to the group that they administer:
    /// [`Self::may_schedule`] has checked that.
    fn may_change(&self, found: &Subscription) -> bool {
        let of_group = !self.update.private && found.chat == self.update.chat.id;
        found.bot == self.deps.id && (found.user == self.user || of_group)
    }

    /// Sets the time zone of all of the user's schedules.
    async fn set_zone(&self, name: &str) -> Result<(), HandlerError> {
        let zone = &match time_zones::zone(name) {
            Ok(zone) => zone,
            Err(ZoneRefusal::Unknown) => {
                return self.reply(Phrase::ZoneUnknown { zone: name }).await;
            }
            Err(ZoneRefusal::HalfHour) => {
                return self.reply(Phrase::ZoneHalfHour { zone: name }).await;
            }
        };
        let (user, at) = (&self.user, Utc::now());
        let change = |tx: Tx| async move {
            let set = |wanted: &mut UserSettings| wanted.time_zone = Some(zone.clone());
            self.change_settings_in(&tx, at, set).await
        };
        self.deps.db.write(change).await?;
        let reader = self.deps.db.read();
        let all = subscriptions::of_user(&reader, user, None, 4 * MAX_SUBSCRIPTIONS).await?;
        for one in all.rows.iter().filter(|one| one.bot == self.deps.id) {
            let move_to = |tx| async move {
                let zone = |terms: &mut SubscriptionTerms| terms.time_zone = zone.clone();
                subscriptions::change(&tx, &one.id, at, zone).await
            };
            if let Some(moved) = self.deps.db.write(move_to).await? {
                self.schedule_client().put(&moved.value).await.map_err(schedule_error)?;
            }
        }
        let zone = time_zones::zone_label(zone);
        self.show_schedules(Some(Phrase::ZoneSet { zone: &zone })).await
    }

    /// The time of the daily tip, if it is on.
    pub(super) async fn daily_tip_time(&self) -> Result<Option<String>, HandlerError> {
        let id = subscriptions::daily_tip_id(self.deps.id, &self.user);
        let id = id?;
        let found = subscriptions::find(&self.deps.db.read(), &id).await?;
        let on = found.filter(|found| !found.terms.paused);
        Ok(on.map(|found| cadence_text(self.language, found.terms.schedule)))
    }

    pub(super) async fn choose_daily_tip(&self) -> Result<(), HandlerError> {
        let zone = self.zone().await?;
        self.show(daily_tip_menu(self.language, &zone)).await
    }

    /// Sets the time of the daily tip; `None` turns it off.
    pub(super) async fn set_daily_tip(&self, time: Option<ClockTime>) -> Result<(), HandlerError> {
        let id = subscriptions::daily_tip_id(self.deps.id, &self.user);
        let id = &id?;
        let (user, at) = (&self.user, Utc::now());
        let Some(time) = time else {
            let off = |tx: Tx| async move {
                self.change_settings_in(&tx, at, |wanted| wanted.daily_tip = false).await?;
                subscriptions::remove(&tx, id).await
            };
            self.deps.db.write(off).await?;
            return Ok(());
        };
        let terms = &SubscriptionTerms {
            schedule: SubscriptionSchedule::daily(time),
            time_zone: self.zone().await?,
            topic: None,
            paused: false,
            pause_reason: None,
        };
        let new = &Subscription {
            id: id.clone(),
            user: user.clone(),
            bot: self.deps.id,
            // The daily tip goes to one user's private chat, also if they asked in a group.
            chat: self.update.account.chat(),
            thread: None,
            terms: terms.clone(),
            created_at: at,
        };
        let on = |tx: Tx| async move {
            self.change_settings_in(&tx, at, |wanted| wanted.daily_tip = true).await?;
            let stored = subscriptions::create(&tx, new).await?;
            let changed =
                subscriptions::change(&tx, id, at, |stored| *stored = terms.clone()).await?;
            Ok::<_, storage::StorageError>(changed.map_or(stored.value, |changed| changed.value))
        };
        let stored = self.deps.db.write(on).await?;
        self.schedule_client().put(&stored).await.map_err(schedule_error)
    }

    pub(super) fn schedule_client(&self) -> ScheduleClient {
        ScheduleClient::new(self.deps.client.clone())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better in `map_err`")]
pub(super) fn schedule_error(error: crate::schedule_client::ScheduleError) -> HandlerError {
    HandlerError::Temporal(error.to_string())
}

fn cadence_text(language: Language, cadence: SubscriptionSchedule) -> String {
    match cadence {
        SubscriptionSchedule::At(days, time) => days_text(language, days, &time.to_string()),
        SubscriptionSchedule::Hourly => Phrase::ScheduleHourly.plain(language),
    }
}

fn days_text(language: Language, days: ScheduleDays, time: &str) -> String {
    match days {
        ScheduleDays::DAILY => Phrase::ScheduleDaily { time },
        ScheduleDays::WORKDAYS => Phrase::ScheduleWorkdays { time },
        ScheduleDays::Monthly(day) => Phrase::ScheduleMonthly { day: day.get().into(), time },
        ScheduleDays::Weekly(days) => {
            let name = |day: Weekday| Phrase::DayName { day: day.name() }.plain(language);
            let names: Vec<String> = days.iter().map(name).collect();
            return match Weekday::ALL.iter().find(|day| Weekdays::from(**day) == days) {
                Some(day) => Phrase::ScheduleWeekly { day: day.name(), time }.plain(language),
                None => Phrase::ScheduleWeekdays { days: &names.join(", "), time }.plain(language),
            };
        }
    }
    .plain(language)
}

/// The next runs on the clocks of the zone.
fn next_text(language: Language, next: &[DateTime<Utc>], zone: &TimeZone) -> String {
    let local = |at: &DateTime<Utc>| weekday_time(language, time_zones::local(*at, zone));
    let next: Vec<String> = next.iter().take(NEXT_RUNS).map(local).collect();
    next.join(", ")
}

fn lower_case(topic: Option<&Topic>) -> Option<String> {
    topic.map(|topic| topic.as_str().to_lowercase())
}

fn topic_text(language: Language, topic: Option<&Topic>) -> String {
    topic
        .map_or_else(|| Phrase::ScheduleAnyTopic.plain(language), |topic| topic.as_str().to_owned())
}

const fn press(what: ScheduleAction) -> Action {
    Action::Schedule { what }
}

fn row<const N: usize>(buttons: [Option<InlineButton>; N]) -> Vec<InlineButton> {
    buttons.into_iter().flatten().collect()
}

fn rows(buttons: impl Iterator<Item = InlineButton>, wide: usize) -> Vec<Vec<InlineButton>> {
    let buttons: Vec<InlineButton> = buttons.collect();
    buttons.chunks(wide).map(<[InlineButton]>::to_vec).collect()
}

fn back(language: Language) -> Vec<InlineButton> {
    let back = button(Phrase::ButtonBack, language, &press(ScheduleAction::Show));
    row([back])
}

/// The time zone is a person's, so only a private list has its button.
fn list(
    language: Language,
    found: &[Subscription],
    zone: &TimeZone,
    private: bool,
) -> ReplyMessage {
    let mut text = match found {
        [] => Phrase::ScheduleNone
            .html(language)
            .append(&Html::text("\n\n"))
            .append(&Phrase::ScheduleHelp.html(language)),
        _ => Phrase::ScheduleList.html(language).append(&Html::text("\n")),
    };
    let mut keyboard = Vec::new();
    for (n, one) in (1..).zip(found) {
        let (cadence, topic) = (
            cadence_text(language, one.terms.schedule),
            topic_text(language, one.terms.topic.as_ref()),
        );
        let (cadence, topic) = (cadence.as_str(), topic.as_str());
        let line = match (one.terms.paused, one.terms.pause_reason) {
            (true, Some(PauseReason::Access)) => Phrase::ScheduleLineRefused { n, cadence, topic },
            (true, Some(PauseReason::Person | PauseReason::ChatClosed) | None) => {
                Phrase::ScheduleLinePaused { n, cadence, topic }
            }
            (false, _) => Phrase::ScheduleLine { n, cadence, topic },
        };
        text = text.append(&Html::text("\n")).append(&line.html(language));
        let subscription = || one.id.clone();
        let (turn, turned) = if one.terms.paused {
            let subscription = subscription();
            (Phrase::ButtonResume, ScheduleAction::Resume { subscription })
        } else {
            let subscription = subscription();
            (Phrase::ButtonPause, ScheduleAction::Pause { subscription })
        };
        let removed = ScheduleAction::Remove { subscription: subscription() };
        let label = |phrase: Phrase<'_>| format!("{n}. {}", phrase.plain(language));
        keyboard.push(row([
            labelled(label(turn), &press(turned)),
            labelled(label(Phrase::ButtonRemove), &press(removed)),
        ]));
    }
    let zone = Phrase::ScheduleZone { zone: &time_zones::zone_label(zone) }.html(language);
    text = text.append(&Html::text("\n\n")).append(&zone);
    keyboard.push(row([
        button(Phrase::ButtonNew, language, &press(ScheduleAction::New)),
        button(Phrase::ButtonZone, language, &press(ScheduleAction::Zones)).filter(|_| private),
    ]));
    ReplyMessage { text, keyboard: Keyboard::rows(keyboard) }
}

fn days(language: Language) -> ReplyMessage {
    let days = |days| press(ScheduleAction::Hours { days });
    let mut keyboard = vec![row([
        button(Phrase::ButtonDaily, language, &days(ScheduleDays::DAILY)),
        button(Phrase::ButtonWorkdays, language, &days(ScheduleDays::WORKDAYS)),
    ])];
    let named = |day: &Weekday| {
        let label = Phrase::DayName { day: day.name() }.plain(language);
        labelled(label, &days(ScheduleDays::Weekly((*day).into())))
    };
    keyboard.extend(rows(Weekday::ALL.iter().filter_map(named), 4));
    keyboard.push(back(language));
    ReplyMessage {
        text: Phrase::ChooseRepetition.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}

fn full_hours() -> impl Iterator<Item = ClockTime> {
    HOURS.filter_map(|hour| ClockTime::new(hour, 0))
}

fn hours(language: Language, days: ScheduleDays, zone: &TimeZone) -> ReplyMessage {
    let at = |time: ClockTime| {
        let cadence = days.at(time);
        labelled(time.to_string(), &press(ScheduleAction::Topic { cadence }))
    };
    let mut keyboard = rows(full_hours().filter_map(at), 6);
    keyboard.push(back(language));
    let zone = &time_zones::zone_label(zone);
    ReplyMessage {
        text: Phrase::ChooseHour { zone }.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}

fn topic(language: Language, cadence: SubscriptionSchedule) -> ReplyMessage {
    let any = press(ScheduleAction::Make { cadence, topic: None });
    let any = button(Phrase::ButtonFromNotes, language, &any);
    ReplyMessage {
        text: Phrase::SendScheduleTopic.html(language),
        keyboard: Keyboard::rows([row([any]), back(language)]),
    }
}

fn zones(language: Language) -> ReplyMessage {
    let zone = |name: &str| {
        let name = name.to_owned();
        labelled(name.clone(), &press(ScheduleAction::Zone { name }))
    };
    let mut keyboard = rows(time_zones::ZONES.into_iter().filter_map(zone), 2);
    keyboard.push(back(language));
    ReplyMessage { text: Phrase::ChooseZone.html(language), keyboard: Keyboard::rows(keyboard) }
}

fn daily_tip_menu(language: Language, zone: &TimeZone) -> ReplyMessage {
    let set = |time| Action::Set(SettingChange::DailyTip(time));
    let at = |time: ClockTime| labelled(time.to_string(), &set(Some(time)));
    let mut keyboard = rows(full_hours().filter_map(at), 6);
    let back = &Action::Settings { setting: None };
    keyboard.push(row([
        button(Phrase::ButtonOff, language, &set(None)),
        button(Phrase::ButtonBack, language, back),
    ]));
    let zone = &time_zones::zone_label(zone);
    ReplyMessage {
        text: Phrase::ChooseDailyTip { zone }.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}
