//! Layouts of statistic, comparison, versus and code slides.

use domain::{CodeBlock, Format, Polarity, Side, SlideText, VersusRow, VersusRows};

use super::node_builder::{NodeBuilder, SHEET, on_background, present};
use crate::{
    layout::node::{
        CodeNode, Gap, Glass, Justify, MarkerContent, Node, NodeKind, Ornament, RowAlign, Surface,
        TextNode,
    },
    text::{Ink, RichText, Token, highlight},
    theme::{Align, ComparisonStyle, ShareStyle, TextRole, Trim},
};

/// Padding of one half of a comparison.
const SIDE: (Gap, Gap) = (Gap::new(46.0, 30.0), Gap::new(46.0, 26.0));

/// Padding of a row of two things, and the space between their columns.
const VERSUS_ROW: (Gap, Gap) = (Gap::new(36.0, 24.0), Gap::new(26.0, 10.0));
const VERSUS_GAP: f64 = 32.0;
const NOTHING: Gap = Gap::new(0.0, 0.0);

/// How one side of a comparison is drawn.
#[derive(Clone, Copy)]
enum SideLook {
    Worse,
    Better,
    /// The tint of its tile.
    Neutral(usize),
}

impl NodeBuilder<'_> {
    /// The number, as large as fits; a bar if it is a share; its label below.
    pub(super) fn statistic(
        &self,
        value: &SlideText,
        label: &SlideText,
        source: Option<&SlideText>,
    ) -> Node {
        let number = self.text_node("value", value.as_str(), TextRole::Number, Ink::Accent);
        let figure = self.figure(number, share(value.as_str()));
        let words = present([
            Some(self.text("label", label, TextRole::Lead, Ink::Title)),
            source.map(|text| self.text("source", text, TextRole::Label, Ink::Muted)),
        ]);
        let words = Node::stack(Gap::new(46.0, 30.0), words);
        let inside = present([self.badge(156.0), Some(figure), Some(words)]);
        let inside = Node::stack(Gap::new(56.0, 44.0), inside).justified(Justify::Between);
        Node::panel(Glass::Sheet, SHEET, inside).growing(1.0)
    }

    /// A number; if it is a share, with the theme's share graphic.
    fn figure(&self, mut number: TextNode, share: Option<f64>) -> Node {
        let gap = Gap::new(60.0, 34.0);
        match (share, self.page.theme.layout.share) {
            (Some(share), ShareStyle::Bar) => {
                let bar = Ornament::Bar(share).into();
                Node::stack(gap, vec![NodeKind::Text(number).into(), bar])
            }
            (Some(share), ShareStyle::Blocks) => {
                let blocks = Ornament::Blocks(share).into();
                Node::stack(gap, vec![NodeKind::Text(number).into(), blocks])
            }
            (Some(share), ShareStyle::Ring) => {
                number.align = Align::Start;
                Ornament::Ring(share, Box::new(number)).into()
            }
            (None, ShareStyle::Bar | ShareStyle::Blocks | ShareStyle::Ring) => {
                NodeKind::Text(number).into()
            }
        }
    }

    /// Two tiles, the better one emphasised: stacked, or, on a square format and if the texts are
    /// short, in two columns.
    pub(super) fn comparison(
        &self,
        title: &SlideText,
        before: &Side,
        after: &Side,
        polarity: Polarity,
    ) -> Node {
        let columns = match self.page.theme.layout.comparison {
            ComparisonStyle::Stacked => self.page.is(Format::Square),
            ComparisonStyle::Columns => true,
        };
        let beside = columns && [before, after].into_iter().all(fits_narrow_column);
        let looks = match polarity {
            Polarity::SecondBetter => [SideLook::Worse, SideLook::Better],
            Polarity::FirstBetter => [SideLook::Better, SideLook::Worse],
            Polarity::Neutral => [SideLook::Neutral(0), SideLook::Neutral(1)],
        };
        let sides = [("before", before, looks[0]), ("after", after, looks[1])];
        let sides = Vec::from(sides.map(|(name, side, look)| self.side(name, side, look, beside)));
        let sides = if beside {
            // Invisible panels do not separate their texts.
            let gap = if self.page.skin.panel.is_bare() { 56.0 } else { 24.0 };
            Node::columns(gap, sides)
        } else {
            Node::stack(Gap::new(28.0, 16.0), sides)
        };
        Node::stack(Gap::new(52.0, 28.0), vec![self.head(title), sides.growing(1.0)])
    }

    /// The two names above their columns, and a tile per row: the aspect above the two cells.
    pub(super) fn versus(
        &self,
        title: &SlideText,
        names: &[SlideText; 2],
        rows: &VersusRows,
    ) -> Node {
        let name =
            |text: &SlideText| self.side_text("name", text.as_str(), TextRole::Action, Ink::Accent);
        let names = Node::columns(VERSUS_GAP, names.iter().map(name).collect());
        // As wide as the cells below, which are inside tiles.
        let share = self.page.skin.panel.padding;
        let beside = Gap::new(VERSUS_ROW.0.max * share, VERSUS_ROW.0.min * share);
        let names = on_background(Node::panel(Surface::Cloud, (beside, NOTHING), names));
        let row = |(i, row): (usize, &VersusRow)| {
            let aspect = self.side_text(
                format!("aspect {}", i + 1),
                row.aspect.as_str(),
                TextRole::Label,
                Ink::Muted,
            );
            let cell = |text: &SlideText| {
                self.side_text(format!("cell {}", i + 1), text.as_str(), TextRole::Item, Ink::Title)
            };
            let cells = Node::columns(VERSUS_GAP, row.sides.iter().map(cell).collect());
            let inside = Node::stack(Gap::new(20.0, 8.0), vec![aspect, cells]);
            Node::panel(Glass::Tile(i), VERSUS_ROW, inside.justified(Justify::Center)).growing(1.0)
        };
        let rows = rows.iter().enumerate().map(row).collect();
        let rows = Node::stack(Gap::new(20.0, 10.0), rows).growing(1.0);
        // On a square, the rows need the space of the emoji.
        let head = match self.page.is(Format::Square) {
            true => on_background(self.title(title)),
            false => self.head(title),
        };
        let head = Node::stack(Gap::new(44.0, 22.0), vec![head, names]);
        Node::stack(Gap::new(28.0, 16.0), vec![head, rows])
    }

    /// A tile with a label, its mark, and the text.
    fn side(&self, name: &str, side: &Side, look: SideLook, beside: bool) -> Node {
        let (sign, surface, (label_ink, ink)) = match look {
            SideLook::Worse => (Some(MarkerContent::Cross), Glass::Tile(0), (Ink::Bad, Ink::Soft)),
            SideLook::Better => {
                (Some(MarkerContent::Check), Glass::Chosen, (Ink::Good, Ink::Title))
            }
            SideLook::Neutral(turn) => (None, Glass::Tile(turn), (Ink::Accent, Ink::Title)),
        };
        let name_of = format!("label {name}");
        let label = self.side_text(name_of, side.label.as_str(), TextRole::Action, label_ink);
        let head = match sign {
            Some(sign) => Node::row(24.0, RowAlign::Center, Ornament::Marker(sign), label),
            None => label,
        };
        let text = self.text(name, &side.text, TextRole::Body, ink);
        let inside = Node::stack(Gap::new(36.0, 20.0), vec![head, text]);
        let inside = if beside { inside } else { inside.justified(Justify::Center) };
        Node::panel(surface, SIDE, inside).growing(1.0)
    }

    /// A window with the code, and the remark below.
    pub(super) fn code(
        &self,
        title: &SlideText,
        code: &CodeBlock,
        remark: Option<&SlideText>,
    ) -> Node {
        let bar = self.window_head(code.language());
        let code = highlight(code.code(), code.language());
        let listing = NodeKind::Code(CodeNode { code });
        let inside = Node::stack(Gap::new(44.0, 22.0), present([bar, Some(listing.into())]));
        let padding = (Gap::new(44.0, 28.0), Gap::new(44.0, 24.0));
        let window = Node::panel(Glass::Dark, padding, inside);
        let remark = remark.map(|text| {
            let words = self.text("remark", text, TextRole::Body, Ink::Soft);
            on_background(Node::row(28.0, RowAlign::Center, Ornament::SideLine, words))
        });
        let whole = present([Some(self.head(title)), Some(window), remark]);
        // The title at the top as on all slides, the remark at the bottom, the window between them.
        Node::stack(Gap::new(44.0, 18.0), whole).justified(Justify::Between)
    }
}

