//! Tests that what a person sends in one moment is one request: albums, split pastes, forwarded
//! posts with comments, links with titles.

use domain::{BotId, UpdateId};
use gateway::{bot::decision_record::DecisionRecord, update_failpoint::UpdateFailpoint};
use serde_json::json;
use storage::ingress::{self, UpdateState};
use telegram::action::Action;
use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{Actor, PersonMessage},
    eventually,
};

use crate::{BotTest, answers};

/// A picture. The fake does not look into what people send.
const JPEG: &[u8] = b"a picture";

fn post(text: &str) -> PersonMessage {
    PersonMessage {
        text: text.to_owned(),
        forwarded_from: Some("Channel".to_owned()),
        ..PersonMessage::default()
    }
}

/// What tests give. Each becomes a sentence of a paste.
const GIFTS: [&str; 12] = [
    "смелость менять код",
    "ответ за секунды вместо спора на час",
    "список обещаний, который не устаревает",
    "спокойный выпуск в пятницу вечером",
    "повод писать короткие функции",
    "примеры для тех, кто читает код впервые",
    "точное место поломки, а не догадку",
    "право удалить лишнее без страха",
    "память о каждой найденной ошибке",
    "меньше ночных звонков дежурному",
    "границу между модулями, которую видно",
    "уверенность, что обновление библиотеки ничего не сломало",
];

/// A text of about this many UTF-16 units, in sentences.
fn paste(units: usize) -> String {
    let mut text = String::new();
    for gift in GIFTS.iter().cycle() {
        let sentence = format!("Тесты дают {gift}. ");
        if (text.encode_utf16().count() + sentence.encode_utf16().count()) > units {
            break;
        }
        text.push_str(&sentence);
    }
    text.trim_end().to_owned()
}

impl BotTest {
    /// Waits until every update is finished, and returns the bot's messages to this person.
    async fn settled(&self, person: &Actor) -> Vec<String> {
        let asked = person.sends_text("/myid").await;
        person
            .waits_for_message(|message| message.id > asked && message.text().contains("ID"))
            .await;
        answers(person).await.iter().map(|message| message.text().to_owned()).collect()
    }

    /// The only carousel's topic and source.
    async fn only_brief(&self) -> domain::record::BriefRecord {
        let first = async || self.carousels().await.pop();
        eventually("a carousel is stored", first).await;
        let mut all = self.carousels().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0).brief
    }
}

#[tokio::test]
async fn split_paste_makes_one_carousel_of_all_its_text() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "ru").await;
    let (first, second) = (paste(4_050), paste(3_900));
    let parts = [&first, &second, "И это конец."];
    ann.sends_together(parts.map(|part| ann.text_message(part)).to_vec()).await;
    ann.waits_for_album(7).await;
    bot.settled(&ann).await;
    let brief = bot.only_brief().await;
    let key = domain::BlobKey::parse(&brief.text).unwrap();
    let stored =
        gateway::carousel_request::blobs(bot.app.settings()).unwrap().get(&key).await.unwrap();
    let stored = String::from_utf8(stored.to_vec()).unwrap();
    assert_eq!(
        stored.matches("Тесты дают").count(),
        (first + &second).matches("Тесты дают").count()
    );
    assert!(stored.ends_with("И это конец."), "{stored}");
}

#[tokio::test]
async fn forwarded_post_takes_its_comment_before_or_after_it() {
    let bot = BotTest::start().await;
    let long = paste(1_000);
    for (n, language) in (1..).zip(["en", "ru"]) {
        let ann = bot.user("Ann", language).await;
        let both = if language == "en" {
            vec![ann.text_message("Why tests matter, 5 slides"), post(&long)]
        } else {
            vec![post(&long), ann.text_message("Почему тесты важны, 5 слайдов")]
        };
        ann.sends_together(both).await;
        ann.waits_for_album(5).await;
        bot.settled(&ann).await;
        let all = bot.carousels().await;
        assert_eq!(all.len(), n, "{language}");
        let brief = &all[0].brief;
        let title = if language == "en" {
            "Why tests matter"
        } else {
            "Почему тесты важны"
        };
        assert_eq!((brief.topic.as_str(), brief.slides), (title, 5));
        assert!(!brief.text.is_empty(), "the post is the source");
    }
}

