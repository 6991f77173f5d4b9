//! Lists the files of `notes/` for embedding, so that a new file is a new note.
//!
//! Only makes the list: `src/check.rs` checks the notes, where an error can name the note and the
//! field.

use std::{env, fmt::Write as _, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=notes");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("notes"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml")
            && let Some(name) = path.file_stem().and_then(|s| s.to_str())
        {
            names.push((name.to_owned(), path.clone()));
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for (name, path) in names {
        writeln!(list, "    ({name:?}, include_str!({path:?})),")
            .expect("writing to a string never fails");
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("notes.rs"), list)
}
