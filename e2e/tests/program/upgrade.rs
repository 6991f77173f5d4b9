//! `upgrade`: every process is replaced while carousels are in progress.

use crate::{run, stderr, stdout, succeeded};

/// The variable with the path of the program `e2e` of an older build. CONTRIBUTING.md says how to
/// build it. Without it the test upgrades from this build to itself.
const OLDER: &str = "E2E_OLDER";

#[test]
fn carousels_complete_after_upgrade_of_all_processes() {
    let older = std::env::var(OLDER).unwrap_or_else(|_| env!("CARGO_BIN_EXE_e2e").to_owned());
    let upgraded = run(&["upgrade", "--from", &older, "--carousels", "3"]);
    succeeded(&upgraded);
    let said = stdout(&upgraded);
    assert!(said.contains("6 requests: 6 delivered"), "{said}");
}

#[test]
fn missing_older_program_is_explained() {
    let failed = run(&["upgrade", "--from", "/nowhere/e2e"]);
    let told = stderr(&failed);
    assert_eq!(failed.status.code(), Some(1), "{told}");
    assert!(told.contains("/nowhere/e2e: No such file"), "{told}");
}
