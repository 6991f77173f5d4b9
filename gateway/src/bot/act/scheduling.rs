//! Handles schedules: creates, lists, pauses and removes them. The row is written first, then
//! Temporal's schedule is derived from it. A redelivered update writes the schedule again.

use chrono::Utc;
use domain::{Cadence, ChatId, Language, PauseReason, SubscriptionId, TimeZone, Topic};
use storage::{
    settings,
    subscriptions::{self, Subscription, Terms},
};
use telegram::{
    Button, Html, Keyboard, Phrase,
    talk::{Press, button, labelled},
};

use super::{Task, Trouble};
use crate::{
    bot::{
        say::Said,
        timetable::{self, Ask},
    },
    schedules::Schedules,
};

/// Maximum number of subscriptions per user.
const MOST: u32 = 10;

/// Hours that have a button.
const HOURS: std::ops::RangeInclusive<u8> = 0..=23;

impl Task<'_> {
    pub(super) async fn schedule(&self, ask: &Ask) -> Result<(), Trouble> {
        match ask {
            Ask::Show => self.show_schedules(None).await,
            Ask::New => self.show(days(self.language)).await,
            Ask::Hours { days } => {
                let zone = self.zone().await?;
                self.show(hours(self.language, days, &zone)).await
            }
            Ask::Topic { cadence } => self.show(topic(self.language, cadence)).await,
            Ask::Make { cadence, topic } => self.make_schedule(cadence, topic.as_deref()).await,
            Ask::Pause { subscription } => self.turn(subscription, true).await,
            Ask::Resume { subscription } => self.turn(subscription, false).await,
            Ask::Remove { subscription } => self.remove_schedule(subscription).await,
            Ask::Zones => self.show(zones(self.language)).await,
            Ask::Zone { name } => self.set_zone(name).await,
            Ask::Refuse { said } => {
                let help = Phrase::ScheduleHelp.html(self.language);
                let refused = Phrase::ScheduleRefused { words: said }.html(self.language);
                self.send(refused.then(&Html::text("\n\n")).then(&help).into())
                    .await
            }
        }
    }

    /// Lists the schedules below a line about the last action.
    async fn show_schedules(&self, done: Option<Phrase<'_>>) -> Result<(), Trouble> {
        let found = self.schedules().await?;
        let zone = self.zone().await?;
        let mut said = list(self.language, &found, &zone);
        if let Some(done) = done {
            let done = done.html(self.language).then(&Html::text("\n\n"));
            said.text = done.then(&said.text);
        }
        self.show(said).await
    }

    async fn schedules(&self) -> Result<Vec<Subscription>, Trouble> {
        let reader = self.desk.db.read();
        let found = subscriptions::of_user(&reader, &self.user, None, 4 * MOST).await?;
        let ours =
            |one: &Subscription| one.bot == self.desk.id && !subscriptions::is_wisdom(&one.id);
        Ok(found.rows.into_iter().filter(ours).collect())
    }

    async fn zone(&self) -> Result<TimeZone, Trouble> {
        let wanted = settings::of(&self.desk.db.read(), &self.user).await?;
        let usual = || timetable::usual_zone(self.language);
        Ok(wanted.time_zone.unwrap_or_else(usual))
    }

    /// Creates a subscription under an id that is derived from the update.
    async fn make_schedule(&self, cadence: &str, topic: Option<&str>) -> Result<(), Trouble> {
        let Ok(cadence) = cadence.parse::<Cadence>() else {
            return self.reply(Phrase::StaleButton).await;
        };
        let topic = match topic.map(Topic::parse).transpose() {
            Ok(topic) => topic,
            Err(error) => return self.refused(&error.into()).await,
        };
        if let Some(character) = topic
            .as_ref()
            .and_then(|topic| self.desk.renderer.undrawable(topic.as_str()))
        {
            let refusal = crate::order::Refusal::Undrawable { character };
            return self.refused(&refusal).await;
        }
        let id = format!("{}-{}", self.desk.id, self.heard.update);
        let id = SubscriptionId::parse(&id).map_err(storage::Error::from)?;
        let there = self.schedules().await?;
        let known = there.iter().any(|one| one.id == id);
        if !known && there.len() >= MOST as usize {
            let max = u64::from(MOST);
            return self.reply(Phrase::ScheduleTooMany { max }).await;
        }
        let new = &Subscription {
            id,
            user: self.user.clone(),
            bot: self.desk.id,
            chat: ChatId::new(self.heard.chat.id),
            thread: self.heard.chat.thread,
            terms: Terms {
                cadence,
                time_zone: self.zone().await?,
                topic,
                paused: false,
                pause_reason: None,
            },
            created_at: Utc::now(),
        };
        let made = |tx| async move { subscriptions::create(&tx, new).await };
        let stored = self.desk.db.write(made).await?;
        let Terms {
            cadence,
            time_zone,
            topic,
            ..
        } = &stored.value.terms;
        self.clock().put(&stored.value).await.map_err(refused)?;
        let cadence = spoken(self.language, *cadence);
        let topic = about(self.language, topic.as_ref());
        self.reply(Phrase::ScheduleMade {
            cadence: &cadence,
            topic: &topic,
            zone: time_zone.as_str(),
        })
        .await
    }

    async fn turn(&self, subscription: &str, paused: bool) -> Result<(), Trouble> {
        let Some(found) = self.own_schedule(subscription).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let (id, at) = (&found.id, Utc::now());
        let turn = |tx| async move {
            let change = |terms: &mut Terms| {
                if paused {
                    terms.pause(PauseReason::Person);
                } else {
                    terms.resume();
                }
            };
            subscriptions::change(&tx, id, at, change).await
        };
        if let Some(changed) = self.desk.db.write(turn).await? {
            self.clock().put(&changed.value).await.map_err(refused)?;
        }
        let done = if paused {
            Phrase::SchedulePaused
        } else {
            Phrase::ScheduleResumed
        };
        self.show_schedules(Some(done)).await
    }

    async fn remove_schedule(&self, subscription: &str) -> Result<(), Trouble> {
        let Ok(id) = &SubscriptionId::parse(subscription) else {
            return self.reply(Phrase::StaleButton).await;
        };
        let reader = self.desk.db.read();
        let found = subscriptions::find(&reader, id).await?;
        if found.is_some_and(|found| found.user != self.user || found.bot != self.desk.id) {
            return self.reply(Phrase::StaleButton).await;
        }
        self.take_away(id).await?;
        self.show_schedules(Some(Phrase::ScheduleRemoved)).await
    }

    /// The row is deleted first: a schedule without a row is a no-op when it fires.
    async fn take_away(&self, id: &SubscriptionId) -> Result<(), Trouble> {
        let remove = |tx| async move { subscriptions::remove(&tx, id).await };
        self.desk.db.write(remove).await?;
        self.clock().remove(id).await.map_err(refused)
    }

    async fn own_schedule(&self, id: &str) -> Result<Option<Subscription>, Trouble> {
        let Ok(id) = SubscriptionId::parse(id) else {
            return Ok(None);
        };
        let found = subscriptions::find(&self.desk.db.read(), &id).await?;
        Ok(found.filter(|found| found.user == self.user && found.bot == self.desk.id))
    }

    /// Sets the time zone of all of the user's schedules.
    async fn set_zone(&self, name: &str) -> Result<(), Trouble> {
        let Some(zone) = &timetable::zone(name) else {
            return self.reply(Phrase::ZoneUnknown { zone: name }).await;
        };
        let (user, at) = (&self.user, Utc::now());
        let change = |tx| async move {
            settings::change(&tx, user, at, |wanted| {
                wanted.time_zone = Some(zone.clone());
            })
            .await
        };
        self.desk.db.write(change).await?;
        let reader = self.desk.db.read();
        let all = subscriptions::of_user(&reader, user, None, 4 * MOST).await?;
        for one in all.rows.iter().filter(|one| one.bot == self.desk.id) {
            let move_to = |tx| async move {
                let zone = |terms: &mut Terms| terms.time_zone = zone.clone();
                subscriptions::change(&tx, &one.id, at, zone).await
            };
            if let Some(moved) = self.desk.db.write(move_to).await? {
                self.clock().put(&moved.value).await.map_err(refused)?;
            }
        }
        let zone = zone.as_str();
        self.show_schedules(Some(Phrase::ZoneSet { zone })).await
    }

    /// The time of the daily tip, if it is on.
    pub(super) async fn wisdom_time(&self) -> Result<Option<String>, Trouble> {
        let id = subscriptions::wisdom_of(self.desk.id, &self.user);
        let id = id.map_err(storage::Error::from)?;
        let found = subscriptions::find(&self.desk.db.read(), &id).await?;
        let on = found.filter(|found| !found.terms.paused);
        Ok(on.map(|found| spoken(self.language, found.terms.cadence)))
    }

    pub(super) async fn choose_wisdom(&self) -> Result<(), Trouble> {
        let zone = self.zone().await?;
        self.show(wisdom(self.language, &zone)).await
    }

    /// Takes `off` or a time; returns `false` for anything else.
    pub(super) async fn set_wisdom(&self, value: &str) -> Result<bool, Trouble> {
        let id = subscriptions::wisdom_of(self.desk.id, &self.user);
        let id = &id.map_err(storage::Error::from)?;
        let (user, at) = (&self.user, Utc::now());
        if value == "off" {
            let off = |tx| async move {
                settings::change(&tx, user, at, |wanted| wanted.daily_wisdom = false).await?;
                subscriptions::remove(&tx, id).await
            };
            self.desk.db.write(off).await?;
            return Ok(true);
        }
        let Ok(time) = value.parse() else {
            return Ok(false);
        };
        let terms = &Terms {
            cadence: Cadence::Daily(time),
            time_zone: self.zone().await?,
            topic: None,
            paused: false,
            pause_reason: None,
        };
        let new = &Subscription {
            id: id.clone(),
            user: user.clone(),
            bot: self.desk.id,
            // The daily tip goes to one user's private chat, also if they asked in a group.
            chat: ChatId::new(self.heard.from.get()),
            thread: None,
            terms: terms.clone(),
            created_at: at,
        };
        let on = |tx| async move {
            settings::change(&tx, user, at, |wanted| wanted.daily_wisdom = true).await?;
            let stored = subscriptions::create(&tx, new).await?;
            let changed =
                subscriptions::change(&tx, id, at, |stored| *stored = terms.clone()).await?;
            Ok::<_, storage::Error>(changed.map_or(stored.value, |changed| changed.value))
        };
        let stored = self.desk.db.write(on).await?;
        self.clock().put(&stored).await.map_err(refused)?;
        Ok(true)
    }

    fn clock(&self) -> Schedules {
        Schedules::new(self.desk.client.clone())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it reads better in `map_err`"
)]
fn refused(error: crate::schedules::Error) -> Trouble {
    Trouble::Temporal(error.to_string())
}

