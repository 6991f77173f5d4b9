//! The help and the errors of the command line.

use crate::{run, stderr, stdout, succeeded};

#[test]
fn kill_list_prints_one_point_per_line() {
    let listed = run(&["kill", "--list"]);
    succeeded(&listed);
    let said = stdout(&listed);
    let points: Vec<&str> = said.lines().collect();
    assert!(points.len() >= 27, "{said}");
    for moment in ["before", "after", "recorded"] {
        let point = format!("deliver_carousel.{moment}");
        assert!(points.contains(&point.as_str()), "{said}");
    }
    assert!(points.iter().all(|point| !point.contains(' ')), "{said}");
}

#[test]
fn unknown_arguments_are_usage_errors() {
    for (args, why) in [
        (&["kill", "--point", "paint.before"] as &[&str], "kill --list"),
        (&["kill"], "--list"),
        (&["kill", "--list", "--all"], "cannot be used with"),
        (&["outage", "moon"], "postgres"),
        (&["role", "workers", "--failpoints", "open"], "open"),
        (&[], "Usage"),
    ] {
        let refused = run(args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        let told = stderr(&refused);
        assert!(told.contains(why), "{args:?}: {told}");
    }
}
