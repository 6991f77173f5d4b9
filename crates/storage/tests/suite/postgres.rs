//! The PostgreSQL that the tests run on: the one that `TEST_POSTGRES_URL` names, or else one that
//! they start themselves.

pub(crate) mod server;
mod shared;

use std::{io::Write as _, sync::Once};

/// The test as which this program is the keeper of a server.
const KEEPERS_TEST: &str = "postgres::a_server_is_there_while_it_is_used_and_gone_afterwards";

/// A database that tests may make schemas in, or `None`, and a line that says why.
pub(crate) fn url() -> Option<String> {
    static SKIPPED: Once = Once::new();
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return Some(url);
    }
    match shared::of_workspace() {
        Ok(url) => Some(url.to_owned()),
        Err(why) => {
            // Past the test runner, which keeps to itself what a passing test prints.
            SKIPPED.call_once(|| {
                let line = format!("storage: skipped on PostgreSQL: {why}\n");
                let _ = std::io::stderr().write_all(line.as_bytes());
            });
            None
        }
    }
}

#[test]
fn a_server_is_there_while_it_is_used_and_gone_afterwards() {
    if shared::kept() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Ok(used) = shared::join(folder.path()) else {
        // Why, the other tests say.
        return;
    };
    let another = shared::join(folder.path()).unwrap();
    assert_eq!(used.url, another.url, "one server for all");
    assert!(shared::is_running(folder.path()));
    drop((used, another));
    let begun = std::time::Instant::now();
    while shared::is_running(folder.path()) {
        assert!(begun.elapsed().as_secs() < 30, "it is still there");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