/// A cadence as text.
fn spoken(language: Language, cadence: Cadence) -> String {
    match cadence {
        Cadence::Daily(time) => Phrase::CadenceDaily {
            time: &time.to_string(),
        }
        .plain(language),
        Cadence::Workdays(time) => Phrase::CadenceWorkdays {
            time: &time.to_string(),
        }
        .plain(language),
        Cadence::Weekly(day, time) => Phrase::CadenceWeekly {
            day: day.name(),
            time: &time.to_string(),
        }
        .plain(language),
        Cadence::Hourly => Phrase::CadenceHourly.plain(language),
    }
}

fn about(language: Language, topic: Option<&Topic>) -> String {
    topic.map_or_else(
        || Phrase::ScheduleAnyTopic.plain(language),
        |topic| topic.as_str().to_owned(),
    )
}

fn press(what: String) -> Press {
    Press::Schedule { what }
}

fn row<const N: usize>(buttons: [Option<Button>; N]) -> Vec<Button> {
    buttons.into_iter().flatten().collect()
}

fn rows(buttons: impl Iterator<Item = Button>, wide: usize) -> Vec<Vec<Button>> {
    let buttons: Vec<Button> = buttons.collect();
    buttons.chunks(wide).map(<[Button]>::to_vec).collect()
}

