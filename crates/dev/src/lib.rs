//! `cargo dev`: everything a laptop needs in one process, and the Temporal dev server beside it.
//!
//! Owns finding the `temporal` program, starting, adopting and stopping the server, and the lock on
//! a data folder. A library as well as a program, so that tests start servers the same way.

pub mod cli;
pub mod lock;
pub mod make;
pub mod server;
mod session;
pub mod up;

/// Where the delivery pool of `cargo dev` writes: below `OUTPUT_DIR`, and where `make` was told to.
pub(crate) fn folders(settings: &runtime::settings::Settings) -> activities::delivery::Folders {
    activities::delivery::Folders::Granted {
        root: settings.data.output_dir.clone(),
        grants: activities::delivery::Grants::of(&settings.data.dir),
    }
}
