//! Payload encryption: Temporal stores no topic in clear text, keys can be rotated while carousels
//! run, and a process without the key does no harm.

use std::process::Command;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{CarouselId, Outcome, RequestSource};
use futures::TryStreamExt as _;
use prost::Message as _;
use runtime::{
    codec::Codec, describe::describe, failpoint_hooks::FailpointHooks, http::Port,
    settings::Secret, shutdown::Shutdown,
};
use storage::carousels;
use temporalio_client::{WorkflowHistory, tonic};
use temporalio_common::{
    data_converters::SerializationContextData, payload_visitor::decode_payloads,
};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    history::v1::{HistoryEvent, history_event::Attributes},
    workflowservice::v1::{
        DescribeWorkflowExecutionRequest, GetWorkflowExecutionHistoryRequest,
        ListWorkflowExecutionsRequest,
    },
};
use testkit::{TestApp, eventually};
use url::Url;
use workflows::CarouselWorkflow;

use crate::replaying::replayer_with;

/// A word that occurs nowhere else, in a topic that the offline notes cover.
const CANARY: &str = "Зебрапёс";
const TOPIC: &str = "Зебрапёс: почему тесты важны";

fn key(id: &str) -> String {
    Codec::new_key(id).unwrap().expose().to_owned()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    let word = word.as_bytes();
    bytes.windows(word.len()).any(|part| part == word)
}

fn execution(id: &str) -> Option<WorkflowExecution> {
    Some(WorkflowExecution { workflow_id: id.to_owned(), run_id: String::new() })
}

/// The history of a workflow, as Temporal stores it.
async fn history(app: &TestApp, id: &str) -> Vec<HistoryEvent> {
    let handle = app.client.get_workflow_handle::<CarouselWorkflow>(id);
    let events = handle.fetch_history(Default::default());
    events.try_collect().await.unwrap()
}

/// All responses of Temporal about a workflow, as bytes.
async fn raw(app: &TestApp, id: &str) -> Vec<u8> {
    let namespace = app.client.options().namespace.clone();
    let mut service = app.client.connection().workflow_service();
    let asked = GetWorkflowExecutionHistoryRequest {
        namespace: namespace.clone(),
        execution: execution(id),
        maximum_page_size: 1_000,
        ..Default::default()
    };
    let asked = service.get_workflow_execution_history(tonic::Request::new(asked));
    let history = asked.await.unwrap().into_inner();
    assert!(history.next_page_token.is_empty());
    let asked =
        DescribeWorkflowExecutionRequest { namespace: namespace.clone(), execution: execution(id) };
    let asked = service.describe_workflow_execution(tonic::Request::new(asked));
    let described = asked.await.unwrap().into_inner();
    // Visibility lists are eventually consistent.
    let listed = eventually("the workflow is listed", async || {
        let asked = ListWorkflowExecutionsRequest {
            namespace: namespace.clone(),
            query: format!("WorkflowId = '{id}' AND ExecutionStatus != 'Running'"),
            ..Default::default()
        };
        let mut service = app.client.connection().workflow_service();
        let listed = service.list_workflow_executions(tonic::Request::new(asked));
        let listed = listed.await.unwrap().into_inner();
        (!listed.executions.is_empty()).then_some(listed)
    });
    let listed = listed.await.encode_to_vec();
    [history.encode_to_vec(), described.encode_to_vec(), listed].concat()
}

async fn slides(app: &TestApp, id: &CarouselId) -> Vec<String> {
    let draft = carousels::find_draft(&app.db.read(), id, 1).await.unwrap();
    let slides = draft.unwrap().draft.slides.into_iter();
    slides.map(|slide| slide.title).collect()
}

/// The output of the `temporal` program, with its base64 values decoded too.
fn cli_output(shown: &str) -> String {
    let strings = shown.split('"');
    let decoded = strings.filter_map(|text| STANDARD.decode(text).ok());
    let decoded = decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    decoded.chain([shown.to_owned()]).collect::<Vec<_>>().join("\n")
}