fn back(language: Language) -> Vec<Button> {
    let back = button(Phrase::ButtonBack, language, &press("show".to_owned()));
    row([back])
}

/// The list of subscriptions, each with its buttons.
fn list(language: Language, found: &[Subscription], zone: &TimeZone) -> Said {
    let mut text = match found {
        [] => Phrase::ScheduleNone
            .html(language)
            .then(&Html::text("\n\n"))
            .then(&Phrase::ScheduleHelp.html(language)),
        _ => Phrase::ScheduleList.html(language).then(&Html::text("\n")),
    };
    let mut keyboard = Vec::new();
    for (n, one) in (1..).zip(found) {
        let (cadence, topic) = (
            spoken(language, one.terms.cadence),
            about(language, one.terms.topic.as_ref()),
        );
        let (cadence, topic) = (cadence.as_str(), topic.as_str());
        let line = match (one.terms.paused, one.terms.pause_reason) {
            (true, Some(PauseReason::Access)) => Phrase::ScheduleLineRefused { n, cadence, topic },
            (true, Some(PauseReason::Person | PauseReason::ChatClosed) | None) => {
                Phrase::ScheduleLinePaused { n, cadence, topic }
            }
            (false, _) => Phrase::ScheduleLine { n, cadence, topic },
        };
        text = text.then(&Html::text("\n")).then(&line.html(language));
        let (turn, verb) = if one.terms.paused {
            (Phrase::ButtonResume, "go")
        } else {
            (Phrase::ButtonPause, "pause")
        };
        let label = |phrase: Phrase<'_>| format!("{n}. {}", phrase.plain(language));
        keyboard.push(row([
            labelled(label(turn), &press(format!("{verb} {}", one.id))),
            labelled(
                label(Phrase::ButtonRemove),
                &press(format!("drop {}", one.id)),
            ),
        ]));
    }
    let zone = Phrase::ScheduleZone {
        zone: zone.as_str(),
    };
    text = text.then(&Html::text("\n\n")).then(&zone.html(language));
    keyboard.push(row([
        button(Phrase::ButtonNew, language, &press("new".to_owned())),
        button(Phrase::ButtonZone, language, &press("zones".to_owned())),
    ]));
    Said {
        text,
        keyboard: Keyboard::rows(keyboard),
    }
}

