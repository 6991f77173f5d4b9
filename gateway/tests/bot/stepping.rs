//! Tests in which the gateway dies between every two steps of an update, and the update is
//! delivered five times: its effect happens once.

use domain::UserId;
use gateway::fault::Moment;
use storage::{
    carousels::{self, Carousel, Filter},
    settings::brand_of,
};
use testkit::{
    Script, ScriptedFaults,
    bot_api::{Message, Person},
};

use crate::{Bot, drafts::hears_after, revising::hears_slide};

impl Bot {
    /// Sends a text to a gateway that is held at `moment`; then the update is delivered again, and
    /// another gateway takes over.
    async fn hears_and_dies(&mut self, person: &Person, words: &str, moment: Moment) {
        self.shutdown.begin();
        let point = moment.to_string();
        let faults = ScriptedFaults::new([(point.as_str(), Script::Hold)]);
        self.listen_with(faults.faults()).await;
        person.says(words).await;
        let update = self.telegram.updates().await.last().unwrap().id;
        faults.reached(&point).await;
        for _ in 0..5 {
            self.telegram.redeliver(update).await;
        }
        // The held task never continues: to other gateways this one is dead.
        self.shutdown.begin();
        self.listen().await;
        for _ in 0..5 {
            self.telegram.redeliver(update).await;
        }
    }

    /// Waits for a reply that shows that all earlier updates are finished, because updates of a
    /// chat run in order.
    async fn is_idle(&self, person: &Person) -> Message {
        let number = person.says("/myid").await;
        let answered = person.hears(|chat| chat.answers().rfind(|m| m.id > number).cloned());
        answered.await
    }

    async fn carousels(&self) -> Vec<Carousel> {
        let (reader, all) = (self.house.db.read(), Filter::default());
        carousels::list(&reader, &all).await.unwrap().rows
    }
}

#[tokio::test]
async fn topic_makes_one_carousel_when_gateway_dies() {
    let mut bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    for (number, moment) in (1..).zip(Moment::ALL) {
        let topic = format!("Why tests matter, part {number}");
        bot.hears_and_dies(&ann, &topic, moment).await;
        ann.hears(|chat| (chat.albums().len() == number).then_some(()))
            .await;
        ann.hears(|chat| {
            let mut ends = chat.answers().filter(|m| m.text().starts_with("Done"));
            (ends.by_ref().count() == number).then_some(())
        })
        .await;
        bot.is_idle(&ann).await;
        assert_eq!(bot.carousels().await.len(), number, "{moment}");
        assert_eq!(ann.chat().await.albums().len(), number, "{moment}");
    }
}

#[tokio::test]
async fn dialogue_answer_stays_one_when_gateway_dies() {
    let mut bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    let user = UserId::parse(&format!("tg-{}", ann.id)).unwrap();
    ann.says("/settings").await;
    let settings = ann.hears_text("Settings").await;
    for moment in Moment::ALL {
        let last = bot.is_idle(&ann).await.id;
        ann.presses(&settings, "Name").await;
        hears_after(&ann, last, "Send a name").await;
        let name = format!("Ann {moment}");
        bot.hears_and_dies(&ann, &name, moment).await;
        hears_after(&ann, last, "Saved").await;
        bot.is_idle(&ann).await;
        let brand = brand_of(&bot.house.db.read(), &user).await.unwrap();
        assert_eq!(brand.name.unwrap().as_str(), name);
        assert_eq!(bot.carousels().await.len(), 0, "{moment}");
    }
}

#[tokio::test]
async fn edit_is_applied_once_when_gateway_dies() {
    let mut bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    let ready = ann.hears_text("Done").await;
    let id = bot.carousels().await.remove(0).id;
    for (revision, moment) in (2..).zip(Moment::ALL) {
        let last = bot.is_idle(&ann).await.id;
        ann.presses(&ready, "Edit a slide").await;
        let menu = hears_after(&ann, last, "Which slide").await;
        let third = menu.buttons()[2][0].text.clone();
        ann.presses(&menu, &third).await;
        hears_after(&ann, last, "Slide 3 of 7").await;
        let words = format!("Small steps\nOne test, one commit, and then part {revision}.");
        bot.hears_and_dies(&ann, &words, moment).await;
        hears_slide(&ann, "Slide 3 is new", last).await;
        bot.is_idle(&ann).await;
        let reader = bot.house.db.read();
        let stored = async |revision| carousels::draft(&reader, &id, revision).await.unwrap();
        assert!(stored(revision).await.is_some(), "{moment}");
        assert!(
            stored(revision + 1).await.is_none(),
            "{moment}: it is one edit"
        );
        assert_eq!(bot.carousels().await.len(), 1, "{moment}");
    }
}
