//! Tests with encrypted payloads: chats work as before, and Temporal stores no user text in clear.

use prost::Message as _;
use runtime::{codec::Codec, faults::Faults};
use storage::carousels::{self, Filter};
use temporalio_client::{UntypedWorkflow, tonic::Request};
use temporalio_protos::temporal::api::workflowservice::v1::{
    GetWorkflowExecutionHistoryRequest, ListWorkflowExecutionsRequest,
};
use testkit::{
    House,
    bot_api::{Content, Message, Person},
    eventually,
};

use crate::{
    Bot,
    drafts::{careful, hears_after},
    scheduling::{only, schedule, strike},
};

const CANARY: &str = "zebrahound";

/// All listed workflows and their histories as raw bytes, once all of these types are listed.
async fn everything(bot: &Bot, types: &[&str]) -> Vec<u8> {
    let namespace = bot.house.client.options().namespace.clone();
    let list = async || {
        let asked = ListWorkflowExecutionsRequest {
            namespace: namespace.clone(),
            page_size: 100,
            ..Default::default()
        };
        let mut service = bot.house.client.connection().workflow_service();
        let listed = service.list_workflow_executions(Request::new(asked)).await;
        let listed = listed.unwrap().into_inner();
        let is_there = |name: &&str| {
            let mut types = listed
                .executions
                .iter()
                .filter_map(|one| one.r#type.as_ref());
            types.any(|kind| kind.name == **name)
        };
        types.iter().all(is_there).then_some(listed)
    };
    let listed = eventually("all kinds of workflows are listed", list).await;
    let mut bytes = listed.encode_to_vec();
    for one in listed.executions {
        let asked = GetWorkflowExecutionHistoryRequest {
            namespace: namespace.clone(),
            execution: one.execution,
            maximum_page_size: 1_000,
            ..Default::default()
        };
        let mut service = bot.house.client.connection().workflow_service();
        let history = service
            .get_workflow_execution_history(Request::new(asked))
            .await;
        bytes.extend(history.unwrap().into_inner().encode_to_vec());
    }
    bytes
}

#[tokio::test]
async fn temporal_stores_no_user_text_in_clear() {
    let key = Codec::new_key("k").unwrap();
    let bot = Bot::with(House::build().env("TEMPORAL_CODEC_KEYS", key.expose())).await;
    let ann = bot.person("Ann", "en").await;
    ann.says(&format!("/schedule hourly Why {CANARY} tests matter"))
        .await;
    ann.hears_text("every hour, Why zebrahound tests matter")
        .await;
    let one = only(&bot).await;
    let kept = schedule(&bot, &one).await.unwrap().encode_to_vec();
    strike(&bot, &one).await;
    ann.hears_album(7).await;
    ann.hears_text("Done. What next").await;
    ann.says(&format!("/ask Why does {CANARY} write tests?"))
        .await;
    ann.hears_text("our notes").await;

    let types = ["ScheduledWorkflow", "CarouselWorkflow", "AnswerWorkflow"];
    let bytes = [kept, everything(&bot, &types).await].concat();
    let found = |word: &str| {
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    assert!(found("binary/encrypted") && found("a carousel, hourly"));
    for word in [CANARY, "tests matter", "write tests"] {
        assert!(!found(word), "{word}");
    }

    // Its parent encrypted the summary, so the SDK can't describe this workflow.
    let all = carousels::list(&bot.house.db.read(), &Filter::default()).await;
    let id = &all.unwrap().rows[0].id;
    let status = bot.house.carousels.status(id).await.unwrap();
    assert!(status.summary.contains(CANARY), "{}", status.summary);
    assert_eq!(status.status, "Completed");
}

/// Ids of the workflows that Temporal lists.
async fn listed(bot: &Bot) -> Vec<String> {
    let asked = ListWorkflowExecutionsRequest {
        namespace: bot.house.client.options().namespace.clone(),
        page_size: 100,
        ..Default::default()
    };
    let mut service = bot.house.client.connection().workflow_service();
    let listed = service.list_workflow_executions(Request::new(asked)).await;
    let found = listed.unwrap().into_inner().executions.into_iter();
    let ids = found.filter_map(|one| one.execution);
    ids.map(|execution| execution.workflow_id).collect()
}

async fn hears_copies(ann: &Person, copies: usize) {
    ann.hears(|chat| {
        let file = |m: &&Message| matches!(m.content, Content::Document { .. });
        (chat.answers().filter(file).count() == copies).then_some(())
    })
    .await;
}

/// A draft that waits, a schedule and an export, all encrypted with a key that is then removed.
#[tokio::test]
async fn removed_key_stops_neither_export_nor_deletion() {
    let key = |id| Codec::new_key(id).unwrap().expose().to_owned();
    let mut bot = Bot::with(House::build().env("TEMPORAL_CODEC_KEYS", key("old"))).await;
    let ann = careful(&bot).await;
    ann.says(&format!("/schedule hourly Why {CANARY} tests matter"))
        .await;
    ann.hears_text("every hour").await;
    let said = ann.says(&format!("Why {CANARY} tests matter")).await;
    hears_after(&ann, said, "Draft").await;
    ann.says("/export").await;
    hears_copies(&ann, 1).await;
    let day = chrono::Utc::now().date_naive();
    let export = format!("export-tg-{}-{day}-1", ann.id);
    let client = bot.house.client.clone();
    let export = client.get_workflow_handle::<UntypedWorkflow>(export);
    let _ = export.get_result(Default::default()).await;

    bot.shutdown.begin();
    bot.house.dismiss().await;
    bot.house.rekey(&key("new")).await;
    bot.house.recall(Faults::none()).await;
    bot.listen().await;

    ann.says("/export").await;
    hears_copies(&ann, 2).await;
    ann.says("/forget").await;
    let question = ann.hears_text("Delete everything about you").await;
    ann.presses(&question, "Yes, delete everything").await;
    let done = async || {
        let chat = ann.chat().await;
        let told = |m: &Message| m.text().contains("your data is deleted");
        chat.answers().any(told).then_some(())
    };
    eventually("the data is deleted", done).await;
    let number = ann.id.to_string();
    let gone = async || {
        let mut theirs = listed(&bot).await.into_iter();
        let left = theirs.find(|id| id.contains(&number) && !id.starts_with("forget-"));
        left.is_none().then_some(())
    };
    eventually("their workflows are deleted", gone).await;
}
