//! PyPI's `schemathesis`, a third-party tester of HTTP APIs: it makes calls from an OpenAPI description and checks the
//! answers.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::pypi_server::installed_or_skipped;

/// Tests the API with this description, as the holder of a token. `folder` gets its cache; `config` is the text of its
/// settings. `None`, with a line on stderr, if it can't be installed.
pub fn schemathesis(description: &str, token: &str, config: &str, folder: &Path) -> Option<Output> {
    let programs = installed_or_skipped("schemathesis==4.32.5")?;
    std::fs::write(folder.join("schemathesis.toml"), config).expect("a folder that can be written");
    let output = Command::new(programs.join("schemathesis"))
        .args(["run", description, "--header"])
        .arg(format!("Authorization: Bearer {token}"))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output();
    Some(output.expect("what is installed can be run"))
}
