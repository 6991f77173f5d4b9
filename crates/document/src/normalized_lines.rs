//! Makes ordinary prose safe to read as Markdown: bullets of word processors become list markers,
//! and nothing becomes code because it is indented.

/// Characters that begin an item in messengers and word processors. A long dash may begin a line of
/// dialogue, so it is none.
const BULLETS: &str = "•◦▪‣●○■□✓✔✅☑→➡➜▶🔹🔸👉⭐🔥🚀💡📌–";

/// A number with a frame around it, as on a key: digit, variation selector, enclosing mark.
const KEYCAP: &str = "\u{fe0f}\u{20e3}";

/// The lines of `text`, ready for a Markdown parser.
pub(crate) fn normalized(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            (Some(_), _) => {
                out.push_str(line);
                out.push('\n');
                continue;
            }
            (None, None) => {}
        }
        push_line(&mut out, bare);
        out.push('\n');
    }
    out
}

fn push_line(out: &mut String, line: &str) {
    if let Some(item) = bullet_item(line) {
        out.push_str("- ");
        out.push_str(item);
        return;
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let rest = &line[digits..];
    if let (1..=2, Some(item)) = (digits, rest.strip_prefix(KEYCAP)) {
        out.push_str(&line[..digits]);
        out.push_str(". ");
        out.push_str(item.trim_start());
    } else if digits > 2 && rest.starts_with(['.', ')']) {
        // A year and not the number of an item.
        out.push_str(&line[..digits]);
        out.push('\\');
        out.push_str(rest);
    } else {
        out.push_str(line);
    }
}

/// The text after a bullet.
fn bullet_item(line: &str) -> Option<&str> {
    let mut chars = line.chars();
    let first = chars.next()?;
    let rest = chars.as_str().trim_start_matches('\u{fe0f}');
    let item = rest.strip_prefix([' ', '\t', '\u{a0}'])?.trim_start();
    (BULLETS.contains(first) && !item.is_empty()).then_some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_become_list_markers() {
        assert_eq!(normalized("• one\n✅ two\n– three"), "- one\n- two\n- three\n");
        assert_eq!(normalized("1️⃣ one\n2️⃣ two"), "1. one\n2. two\n");
        assert_eq!(normalized("— Где ты?\n🚀"), "— Где ты?\n🚀\n");
    }

    #[test]
    fn a_year_is_no_item_number() {
        assert_eq!(
            normalized("1941. Начало войны.\n12. Пункт"),
            "1941\\. Начало войны.\n12. Пункт\n"
        );
    }

    #[test]
    fn only_fenced_code_keeps_its_indentation() {
        assert_eq!(normalized("    text\n```\n    code\n```"), "text\n```\n    code\n```\n");
    }
}
