//! Dialogues in groups: one per person and topic; a group that becomes a supergroup keeps them.

use domain::{AccountId, BotId, ChatId, ChatMigration};
use serde_json::{Value, json};
use storage::{
    Tx, chat_migration,
    sessions::{self, SessionKey},
};

use crate::database::{StorageTestDatabase, at, on_each_database, written};

on_each_database!(
    each_person_and_topic_has_a_dialogue,
    question_belongs_to_its_person,
    expired_group_dialogues_are_ended,
    migrated_group_keeps_its_dialogues,
);

const BOT: BotId = BotId::new(1);
const GROUP: ChatId = ChatId::new(-100);
const SUPERGROUP: ChatId = ChatId::new(-1_000_000_000_100);
const ANN: SessionKey = of(GROUP, None, 5);
const BOB: SessionKey = of(GROUP, None, 6);

const fn of(chat: ChatId, thread: Option<i32>, account: i64) -> SessionKey {
    SessionKey { bot: BOT, chat, thread, account: AccountId::new(account) }
}

async fn save(test_db: &StorageTestDatabase, key: SessionKey, record: &str) {
    let record = &json!(record);
    written!(test_db, sessions::save, key, record, None, at(600), at(0)).unwrap();
}

async fn loaded(test_db: &StorageTestDatabase, key: SessionKey) -> Value {
    let found = sessions::load::<Value>(&test_db.db.read(), key, at(1)).await.unwrap();
    found.map_or(Value::Null, |found| found.record)
}

async fn each_person_and_topic_has_a_dialogue(test_db: &StorageTestDatabase) {
    let keys = [ANN, BOB, of(GROUP, Some(3), 5), SessionKey::private(BOT, AccountId::new(5))];
    for (n, key) in (0..).zip(keys) {
        save(test_db, key, &format!("{n}")).await;
    }
    assert!(written!(test_db, sessions::end, BOB).unwrap());
    let left = [Some("0"), None, Some("2"), Some("3")];
    for (key, left) in keys.into_iter().zip(left) {
        assert_eq!(loaded(test_db, key).await, json!(left), "{key:?}");
    }
}

async fn question_belongs_to_its_person(test_db: &StorageTestDatabase) {
    save(test_db, ANN, "a").await;
    save(test_db, BOB, "b").await;
    written!(test_db, sessions::set_question, ANN, 70).unwrap();
    let asked = async |chat, message, second| {
        let reader = test_db.db.read();
        sessions::question_account(&reader, BOT, chat, message, at(second)).await.unwrap()
    };
    assert_eq!(asked(GROUP, 70, 1).await, Some(ANN.account));
    assert_eq!(asked(GROUP, 71, 1).await, None);
    assert_eq!(asked(SUPERGROUP, 70, 1).await, None);
    assert_eq!(asked(GROUP, 70, 600).await, None, "the dialogue has expired");
}

async fn expired_group_dialogues_are_ended(test_db: &StorageTestDatabase) {
    for key in [ANN, BOB, SessionKey::private(BOT, AccountId::new(5))] {
        save(test_db, key, "a").await;
    }
    let sweep = async |second| {
        let sweep = |tx: Tx| async move { sessions::end_expired(&tx, at(second), 2).await };
        test_db.db.write(sweep).await.unwrap()
    };
    assert_eq!((sweep(599).await, sweep(600).await, sweep(600).await), (0, 2, 1));
}

async fn migrated_group_keeps_its_dialogues(test_db: &StorageTestDatabase) {
    save(test_db, ANN, "a").await;
    save(test_db, BOB, "b").await;
    // Ann has already begun another dialogue in the supergroup.
    save(test_db, SessionKey { chat: SUPERGROUP, ..ANN }, "newer").await;
    let migration = ChatMigration { from: GROUP, to: SUPERGROUP };
    let migrate = async || written!(test_db, chat_migration::migrate, BOT, migration).unwrap();
    assert_eq!((migrate().await, migrate().await), (1, 0));
    assert_eq!(loaded(test_db, SessionKey { chat: SUPERGROUP, ..ANN }).await, json!("newer"));
    assert_eq!(loaded(test_db, SessionKey { chat: SUPERGROUP, ..BOB }).await, json!("b"));
    assert_eq!(loaded(test_db, ANN).await, Value::Null);
}
