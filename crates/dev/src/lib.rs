//! `cargo dev`: all pools and the gateway in one process, and the Temporal dev server as a second
//! one.
//!
//! Owns finding the `temporal` program; starting, adopting and stopping the server; and the lock on
//! a data folder. It is a library as well as a program, so that tests start servers the same way.

pub mod data_folder_lock;
pub mod dev_server;
pub mod make;
pub mod models;
mod session;
pub mod temporal_cli;
pub mod up;

/// The folders that the delivery pool of `cargo dev` may export to: below `OUTPUT_DIR`, and the
/// folder of `make --out`.
pub(crate) fn folders(settings: &runtime::settings::Settings) -> activities::delivery::Folders {
    activities::delivery::Folders::Granted {
        root: settings.data.output_dir.clone(),
        grants: activities::delivery::Grants::of(&settings.data.dir),
    }
}