impl NodeBuilder<'_> {
    /// The head of a code window: lights if panels are round and have no title bar, and the
    /// language.
    fn window_head(&self, language: &str) -> Option<Node> {
        let panel = &self.page.skin.panel;
        let lights = panel.radius >= 12.0 && panel.trim != Trim::Window;
        let name = (!language.is_empty()).then(|| {
            self.side_text("language", language, TextRole::Label, Ink::Code(Token::Comment))
        });
        match (lights, name) {
            (true, None) => Some(Ornament::WindowLights.into()),
            (true, Some(name)) => {
                Some(Node::row(28.0, RowAlign::Center, Ornament::WindowLights, name))
            }
            (false, name) => name,
        }
    }
}

/// Whether half a comparison is readable in a narrow column.
fn fits_narrow_column(side: &Side) -> bool {
    let words = || side.label.as_str().split(' ').chain(side.text.as_str().split(' '));
    (24..=110).contains(&side.text.as_str().chars().count())
        && words().all(|word| word.chars().count() <= 12)
}

/// The share that a value states, 0..1: "73 %", "73%", "12,5 %".
fn share(value: &str) -> Option<f64> {
    let plain = RichText::parse(value).text;
    let number = plain.trim().strip_suffix('%')?.trim().replace(',', ".");
    // A sign makes it a change.
    let share = number.parse::<f64>().ok().filter(|_| !number.starts_with(['+', '-']))? / 100.0;
    (0.0..=1.0).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn only_shares_get_a_bar() {
        assert_eq!(share("73 %"), Some(0.73));
        assert_eq!(share("12,5%"), Some(0.125));
        for no in ["73", "130 %", "×3 %", "-5 %", "+40%", "−40%", "%", "NaN%", "inf%"] {
            assert_eq!(share(no), None, "{no}");
        }
    }
}