fn days(language: Language) -> Said {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let days = |days: &str| press(format!("days {days}"));
    let mut keyboard = vec![row([
        button(Phrase::ButtonDaily, language, &days("daily")),
        button(Phrase::ButtonWorkdays, language, &days("workdays")),
    ])];
    let named = |day: &str| {
        let label = Phrase::DayName { day }.plain(language);
        labelled(label, &days(&format!("weekly {day}")))
    };
    keyboard.extend(rows(DAYS.into_iter().filter_map(named), 4));
    keyboard.push(back(language));
    Said {
        text: Phrase::ChooseCadence.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}

fn hours(language: Language, days: &str, zone: &TimeZone) -> Said {
    let at = |hour: u8| {
        let time = format!("{hour:02}:00");
        labelled(time.clone(), &press(format!("at {days} {time}")))
    };
    let mut keyboard = rows(HOURS.filter_map(at), 6);
    keyboard.push(back(language));
    let zone = zone.as_str();
    Said {
        text: Phrase::ChooseHour { zone }.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}

fn topic(language: Language, cadence: &str) -> Said {
    let any = press(format!("any {cadence}"));
    let any = button(Phrase::ButtonFromNotes, language, &any);
    Said {
        text: Phrase::SendScheduleTopic.html(language),
        keyboard: Keyboard::rows([row([any]), back(language)]),
    }
}

fn zones(language: Language) -> Said {
    let zone = |name: &str| labelled(name.to_owned(), &press(format!("zone {name}")));
    let mut keyboard = rows(timetable::ZONES.into_iter().filter_map(zone), 2);
    keyboard.push(back(language));
    Said {
        text: Phrase::ChooseZone.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}

fn wisdom(language: Language, zone: &TimeZone) -> Said {
    let set = |value: String| Press::Set {
        setting: "wisdom".to_owned(),
        value,
    };
    let at = |hour: u8| {
        let time = format!("{hour:02}:00");
        labelled(time.clone(), &set(time))
    };
    let mut keyboard = rows(HOURS.filter_map(at), 6);
    keyboard.push(row([
        button(Phrase::ButtonOff, language, &set("off".to_owned())),
        button(Phrase::ButtonBack, language, &Press::Settings),
    ]));
    let zone = zone.as_str();
    Said {
        text: Phrase::ChooseWisdom { zone }.html(language),
        keyboard: Keyboard::rows(keyboard),
    }
}
