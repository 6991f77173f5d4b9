//! Hostile pages: none of them costs more than the limits.

use std::{fs, time::Duration};

use sandbox::SandboxError;
use tokio::time::Instant;

use crate::{children::ChildWatcher, limits, sandbox};

/// Memory outside the data limit: the program, its libraries and its stack.
const PROGRAM_MB: u64 = 16;

/// 130 KB that take 4 GB to parse: each `<p>` repeats every open `<b>`. The end tags inside
/// comments make the `<b>` look closed to a simple counter of tags.
pub(crate) fn misnested() -> String {
    format!(
        "<p>{}{}",
        repeat_with(1_000, |n| format!("<b x={n}><!--</b>-->")),
        "<p>x".repeat(27_000)
    )
}

fn repeat_with(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

fn hostile_pages() -> Vec<(&'static str, String)> {
    let formatters = ["a", "b", "big", "code", "em", "font", "i", "s", "u", "tt"];
    let mixed = |n: usize| format!("<{} y={n}>", formatters[n % formatters.len()]);
    vec![
        ("ends in comments", misnested()),
        (
            "unclosed formatting",
            String::from("<p>") + &repeat_with(3_000, mixed) + &"<p>x".repeat(20_000),
        ),
        (
            "ends in attributes",
            String::from("<p>")
                + &repeat_with(3_000, |n| format!("<i x='</i>{n}'>"))
                + &"<p>x".repeat(9_000),
        ),
        (
            "ends in scripts",
            String::from("<p>")
                + &repeat_with(3_000, |n| format!("<u x={n}><script></u></script>"))
                + &"<p>x".repeat(9_000),
        ),
        ("deep", "<div>".repeat(300_000)),
        ("deep and misnested", "<div></b><b>".repeat(60_000)),
        ("deep lists", "<ul><li>".repeat(100_000)),
        ("wide", "<p>a, b, c, d, e".repeat(120_000)),
        ("many attributes", format!("<p {}>x", repeat_with(150_000, |n| format!("a{n}=b ")))),
        ("same attributes", format!("<p {}>x", "a=b ".repeat(400_000))),
        ("one attribute", format!("<p title='{}'>x", "y".repeat(2_000_000))),
        ("entities", "&CounterClockwiseContourIntegral;".repeat(60_000)),
        ("an entity without end", format!("<p>&#{}", "9".repeat(2_000_000))),
        ("one text", "word ".repeat(400_000)),
        ("one word", "w".repeat(2_000_000)),
        ("foster parents", repeat_with(20_000, |n| format!("<table><b x={n}><p>x"))),
        ("tables in tables", "<table><tr><td>".repeat(60_000)),
        ("vectors in formulas", "<svg><math><mi><foreignObject>".repeat(30_000)),
        ("options", "<select><option><optgroup>".repeat(50_000)),
        ("templates", "<template><tr><template>".repeat(40_000)),
        ("forms", "<form><button><input>".repeat(50_000)),
        ("a comment without end", format!("<!--{}", "-".repeat(2_000_000))),
        ("a script without end", format!("<script>{}", "<!--<script>".repeat(150_000))),
        ("a doctype without end", format!("<!doctype {}", "x ".repeat(1_000_000))),
        ("null bytes", "<p>\0\0<\0b>\0".repeat(150_000)),
        ("replacement characters", "<p>\u{fffd}\u{feff}".repeat(150_000)),
        ("frames", "<frameset><frame>".repeat(80_000)),
        ("metadata", repeat_with(30_000, |n| format!("<meta property='og:title' content='{n}'>"))),
        (
            "linked data",
            format!("<script type='application/ld+json'>{}</script>", "[".repeat(500_000)),
        ),
        ("bylines", "<p class='byline author' rel=author>by x</p>".repeat(20_000)),
        ("nothing", String::new()),
    ]
}

/// The peak resident memory of this process, in MB.
fn own_peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    peak.trim().split(' ').next().unwrap().parse::<u64>().unwrap() / 1_024
}

#[tokio::test]
async fn hostile_pages_stay_within_limits() {
    let limits = limits(1);
    let sandbox = sandbox(1);
    let corpus = hostile_pages();
    let before = own_peak_mb();
    for (what, page) in &corpus {
        let watch = ChildWatcher::start(limits);
        let began = Instant::now();
        let read = sandbox.article(page).await;
        let took = began.elapsed();
        let most = watch.peak();
        let case = format!("{what}: {took:?}, {most:?}, {:?}", read.as_ref().err());
        eprintln!("{case}");
        assert!(took < limits.wall_time + Duration::from_secs(1), "{case}");
        assert!(most.peak < limits.memory / 1_048_576 + PROGRAM_MB, "{case}");
        assert!(most.cpu < limits.cpu_time + Duration::from_secs(1), "{case}");
        assert!(!matches!(read, Err(SandboxError::NotStarted(_) | SandboxError::Busy)), "{case}");
    }
    // The kernel counts in batches per thread, so a later peak can be read as a little lower.
    let grown = own_peak_mb().saturating_sub(before);
    assert!(grown < 30, "the process that asked grew by {grown} MB");
}

#[tokio::test]
async fn hostile_page_does_not_block_the_caller() {
    let limits = limits(2);
    let watch = ChildWatcher::start(limits);
    let parsing = tokio::spawn(async move { sandbox(2).article(&misnested()).await });
    // On the same thread as the parsing would be, if it ran in this process.
    let mut late = Duration::ZERO;
    while !parsing.is_finished() {
        let began = Instant::now();
        tokio::time::sleep(Duration::from_millis(10)).await;
        late = late.max(began.elapsed());
    }
    let stopped = parsing.await.unwrap().unwrap_err();
    assert!(matches!(stopped, SandboxError::Stopped(_)), "{stopped}");
    assert!(late < Duration::from_millis(900), "held up for {late:?}");
    assert_eq!(watch.peak().children, 1);
}
