//! [`Html`]: text in Telegram's HTML, escaped by its type. User text can't become markup.

/// Markup that Telegram accepts. Everything in it that people wrote went through [`Html::text`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html {
    markup: String,
    chars: usize,
}

impl Html {
    /// Plain text: whatever looks like markup is shown as it is.
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
        Self {
            markup,
            chars: text.chars().count(),
        }
    }

    /// Markup of our own making, such as a phrase whose values went through [`Html::text`].
    pub(crate) fn from_markup(markup: String) -> Self {
        let mut chars = 0;
        let mut inside = None;
        for c in markup.chars() {
            match (inside, c) {
                (None, '<') => inside = Some('>'),
                (None, '&') => inside = Some(';'),
                (None, _) => chars += 1,
                (Some(end), c) if c == end => {
                    // An entity is a character, a tag is none.
                    chars += usize::from(end == ';');
                    inside = None;
                }
                (Some(_), _) => {}
            }
        }
        Self { markup, chars }
    }

    /// Bold.
    #[must_use]
    pub fn bold(self) -> Self {
        self.within("b")
    }

    /// Italic.
    #[must_use]
    pub fn italic(self) -> Self {
        self.within("i")
    }

    /// A block that is copied with one tap.
    #[must_use]
    pub fn copyable(self) -> Self {
        self.within("pre")
    }

    /// This, then that.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        self.markup.push_str(&next.markup);
        self.chars += next.chars;
        self
    }

    /// How many characters people see: what Telegram's limits count.
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// Whether people see nothing.
    pub fn is_empty(&self) -> bool {
        self.chars == 0
    }

    /// As Telegram reads it.
    pub fn markup(&self) -> &str {
        &self.markup
    }

    fn within(self, tag: &str) -> Self {
        Self {
            markup: format!("<{tag}>{}</{tag}>", self.markup),
            chars: self.chars,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_of_people_is_shown_and_not_obeyed() {
        let html = Html::text("<b>a</b> & c").bold();
        assert_eq!(html.markup(), "<b>&lt;b&gt;a&lt;/b&gt; &amp; c</b>");
        assert_eq!(html.chars(), 12);
    }

    #[test]
    fn what_people_see_of_markup_is_counted() {
        let html = Html::from_markup("<b>a &lt; б</b>".to_owned());
        assert_eq!(html.chars(), 5);
    }

    #[test]
    fn parts_add_up() {
        let html = Html::text("a").then(&Html::text("бв").copyable());
        assert_eq!((html.markup(), html.chars()), ("a<pre>бв</pre>", 3));
    }

    proptest! {
        #[test]
        fn no_text_opens_a_tag(text in "\\PC{0,60}") {
            let html = Html::text(&text);
            prop_assert!(!html.markup().contains(['<', '>']));
            let shown = html.markup().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            prop_assert_eq!(shown, text);
        }
    }
}
