//! `outage`: a server stops while carousels are in progress, and restarts.

use crate::{run, stdout, succeeded, without_postgres};

#[test]
fn carousels_complete_after_database_outage() {
    if without_postgres() {
        return;
    }
    let survived = run(&["outage", "--seconds", "5"]);
    succeeded(&survived);
    let said = stdout(&survived);
    assert!(said.contains("3 requests: 3 delivered"), "{said}");
}
