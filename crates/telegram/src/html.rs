//! [`Html`]: text in Telegram's HTML. The type escapes user text, so it can't become markup.

use domain::AccountId;

use crate::units;

/// Markup that Telegram accepts. User text in it is escaped by [`Html::text`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html {
    markup: String,
    units: usize,
}

impl Html {
    /// Plain text; markup characters are escaped.
    pub fn text(text: &str) -> Self {
        let mut markup = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '<' => markup.push_str("&lt;"),
                '>' => markup.push_str("&gt;"),
                '&' => markup.push_str("&amp;"),
                _ => markup.push(c),
            }
        }
        Self { markup, units: units::units(text) }
    }

    /// Plain text in which Telegram finds no link, mention or command.
    pub fn unlinked(text: &str) -> Self {
        Self::text(&unlinked(text))
    }

    /// Trusted markup, such as a phrase with values escaped by [`Html::text`].
    pub(crate) fn from_markup(markup: String) -> Self {
        let mut units = 0;
        let mut inside = None;
        for c in markup.chars() {
            match (inside, c) {
                (None, '<') => inside = Some('>'),
                (None, '&') => inside = Some(';'),
                (None, _) => units += c.len_utf16(),
                (Some(end), c) if c == end => {
                    // An entity counts as one unit, a tag as none.
                    units += usize::from(end == ';');
                    inside = None;
                }
                (Some(_), _) => {}
            }
        }
        Self { markup, units }
    }

    #[must_use]
    pub fn bold(self) -> Self {
        self.wrapped_in("b")
    }

    #[must_use]
    pub fn italic(self) -> Self {
        self.wrapped_in("i")
    }

    /// A `<pre>` block: one tap copies it.
    #[must_use]
    pub fn copyable(self) -> Self {
        self.wrapped_in("pre")
    }

    /// Mentions an account: the text links to it.
    #[must_use]
    pub fn mentioning(self, account: AccountId) -> Self {
        let markup = format!("<a href=\"tg://user?id={account}\">{}</a>", self.markup);
        Self { markup, units: self.units }
    }

    /// Appends `next`.
    #[must_use]
    pub fn append(mut self, next: &Self) -> Self {
        self.markup.push_str(&next.markup);
        self.units += next.units;
        self
    }

    /// Length in UTF-16 code units without markup, which is what Telegram's limits count.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Whether no character is visible.
    pub fn is_empty(&self) -> bool {
        self.units == 0
    }

    pub fn markup(&self) -> &str {
        &self.markup
    }

    fn wrapped_in(self, tag: &str) -> Self {
        Self { markup: format!("<{tag}>{}</{tag}>", self.markup), units: self.units }
    }
}

/// Puts invisible joiners into what Telegram would make a link, a mention or a command of: for texts
/// of models and pages.
pub(crate) fn unlinked(text: &str) -> String {
    const JOINER: char = '\u{2060}';
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        match c {
            '.' if before.is_alphanumeric() && after.is_alphanumeric() => out.extend([JOINER, c]),
            ':' if before.is_alphabetic() && after == '/' => out.extend([c, JOINER]),
            '/' if !before.is_alphanumeric() && after.is_alphabetic() => out.extend([c, JOINER]),
            '@' => out.extend([c, JOINER]),
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn user_markup_is_escaped() {
        let html = Html::text("<b>a</b> & c").bold();
        assert_eq!(html.markup(), "<b>&lt;b&gt;a&lt;/b&gt; &amp; c</b>");
        assert_eq!(html.units(), 12);
    }

    #[test]
    fn unlinked_text_has_no_link() {
        let shown = |text| Html::unlinked(text).markup().replace('\u{2060}', "|");
        for (text, broken) in [
            ("See evil.io & @Override.", "See evil|.io &amp; @|Override."),
            ("https://t.me/x", "https:|//|t|.me/x"),
            ("tg://resolve", "tg:|//|resolve"),
            ("Send /forget and/or 3.5", "Send /|forget and/or 3|.5"),
            ("Plain. Words: here", "Plain. Words: here"),
        ] {
            assert_eq!(shown(text), broken);
        }
    }

    #[test]
    fn units_count_utf_16_without_markup() {
        let html = Html::from_markup("<b>a &lt; б</b>".to_owned());
        assert_eq!(html.units(), 5);
        for text in ["👍", "🇷🇺", "𝐁", "é"] {
            let units = text.encode_utf16().count();
            assert_eq!(Html::text(text).units(), units, "{text}");
            assert_eq!(Html::from_markup(format!("<i>{text}</i>")).units(), units, "{text}");
        }
    }

    #[test]
    fn then_appends_markup_and_adds_length() {
        let html = Html::text("a").append(&Html::text("бв").copyable());
        assert_eq!((html.markup(), html.units()), ("a<pre>бв</pre>", 3));
    }

    proptest! {
        #[test]
        fn escaped_text_contains_no_tag(text in "\\PC{0,60}") {
            let html = Html::text(&text);
            prop_assert!(!html.markup().contains(['<', '>']));
            let shown = html.markup().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            prop_assert_eq!(shown, text);
        }
    }
}