#[tokio::test]
async fn album_gets_one_answer() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_album(5, JPEG, "").await;
    let said = bot.settled(&ann).await;
    assert_eq!(said.len(), 2, "one refusal, one /myid: {said:?}");
    // Its caption is a topic.
    let first = ann.sends_album(4, JPEG, "Why tests matter").await;
    ann.waits_for_album(7).await;
    bot.settled(&ann).await;
    assert_eq!(bot.only_brief().await.topic, "Why tests matter");
    let id = bot.carousels().await.remove(0).id;
    assert!(id.as_str().ends_with(&format!("-{first}")), "the first message names it: {id}");
}

#[tokio::test]
async fn captions_of_posts_with_pictures_are_read() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_photo(JPEG, "Why tests matter").await;
    ann.waits_for_album(7).await;
    assert_eq!(bot.only_brief().await.topic, "Why tests matter");
}

#[tokio::test]
async fn link_with_words_reads_the_page_under_their_title() {
    let bot = BotTest::start().await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "ru").await);
    // The page can't be read here: what counts is what was asked for.
    ann.sends_text("Why tests matter\nhttps://example.invalid/tests").await;
    bob.sends(PersonMessage {
        text: "Почему тесты важны".to_owned(),
        entities: vec![json!({
            "type": "text_link",
            "offset": 0,
            "length": "Почему тесты важны".chars().count(),
            "url": "https://example.invalid/tests",
        })],
        ..PersonMessage::default()
    })
    .await;
    let both = async || Some(bot.carousels().await).filter(|all| all.len() == 2);
    for carousel in eventually("both are stored", both).await {
        let brief = carousel.brief;
        assert_eq!(brief.link, "https://example.invalid/tests");
        let title = if brief.language == "ru" {
            "Почему тесты важны"
        } else {
            "Why tests matter"
        };
        assert_eq!((brief.topic.as_str(), brief.titled), (title, true));
    }
}

#[tokio::test]
async fn texts_one_after_the_other_stay_two_requests() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    ann.sends_text("Clean code").await;
    let both = async || Some(bot.carousels().await).filter(|all| all.len() == 2);
    eventually("both are stored", both).await;
}

#[tokio::test]
async fn group_is_decided_once_when_gateway_dies() {
    let mut bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    for (number, moment) in (1..).zip(UpdateFailpoint::ALL) {
        bot.shutdown.begin();
        let point = moment.to_string();
        let faults = ScriptedFailpoints::new([(point.as_str(), FailpointScript::Hold)]);
        bot.start_gateway_with(faults.hooks()).await;
        let before = bot.telegram.updates().await.len();
        let comment = ann.text_message(&format!("Part {number}, 3 slides"));
        ann.sends_together(vec![comment, post(&paste(900))]).await;
        ann.sends_album(3, JPEG, "").await;
        faults.reached(&point).await;
        // The held task never continues: to other gateways this one is dead.
        bot.shutdown.begin();
        bot.start_gateway().await;
        ann.waits_for(|chat| (chat.albums().len() == number).then_some(())).await;
        bot.settled(&ann).await;
        assert_eq!(bot.carousels().await.len(), number, "{moment}");
        let refusals =
            answers(&ann).await.iter().filter(|m| m.text().contains("from that")).count();
        assert!(refusals >= number, "{moment}: every album is answered");
        let sent = bot.telegram.updates().await;
        let ids: Vec<UpdateId> =
            sent[before..before + 5].iter().map(|update| UpdateId::new(update.id)).collect();
        for (part, head) in [(ids[1], ids[0]), (ids[3], ids[2]), (ids[4], ids[2])] {
            let reader = bot.app.db.read();
            let row = ingress::find::<DecisionRecord>(&reader, BotId::new(4242), part).await;
            let state = row.unwrap().unwrap().state;
            let UpdateState::Done(decision) = state else { panic!("{moment}: {state:?}") };
            assert_eq!((decision.action, decision.part_of), (Action::Nothing, Some(head)));
        }
    }
}