/// Starts a carousel and waits until it waits for a model; no ai pool runs.
async fn waiting_for_a_model(app: &TestApp, name: &str) -> CarouselId {
    let id = CarouselId::new(RequestSource::Cli, name).unwrap();
    app.order_with_id(&id, TOPIC).await;
    eventually("a carousel that waits for a model", async || {
        let described = describe(&app.client, id.as_str()).await.unwrap()?;
        let pending = &described.raw().pending_activities;
        let waits = pending
            .iter()
            .any(|activity| activity.activity_type.as_ref().unwrap().name == "analyze_topic");
        waits.then_some(())
    })
    .await;
    id
}

#[tokio::test]
async fn temporal_stores_no_clear_text_of_a_carousel() {
    let app = TestApp::builder().env("TEMPORAL_CODEC_KEYS", key("k")).start().await;
    let (id, result) = app.make(TOPIC).await;
    assert_eq!(result.outcome, Some(Outcome::Delivered), "{}", result.reason);
    let slides = slides(&app, &id).await;
    let id = id.as_str();

    let raw = raw(&app, id).await;
    assert!(!holds(&raw, CANARY) && !holds(&raw, "тест"), "{id}");
    assert_eq!(slides.len(), 3);
    for slide in &slides {
        assert!(slide.len() > 4 && !holds(&raw, slide), "{slide}");
    }
    // The same search finds the words in the decrypted history.
    let mut events = history(&app, id).await;
    let codec = app.client.options().data_converter.codec();
    let mut clear = Vec::new();
    for event in &mut events {
        let decoding = decode_payloads(event, codec, &SerializationContextData::None);
        decoding.await.unwrap();
        clear.extend(event.encode_to_vec());
    }
    assert!(holds(&clear, CANARY) && slides.iter().any(|slide| holds(&clear, slide)));

    // The gateway's operator commands have the key.
    let status = app.carousels.status(&CarouselId::parse(id).unwrap()).await;
    assert_eq!(status.unwrap().summary, "carousel · ru · aurora · 3 slides");
    let listed = app.carousels.list(10).await.unwrap();
    assert_eq!(listed[0].topic, TOPIC);
    let requested = app.carousels.requested(&CarouselId::parse(id).unwrap()).await;
    let requested = requested.unwrap().unwrap();
    assert_eq!((requested.user.as_str(), requested.topic.as_str()), ("local", TOPIC));
}

#[tokio::test]
async fn encrypted_summaries_of_any_length_are_accepted() {
    let long = "k".repeat(64);
    let app = TestApp::builder().env("TEMPORAL_CODEC_KEYS", key(&long)).start().await;
    let topic = format!("Тесты {}", "важны \"и\" ".repeat(24));
    let (id, result) = app.make(topic.trim()).await;
    assert_eq!(result.outcome, Some(Outcome::Delivered), "{id}: {}", result.reason);
    let failed = history(&app, id.as_str()).await.into_iter().any(|event| {
        matches!(event.attributes, Some(Attributes::WorkflowTaskFailedEventAttributes(_)))
    });
    assert!(!failed, "no task was refused on the way");
}

#[tokio::test]
async fn keys_rotate_while_a_carousel_runs() {
    let (old, new) = (key("old"), key("new"));
    let mut app = TestApp::builder().env("TEMPORAL_CODEC_KEYS", &old).without_workers().await;
    app.restart_pools("workflow,persistence").await;
    let id = waiting_for_a_model(&app, "rotated").await;
    app.stop_workers().await;

    // All processes get the new key before one of them encrypts with it.
    app.set_codec_keys(&format!("{old},{new}")).await;
    app.set_codec_keys(&format!("{new},{old}")).await;
    app.restart_workers(FailpointHooks::none()).await;
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
    let raw = raw(&app, id.as_str()).await;
    assert!(holds(&raw, "old") && holds(&raw, "new") && !holds(&raw, CANARY));

    // The old key is removed while histories still need it.
    app.set_codec_keys(&new).await;
    let lost = app.carousels.list(10).await.unwrap_err().to_string();
    assert!(lost.contains("the key “old”"), "{lost}");
}

