//! The tests' PostgreSQL: the one at `TEST_POSTGRES_URL`, or one that they start themselves.

pub(crate) mod server;
mod shared;

use std::{io::Write as _, sync::Once};

/// The test that runs this program as the keeper of a server.
const KEEPER_TEST: &str = "postgres::server_runs_only_while_used";

/// A database in which tests may create schemas; `None` after a line that says why there is none.
pub(crate) fn url() -> Option<String> {
    static SKIPPED: Once = Once::new();
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return Some(url);
    }
    match shared::of_workspace() {
        Ok(url) => Some(url.to_owned()),
        Err(why) => {
            // Bypasses the test runner, which captures the output of a passing test.
            SKIPPED.call_once(|| {
                let line = format!("storage: skipped on PostgreSQL: {why}\n");
                let _ = std::io::stderr().write_all(line.as_bytes());
            });
            None
        }
    }
}

#[test]
fn server_runs_only_while_used() {
    if shared::run_as_keeper() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Ok(used) = shared::join(folder.path()) else {
        // The other tests print the reason.
        return;
    };
    let another = shared::join(folder.path()).unwrap();
    assert_eq!(used.url, another.url, "one server for all");
    assert!(shared::is_running(folder.path()));
    drop((used, another));
    let begun = std::time::Instant::now();
    while shared::is_running(folder.path()) {
        assert!(begun.elapsed().as_secs() < 30, "the server is still running");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
