//! Tests of the gateway's events: each event of an update has a cause.

use events::{CoreEvent, Event};
use storage::outbox::consumers::{self, ConsumerStart};
use testkit::eventually;

use crate::BotTest;

/// The events of the newest update that sent a reply, once it is finished.
pub(crate) async fn events_of_last(bot: &BotTest) -> Vec<Event> {
    let update = bot.telegram.updates().await.last().unwrap().id;
    let suffix = format!("-{update}");
    let name = format!("test{suffix}");
    let name = name.as_str();
    let register = |tx| async move {
        consumers::register(&tx, name, ConsumerStart::Beginning, chrono::Utc::now()).await
    };
    bot.app.db.write(register).await.unwrap();
    let finished = async || {
        let polled = consumers::poll(&bot.app.db.read(), name, 10_000).await;
        let events = polled.unwrap().events.into_iter();
        let events = events.filter_map(|stored| stored.event().ok());
        let of_update = |event: &Event| {
            let correlation = &event.context.correlation;
            correlation.starts_with("update-") && correlation.ends_with(&suffix)
        };
        let found: Vec<Event> = events.filter(of_update).collect();
        let over = found.iter().any(|event| event.kind() == "command.executed");
        over.then_some(found)
    };
    eventually("the update's events are written", finished).await
}

fn kinds(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.kind()).collect()
}

#[tokio::test]
async fn update_events_form_one_chain() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let settings = ann.asks("/settings", "Settings").await;
    let events = events_of_last(&bot).await;
    assert_eq!(
        kinds(&events),
        ["user.message.received", "user.created", "bot.response.sent", "command.executed"]
    );
    ann.presses_for(&settings, "Handle", "Send your handle").await;
    let events = events_of_last(&bot).await;
    assert_eq!(
        kinds(&events),
        [
            "user.message.received",
            "user.session.created",
            "session.saved",
            "user.interaction.tracked",
            "bot.response.sent",
            "command.executed",
        ]
    );
    assert_eq!(events[0].causation, None);
    for pair in events.windows(2) {
        assert_eq!(pair[1].causation.as_ref(), Some(&pair[0].id));
    }
    let pressed = format!("{:?}", events[3].data);
    assert!(pressed.contains("ask_brand"), "{pressed}");
    let CoreEvent::Gateway(told) = &events[4].data else {
        panic!("a reply is the gateway's");
    };
    let told = format!("{told:?}");
    assert!(told.contains("\"text\"") && told.contains("true"), "{told}");
}