#[tokio::test]
async fn worker_without_key_fails_only_its_tasks() {
    let (right, forged, other) = (key("right"), key("right"), key("other"));
    let mut app = TestApp::builder().env("TEMPORAL_CODEC_KEYS", &right).without_workers().await;
    let mut ids = Vec::new();
    for (name, keys, why) in [
        ("missing", other.as_str(), "the key “right”, which this process does not have"),
        ("forged", forged.as_str(), "can't be decrypted with the key “right”"),
        ("none", "", "the key “right”, which this process does not have"),
    ] {
        let id = CarouselId::new(RequestSource::Cli, name).unwrap();
        app.order_with_id(&id, TOPIC).await;
        app.set_codec_keys(keys).await;
        app.restart_workers(FailpointHooks::none()).await;
        eventually(why, async || {
            let events = history(&app, id.as_str()).await;
            events.into_iter().find_map(|event| match event.attributes {
                Some(Attributes::WorkflowTaskFailedEventAttributes(failed)) => {
                    let message = failed.failure.unwrap_or_default().message;
                    message.contains(why).then_some(())
                }
                _ => None,
            })
        })
        .await;
        app.stop_workers().await;
        app.set_codec_keys(&right).await;
        ids.push(id);
    }
    app.restart_workers(FailpointHooks::none()).await;
    for id in ids {
        assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered), "{id}");
    }
}

#[tokio::test]
async fn history_replays_after_encryption_is_enabled() {
    let mut app = TestApp::builder().without_workers().await;
    app.restart_pools("workflow,persistence").await;
    let id = waiting_for_a_model(&app, "turned-on").await;
    app.stop_workers().await;
    let keys = key("k");
    app.set_codec_keys(&keys).await;
    app.restart_workers(FailpointHooks::none()).await;
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));

    let handle = app.client.get_workflow_handle::<CarouselWorkflow>(id.as_str());
    let history = handle.fetch_history(Default::default()).to_json().await.unwrap();
    let read = || WorkflowHistory::from_json(&history).unwrap();
    let codec = Codec::parse(&keys).unwrap();
    let replay = replayer_with::<CarouselWorkflow>(codec.converter());
    let replayed = replay.replay_workflow(read()).await;
    assert!(replayed.is_ok(), "{}", replayed.unwrap_err());
    let replay = replayer_with::<CarouselWorkflow>(Codec::default().converter());
    assert!(replay.replay_workflow(read()).await.is_err(), "it can't be replayed without the key");
}

#[tokio::test(flavor = "multi_thread")]
async fn temporal_cli_decodes_payloads_only_with_token() {
    let app = TestApp::builder().env("TEMPORAL_CODEC_KEYS", key("k")).start().await;
    let (id, _) = app.make(TOPIC).await;
    let mut settings = app.settings().temporal.clone();
    settings.codec_token = Some(Secret::new("0123456789abcdef"));
    let port = Port::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let endpoint = format!("http://{}/codec", port.address());
    let ui = Url::parse("http://127.0.0.1:8233").unwrap();
    let stop = Shutdown::default();
    let serving = tokio::spawn(port.serve(gateway::codec::routes(&settings, &ui), stop.clone()));

    let show = |auth: Option<&str>| {
        let mut temporal = Command::new(app.temporal.cli());
        let address = &app.temporal.target().address;
        let address = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap());
        temporal.args(["workflow", "show", "--workflow-id", id.as_str(), "-o", "json"]);
        temporal.args(["--address", &address]);
        if let Some(auth) = auth {
            temporal.args(["--codec-endpoint", &endpoint, "--codec-auth", auth]);
        }
        let shown = temporal.output().unwrap();
        let both = [shown.stdout, shown.stderr].concat();
        String::from_utf8(both).unwrap()
    };
    let (clear, dark, refused) = tokio::task::block_in_place(|| {
        let auth = |auth| show(Some(auth));
        (auth("Bearer 0123456789abcdef"), show(None), auth("Bearer 0123456789abcdeF"))
    });
    assert!(cli_output(&clear).contains(CANARY), "{clear}");
    assert!(cli_output(&dark).contains("binary/encrypted") && !cli_output(&dark).contains(CANARY));
    assert!(!cli_output(&refused).contains(CANARY), "{refused}");
    stop.begin();
    serving.await.unwrap().unwrap();
}
