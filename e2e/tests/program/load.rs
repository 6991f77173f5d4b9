//! `load`: more people at once than Telegram's messages per second.

use crate::{run, stdout, succeeded};

#[test]
fn burst_delivers_all_carousels_within_telegrams_limits() {
    let loaded = run(&["load", "--rate", "0", "--burst", "35"]);
    succeeded(&loaded);
    let told = stdout(&loaded);
    for line in [
        "| carousels: once, lost, more than once | 35, 0, 0 |",
        "| refused by Telegram as too many | ",
        "Aim: all of them answered",
    ] {
        assert!(told.contains(line), "{line} is missing from\n{told}");
    }
}
