//! `.env.example`, generated from the list of variables.

use super::VARIABLES;

/// The contents of `.env.example`: every variable, its description and its default.
pub fn example() -> String {
    let mut out = String::from(
        "# Settings. Copy this file to .env and change what you need; the environment overrides it.\n",
    );
    for variable in VARIABLES {
        out.push('\n');
        for line in wrap(variable.about, 96) {
            out.push_str(&format!("# {line}\n"));
        }
        let mark = if variable.default.is_empty() { "#" } else { "" };
        out.push_str(&format!("{mark}{}={}\n", variable.name, variable.default));
    }
    out
}

/// `text` in lines of at most `width` characters, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it starts with one line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
