//! Tests with encrypted payloads: chats work as before, and Temporal stores no user text in clear.

use prost::Message as _;
use runtime::{codec::Codec, failpoint_hooks::FailpointHooks};
use temporalio_client::{UntypedWorkflow, tonic::Request};
use temporalio_protos::temporal::api::workflowservice::v1::{
    GetWorkflowExecutionHistoryRequest, ListWorkflowExecutionsRequest,
};
use testkit::{
    TestApp,
    bot_api::{Actor, FakeMessage, MessageContent},
    eventually,
};

use crate::{
    BotTest,
    drafts::{hears_after, user_with_review},
    schedules::{only_subscription, schedule, trigger_schedule},
};

const CANARY: &str = "zebrahound";

/// All listed workflows and their histories as raw bytes, once all of these types are listed.
async fn all_histories(bot: &BotTest, types: &[&str]) -> Vec<u8> {
    let namespace = bot.app.client.options().namespace.clone();
    let list = async || {
        let asked = ListWorkflowExecutionsRequest {
            namespace: namespace.clone(),
            page_size: 100,
            ..Default::default()
        };
        let mut service = bot.app.client.connection().workflow_service();
        let listed = service.list_workflow_executions(Request::new(asked)).await;
        let listed = listed.unwrap().into_inner();
        let is_there = |name: &&str| {
            let mut types = listed.executions.iter().filter_map(|one| one.r#type.as_ref());
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
        let mut service = bot.app.client.connection().workflow_service();
        let history = service.get_workflow_execution_history(Request::new(asked)).await;
        bytes.extend(history.unwrap().into_inner().encode_to_vec());
    }
    bytes
}

#[tokio::test]
async fn temporal_stores_no_user_text_in_clear() {
    let key = Codec::new_key("k").unwrap();
    let bot = BotTest::with(TestApp::builder().env("TEMPORAL_CODEC_KEYS", key.expose())).await;
    let ann = bot.user("Ann", "en").await;
    ann.asks(
        &format!("/schedule hourly Why {CANARY} tests matter"),
        "every hour, Why zebrahound tests matter",
    )
    .await;
    let one = only_subscription(&bot).await;
    let kept = schedule(&bot, &one).await.unwrap().encode_to_vec();
    trigger_schedule(&bot, &one).await;
    ann.waits_for_album(7).await;
    ann.waits_for_text("Done. What next").await;
    ann.asks(&format!("/ask Why does {CANARY} write tests?"), "our notes").await;

    let types = ["ScheduledWorkflow", "CarouselWorkflow", "AnswerWorkflow"];
    let bytes = [kept, all_histories(&bot, &types).await].concat();
    let found = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(found("binary/encrypted") && found("a carousel, hourly"));
    for word in [CANARY, "tests matter", "write tests"] {
        assert!(!found(word), "{word}");
    }

    // Its parent encrypted the summary, so the SDK can't describe this workflow.
    let id = &bot.carousels().await[0].id.clone();
    let status = bot.app.carousels.status(id).await.unwrap();
    assert!(status.summary.contains(CANARY), "{}", status.summary);
    assert_eq!(status.status, "Completed");
}

/// Ids of the workflows that Temporal lists.
async fn listed(bot: &BotTest) -> Vec<String> {
    let asked = ListWorkflowExecutionsRequest {
        namespace: bot.app.client.options().namespace.clone(),
        page_size: 100,
        ..Default::default()
    };
    let mut service = bot.app.client.connection().workflow_service();
    let listed = service.list_workflow_executions(Request::new(asked)).await;
    let found = listed.unwrap().into_inner().executions.into_iter();
    let ids = found.filter_map(|one| one.execution);
    ids.map(|execution| execution.workflow_id).collect()
}

async fn hears_copies(ann: &Actor, copies: usize) {
    ann.waits_for(|chat| {
        let file = |m: &&FakeMessage| matches!(m.content, MessageContent::Document { .. });
        (chat.bot_messages().filter(file).count() == copies).then_some(())
    })
    .await;
}

/// A draft that waits, a schedule and an export, all encrypted with a key that is then removed.
#[tokio::test]
async fn removed_key_stops_neither_export_nor_deletion() {
    let key = |id| Codec::new_key(id).unwrap().expose().to_owned();
    let mut bot = BotTest::with(TestApp::builder().env("TEMPORAL_CODEC_KEYS", key("old"))).await;
    let ann = user_with_review(&bot).await;
    ann.asks(&format!("/schedule hourly Why {CANARY} tests matter"), "every hour").await;
    let said = ann.sends_text(&format!("Why {CANARY} tests matter")).await;
    hears_after(&ann, said, "Draft").await;
    ann.sends_text("/export").await;
    hears_copies(&ann, 1).await;
    let day = chrono::Utc::now().date_naive();
    let export = format!("export-tg-{}-{day}-1", ann.id);
    let client = bot.app.client.clone();
    let export = client.get_workflow_handle::<UntypedWorkflow>(export);
    let _ = export.get_result(Default::default()).await;

    bot.shutdown.begin();
    bot.app.stop_workers().await;
    bot.app.set_codec_keys(&key("new")).await;
    bot.app.restart_workers(FailpointHooks::none()).await;
    bot.start_gateway().await;

    ann.sends_text("/export").await;
    hears_copies(&ann, 2).await;
    let question = ann.asks("/forget", "Delete everything about you").await;
    ann.presses(&question, "Yes, delete everything").await;
    let done = async || {
        let chat = ann.chat().await;
        let told = |m: &FakeMessage| m.text().contains("your data is deleted");
        chat.bot_messages().any(told).then_some(())
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
