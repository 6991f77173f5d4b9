//! axe-core, a third-party checker of accessibility, from PyPI.

use std::path::PathBuf;

use crate::pypi_server::installed_or_skipped;

/// Its script for a browser; `None`, with a line on stderr, if it can't be installed.
pub fn axe_script() -> Option<String> {
    let programs = installed_or_skipped("axe-core-python==0.1.0")?;
    let library = programs.parent().map(|home| home.join("lib"))?;
    let versions = std::fs::read_dir(library).ok()?.flatten().map(|entry| entry.path());
    let script = |version: PathBuf| version.join("site-packages/axe_core_python/axe.min.js");
    versions.map(script).find_map(|script| std::fs::read_to_string(script).ok())
}
