//! What a user does in the chat is on the metrics page, under documented names.

use std::collections::BTreeSet;

use testkit::eventually;

use crate::{Actor, BotTest};

/// Each must have a value after one carousel in a chat.
const SEEN: &[&str] = &[
    "vibecoder_updates_total{kind=\"message\",outcome=\"handled\"}",
    "vibecoder_first_answer_seconds_count{kind=\"message\"}",
    "vibecoder_bot_api_seconds_count{method=\"SendMediaGroup\",outcome=\"ok\"} 1",
    "vibecoder_activity_seconds_count{activity=\"render_carousel\",outcome=\"completed\"} 1",
    "vibecoder_carousels_opened_total{source=\"tg\"} 1",
    "vibecoder_carousels_ended_total{outcome=\"delivered\",source=\"tg\"} 1",
    "vibecoder_carousel_seconds_count{outcome=\"delivered\"} 1",
    "vibecoder_carousel_finish_seconds_count 1",
    "vibecoder_carousel_stage_seconds_count{stage=\"drawing\"} 1",
    "vibecoder_deliveries_total{outcome=\"answered\"}",
    "vibecoder_model_call_seconds_count{outcome=\"answered\",provider=\"offline\"",
    "vibecoder_slide_draw_seconds_count",
    "vibecoder_database_connections{role=\"gateway\",state=\"limit\"}",
    "vibecoder_database_transaction_seconds_count{outcome=\"committed\"}",
    "vibecoder_outbox_events",
    "vibecoder_task_queue_pollers{queue=\"render\",tasks=\"activity\"} 1",
    "process_cpu_seconds_total",
];

#[tokio::test]
async fn carousel_in_a_chat_is_measured_under_documented_names() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    gateway::serve::sample_task_queues(&bot.app.metrics, &bot.app.client);
    ann.asks("Why tests matter", "Done").await;
    // The workflow ends after the last message.
    for expected in SEEN {
        let shown = async || metrics_page(&bot).await.contains(expected).then_some(());
        eventually(expected, shown).await;
    }
    let page = metrics_page(&bot).await;
    let found: BTreeSet<&str> = page.lines().filter_map(family).collect();
    for name in found.into_iter().filter(|name| name.starts_with("vibecoder_")) {
        assert!(metrics::CATALOGUE.iter().any(|info| info.name == name), "{name}");
    }
    assert_holds_no_private_data(&page, &bot, &ann);
}

pub(crate) async fn metrics_page(bot: &BotTest) -> String {
    let page = bot.app.metrics.page().await.unwrap();
    String::from_utf8(page).unwrap()
}

/// The name in a `# TYPE` line.
fn family(line: &str) -> Option<&str> {
    line.strip_prefix("# TYPE ")?.split(' ').next()
}

fn assert_holds_no_private_data(page: &str, bot: &BotTest, user: &Actor) {
    // Without the values: a duration can have the digits of an id.
    let names = page.lines().map(|line| line.rsplit_once(' ').map_or(line, |(name, _)| name));
    let names: Vec<&str> = names.collect();
    let names = names.join("\n");
    for private in [&user.id.to_string(), bot.telegram.token(), "tests matter", "carousel-tg"] {
        assert!(!names.contains(private), "{private}:\n{names}");
    }
}
