//! A property: people send anything, in any order; however often Telegram delivers it, each
//! request is answered once.

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::{
    TestApp,
    bot_api::{Actor, ActorGroup, CallOutcome, RecordedCall},
    eventually,
};

use crate::{BotTest, locked_users::wait_until_finished};

/// Fewest runs of the property; each starts its own bot. `PROPTEST_CASES` does not change it.
const SEQUENCES: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    /// A command that does not exist: its answer repeats it.
    UnknownCommand { person: usize, in_group: bool },
    /// In private only: a group's limit of 20 messages a minute is less than three albums.
    Topic { person: usize },
    /// A button that the bot never made.
    ForgedButton { person: usize },
    /// Telegram delivers an earlier update again.
    Redelivery { back: usize },
    /// The gateway is replaced by a new process.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || (0..3_usize, any::<bool>());
    prop_oneof![
        5 => who().prop_map(|(person, in_group)| Step::UnknownCommand { person, in_group }),
        2 => (0..3_usize).prop_map(|person| Step::Topic { person }),
        2 => (0..3_usize).prop_map(|person| Step::ForgedButton { person }),
        4 => (0..6_usize).prop_map(|back| Step::Redelivery { back }),
        1 => Just(Step::Restart),
    ]
}

/// What must be seen once.
#[derive(Debug)]
enum Expected {
    /// A message that contains these words.
    Message(String),
    Callback(String),
}

struct Scene {
    bot: BotTest,
    people: Vec<Actor>,
    group: ActorGroup,
    expected: Vec<Expected>,
    topics: usize,
}

impl Scene {
    async fn start() -> Self {
        let bot = BotTest::with(TestApp::builder().env("OPEN_CAROUSELS", "0")).await;
        let mut people = Vec::new();
        for (name, language) in [("Ann", "en"), ("Борис", "ru"), ("Eve", "en")] {
            let person = bot.user(name, language).await;
            let hello = if language == "ru" { "Привет" } else { "Hi" };
            person.asks("/start", hello).await;
            people.push(person);
        }
        let group = bot.telegram.group("Makers").await;
        Self { bot, people, group, expected: Vec::new(), topics: 0 }
    }

    async fn play(&mut self, number: usize, step: &Step) {
        match step {
            Step::UnknownCommand { person, in_group } => {
                let command = format!("/none{number}x");
                self.says(*person, *in_group, &command).await;
                self.expected.push(Expected::Message(command));
            }
            Step::Topic { person } => {
                let topic = format!("Why tests matter, part {number}x");
                self.says(*person, false, &topic).await;
                self.topics += 1;
                self.expected.push(Expected::Message(topic));
            }
            Step::ForgedButton { person } => {
                let person = &self.people[*person];
                let above = person.chat().await.bot_messages().last().map(|message| message.id);
                let query = person.presses_data(person.id, above.unwrap(), "q:forged").await;
                self.expected.push(Expected::Callback(query));
            }
            Step::Redelivery { back } => {
                let updates = self.bot.telegram.updates().await;
                let wanted = updates.len().checked_sub(back + 1);
                if let Some(update) = wanted.and_then(|at| updates.get(at)) {
                    self.bot.telegram.redeliver(update.id).await;
                }
            }
            Step::Restart => {
                self.bot.shutdown.begin();
                self.bot.start_gateway().await;
            }
        }
    }

    async fn says(&self, person: usize, in_group: bool, text: &str) {
        let person = &self.people[person];
        if in_group {
            person.sends_text_in(&self.group, text).await;
        } else {
            person.sends_text(text).await;
        }
    }

    /// How often each expected answer was accepted by Telegram.
    async fn seen(&self) -> Vec<usize> {
        let calls = self.bot.telegram.calls().await;
        let accepted: Vec<&RecordedCall> =
            calls.iter().filter(|call| call.answer == CallOutcome::Ok).collect();
        let of = |expected: &Expected| {
            let is_answer = |call: &&&RecordedCall| match expected {
                Expected::Message(words) => {
                    let text = call.params["text"].as_str().unwrap_or_default();
                    call.method.eq_ignore_ascii_case("sendMessage") && text.contains(words)
                }
                Expected::Callback(query) => {
                    call.method.eq_ignore_ascii_case("answerCallbackQuery")
                        && call.params["callback_query_id"] == query.as_str()
                }
            };
            accepted.iter().filter(is_answer).count()
        };
        self.expected.iter().map(of).collect()
    }

    async fn albums(&self) -> usize {
        let mut albums = 0;
        for person in &self.people {
            albums += person.chat().await.albums().len();
        }
        albums
    }
}

#[tokio::test]
async fn each_request_is_answered_once_in_any_order() {
    let mut runner = TestRunner::default();
    let sequences = proptest::collection::vec(step(), 8..20);
    for _ in 0..SEQUENCES {
        let steps = sequences.new_tree(&mut runner).unwrap().current();
        println!("{steps:?}");
        let mut scene = Scene::start().await;
        for (number, step) in steps.iter().enumerate() {
            scene.play(number, step).await;
        }
        eventually("every request is answered", async || {
            let answered = scene.seen().await.iter().all(|times| *times > 0);
            (answered && scene.albums().await >= scene.topics).then_some(())
        })
        .await;
        wait_until_finished(&scene.bot).await;
        let seen = scene.seen().await;
        assert!(seen.iter().all(|times| *times == 1), "{steps:?}\n{:?}\n{seen:?}", scene.expected);
        assert_eq!(scene.albums().await, scene.topics, "{steps:?}");
    }
}
