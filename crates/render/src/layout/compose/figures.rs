//! Slides that show something: statistic, comparison, code.

use domain::{CodeBlock, Format, Side, Text};

use super::{Pen, SHEET, on_ground, present};
use crate::{
    layout::node::{Beside, Gap, Glass, Justify, Kind, Listing, Node, Ornament},
    text::{Ink, Rich, highlight},
    theme::Role,
};

/// Space inside one half of a comparison.
const SIDE: (Gap, Gap) = (Gap::new(46.0, 30.0), Gap::new(46.0, 26.0));

impl Pen<'_> {
    /// The number, as large as it goes; a bar where it is a share; what it counts below.
    pub(super) fn statistic(&self, value: &Text, label: &Text, source: Option<&Text>) -> Node {
        let number = self.text("value", value, Role::Number, Ink::Accent);
        let bar = share(value.as_str()).map(|share| Ornament::Bar(share).into());
        let figure = Node::stack(Gap::new(60.0, 34.0), present([Some(number), bar]));
        let words = present([
            Some(self.text("label", label, Role::Lead, Ink::Title)),
            source.map(|text| self.text("source", text, Role::Label, Ink::Muted)),
        ]);
        let words = Node::stack(Gap::new(46.0, 30.0), words);
        let inside = present([self.badge(156.0), Some(figure), Some(words)]);
        let inside = Node::stack(Gap::new(56.0, 44.0), inside).justified(Justify::Between);
        Node::panel(Glass::Sheet, SHEET, inside).growing(1.0)
    }

    /// Two tiles, the second the one to choose: below each other, or on a square, where height is
    /// dear, beside each other if their words allow it.
    pub(super) fn comparison(&self, title: &Text, before: &Side, after: &Side) -> Node {
        let beside = self.page.is(Format::Square) && [before, after].into_iter().all(is_slim);
        let side = |name: &str, side: &Side, sign: Ornament, surface: Glass, inks: (Ink, Ink)| {
            let name_of = format!("label {name}");
            let label = self.beside(name_of, side.label.as_str(), Role::Action, inks.0);
            let head = Node::row(24.0, Beside::Center, sign, label);
            let text = self.text(name, &side.text, Role::Body, inks.1);
            let inside = Node::stack(Gap::new(36.0, 20.0), vec![head, text]);
            let inside = if beside {
                inside
            } else {
                inside.justified(Justify::Center)
            };
            Node::panel(surface, SIDE, inside).growing(1.0)
        };
        let sides = vec![
            side(
                "before",
                before,
                Ornament::Cross,
                Glass::Tile,
                (Ink::Bad, Ink::Soft),
            ),
            side(
                "after",
                after,
                Ornament::Check,
                Glass::Chosen,
                (Ink::Good, Ink::Title),
            ),
        ];
        let sides = if beside {
            Node::columns(24.0, sides)
        } else {
            Node::stack(Gap::new(28.0, 16.0), sides)
        };
        Node::stack(
            Gap::new(52.0, 28.0),
            vec![self.head(title), sides.growing(1.0)],
        )
    }

    /// A window with the code, what to notice below.
    pub(super) fn code(&self, title: &Text, code: &CodeBlock, remark: Option<&Text>) -> Node {
        let bar = match code.language() {
            "" => Ornament::Lights.into(),
            name => {
                let words = self.beside("language", name, Role::Label, Ink::Muted);
                Node::row(28.0, Beside::Center, Ornament::Lights, words)
            }
        };
        let code = highlight(code.code(), code.language());
        let listing = Kind::Code(Listing { code });
        let inside = Node::stack(Gap::new(44.0, 22.0), vec![bar, listing.into()]);
        let padding = (Gap::new(44.0, 28.0), Gap::new(44.0, 24.0));
        let window = Node::panel(Glass::Dark, padding, inside);
        let remark = remark.map(|text| {
            let words = self.text("remark", text, Role::Body, Ink::Soft);
            on_ground(Node::row(28.0, Beside::Center, Ornament::Edge, words))
        });
        let whole = present([Some(self.head(title)), Some(window), remark]);
        Node::stack(Gap::new(44.0, 18.0), whole).justified(Justify::Center)
    }
}

/// Whether half a comparison reads well in a narrow column.
fn is_slim(side: &Side) -> bool {
    let words = || {
        side.label
            .as_str()
            .split(' ')
            .chain(side.text.as_str().split(' '))
    };
    (24..=110).contains(&side.text.as_str().chars().count())
        && words().all(|word| word.chars().count() <= 12)
}

/// The share that a value states, 0..1: "73 %", "73%", "12,5 %".
fn share(value: &str) -> Option<f64> {
    let plain = Rich::parse(value).text;
    let number = plain.trim().strip_suffix('%')?.trim().replace(',', ".");
    let share = number.parse::<f64>().ok()? / 100.0;
    (0.0..=1.0).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn only_shares_get_a_bar() {
        assert_eq!(share("73 %"), Some(0.73));
        assert_eq!(share("12,5%"), Some(0.125));
        for no in ["73", "130 %", "×3 %", "-5 %", "%", "NaN%", "inf%"] {
            assert_eq!(share(no), None, "{no}");
        }
    }
}
