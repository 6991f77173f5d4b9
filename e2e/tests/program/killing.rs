//! `kill`: a process is killed at a point; each promise is kept, or reported as broken.

use crate::{run, stderr, stdout, succeeded, without_postgres};

/// The number of occurrences of `words`.
fn times(said: &str, words: &str) -> usize {
    said.matches(words).count()
}

/// Kills at each of these points, and expects a kept promise for each.
fn all_are_kept(how: &[&str], points: &[&str]) {
    let mut args = vec!["kill", "--jobs", "3"];
    args.extend(how);
    args.extend(points.iter().flat_map(|point| ["--point", point]));
    let killed = run(&args);
    succeeded(&killed);
    let said = stdout(&killed);
    for point in points {
        assert_eq!(times(&said, point), 1, "{said}");
    }
    assert_eq!(times(&said, "kept"), points.len(), "{said}");
}

#[test]
fn kill_prints_audit_and_summary_tables() {
    let killed = run(&["kill", "--point", "deliver_carousel.after"]);
    succeeded(&killed);
    let said = stdout(&killed);
    assert!(said.contains("carousel-cli-killed"), "{said}");
    assert!(said.contains("3 of 3"), "{said}");
    assert!(said.contains("Lost 0, duplicated 0, silent unknown 0"), "{said}");
    let line = said.lines().last().unwrap();
    assert!(line.starts_with("deliver_carousel.after"), "{said}");
    assert!(line.ends_with("kept"), "{said}");
}

/// Failpoints of each kind: before an activity, after it, and in maintenance.
#[test]
fn kills_at_each_kind_of_point_keep_promises() {
    let points = [
        "open_carousel.after",
        "render_carousel.recorded",
        "complete_carousel.before",
        "abandon_carousel.after",
        "settle_lost.after",
        "raise_alert.recorded",
    ];
    all_are_kept(&[], &points);
}

/// In a chat, with an album and other user actions.
#[test]
fn kills_during_chat_keep_promises() {
    let points = [
        "deliver_carousel.after",
        "save_revision.after",
        "tell_change.after",
        "open_broadcast.before",
        "send_broadcast.after",
    ];
    all_are_kept(&["--chat"], &points);
}

#[test]
fn kills_on_postgres_keep_promises() {
    if without_postgres() {
        return;
    }
    let killed = run(&["kill", "--point", "save_draft.recorded", "--database", "postgres"]);
    succeeded(&killed);
    assert!(stdout(&killed).contains("1 delivered"));
}

#[test]
fn failed_kill_run_exits_with_error() {
    let mut program = crate::program(&["kill", "--point", "save_draft.after"]);
    let failed = program.env("TEMPORAL_CLI", "/bin/false").output().unwrap();
    assert_eq!(failed.status.code(), Some(1), "{}", stdout(&failed));
    assert!(stderr(&failed).contains("error"), "{}", stderr(&failed));
}
