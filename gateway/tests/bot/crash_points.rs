//! Tests in which the gateway dies between every two steps of an update, and the update is
//! delivered five times: its effect happens once.

use domain::UserId;
use gateway::update_failpoint::UpdateFailpoint;
use storage::{carousels, settings::brand_of};
use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{Actor, FakeMessage},
};

use crate::{BotTest, drafts::hears_after, edits::wait_for_slide};

impl BotTest {
    /// Sends a text to a gateway that is held at `moment`; then the update is delivered again, and
    /// another gateway takes over.
    async fn redeliver_after_crash(
        &mut self,
        person: &Actor,
        words: &str,
        moment: UpdateFailpoint,
    ) {
        self.shutdown.begin();
        let point = moment.to_string();
        let faults = ScriptedFailpoints::new([(point.as_str(), FailpointScript::Hold)]);
        self.start_gateway_with(faults.hooks()).await;
        person.sends_text(words).await;
        let update = self.telegram.updates().await.last().unwrap().id;
        faults.reached(&point).await;
        for _ in 0..5 {
            self.telegram.redeliver(update).await;
        }
        // The held task never continues: to other gateways this one is dead.
        self.shutdown.begin();
        self.start_gateway().await;
        for _ in 0..5 {
            self.telegram.redeliver(update).await;
        }
    }

    /// Waits for a reply that shows that all earlier updates are finished, because updates of a
    /// chat run in order.
    async fn wait_until_idle(&self, person: &Actor) -> FakeMessage {
        let number = person.sends_text("/myid").await;
        let answered = person.waits_for_message(|m| m.id > number);
        answered.await
    }
}

#[tokio::test]
async fn topic_makes_one_carousel_when_gateway_dies() {
    let mut bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    for (number, moment) in (1..).zip(UpdateFailpoint::ALL) {
        let topic = format!("Why tests matter, part {number}");
        bot.redeliver_after_crash(&ann, &topic, moment).await;
        ann.waits_for(|chat| (chat.albums().len() == number).then_some(())).await;
        ann.waits_for(|chat| {
            let mut ends = chat.bot_messages().filter(|m| m.text().contains("Done"));
            (ends.by_ref().count() == number).then_some(())
        })
        .await;
        bot.wait_until_idle(&ann).await;
        assert_eq!(bot.carousels().await.len(), number, "{moment}");
        assert_eq!(ann.chat().await.albums().len(), number, "{moment}");
    }
}

#[tokio::test]
async fn dialogue_answer_stays_one_when_gateway_dies() {
    let mut bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let user = UserId::parse(&format!("tg-{}", ann.id)).unwrap();
    let settings = ann.asks("/settings", "Settings").await;
    for moment in UpdateFailpoint::ALL {
        let last = bot.wait_until_idle(&ann).await.id;
        ann.presses(&settings, "Name").await;
        hears_after(&ann, last, "Send a name").await;
        let name = format!("Ann {moment}");
        bot.redeliver_after_crash(&ann, &name, moment).await;
        hears_after(&ann, last, "Saved").await;
        bot.wait_until_idle(&ann).await;
        let brand = brand_of(&bot.app.db.read(), &user).await.unwrap();
        assert_eq!(brand.name.unwrap().as_str(), name);
        assert_eq!(bot.carousels().await.len(), 0, "{moment}");
    }
}

#[tokio::test]
async fn edit_is_applied_once_when_gateway_dies() {
    let mut bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let ready = ann.asks("Why tests matter", "Done").await;
    let id = bot.carousels().await.remove(0).id;
    for (revision, moment) in (2..).zip(UpdateFailpoint::ALL) {
        let last = bot.wait_until_idle(&ann).await.id;
        ann.presses(&ready, "Edit a slide").await;
        let menu = hears_after(&ann, last, "Which slide").await;
        let third = menu.buttons()[2][0].text.clone();
        ann.presses(&menu, &third).await;
        hears_after(&ann, last, "Slide 3 of 7").await;
        let words = format!("Small steps\nOne test, one commit, and then part {revision}.");
        bot.redeliver_after_crash(&ann, &words, moment).await;
        wait_for_slide(&ann, "Slide 3 is updated", last).await;
        bot.wait_until_idle(&ann).await;
        let reader = bot.app.db.read();
        let stored = async |revision| carousels::find_draft(&reader, &id, revision).await.unwrap();
        assert!(stored(revision).await.is_some(), "{moment}");
        assert!(stored(revision + 1).await.is_none(), "{moment}: it is one edit");
        assert_eq!(bot.carousels().await.len(), 1, "{moment}");
    }
}
