//! Simple TeX formulas as Unicode text: `E=mc^2` is `E=mc²`, `\frac{1}{2}` is `1/2`.

/// Deepest nesting of groups; deeper ones keep their TeX.
const MAX_DEPTH: usize = 16;

const COMMANDS: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("varepsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("varphi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("times", "×"),
    ("cdot", "·"),
    ("div", "÷"),
    ("pm", "±"),
    ("leq", "≤"),
    ("le", "≤"),
    ("geq", "≥"),
    ("ge", "≥"),
    ("neq", "≠"),
    ("ne", "≠"),
    ("approx", "≈"),
    ("equiv", "≡"),
    ("sim", "∼"),
    ("infty", "∞"),
    ("sum", "∑"),
    ("prod", "∏"),
    ("int", "∫"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("in", "∈"),
    ("notin", "∉"),
    ("subset", "⊂"),
    ("cup", "∪"),
    ("cap", "∩"),
    ("forall", "∀"),
    ("exists", "∃"),
    ("to", "→"),
    ("rightarrow", "→"),
    ("Rightarrow", "⇒"),
    ("leftarrow", "←"),
    ("ldots", "…"),
    ("dots", "…"),
    ("cdots", "⋯"),
    ("circ", "°"),
    ("degree", "°"),
    ("%", "%"),
    ("$", "$"),
    ("&", "&"),
    ("_", "_"),
    ("#", "#"),
    ("{", "{"),
    ("}", "}"),
    (",", " "),
    (";", " "),
    (":", " "),
    (" ", " "),
    ("!", ""),
    ("\\", " "),
    ("quad", " "),
    ("qquad", " "),
    ("left", ""),
    ("right", ""),
    ("text", ""),
    ("mathrm", ""),
    ("mathbf", ""),
    ("mathit", ""),
    ("operatorname", ""),
    ("displaystyle", ""),
];

const PLAIN: &str = "0123456789+-=()nijaeox";
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱʲᵃᵉᵒˣ";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢⱼₐₑₒₓ";

/// A formula between dollar signs as text. What is unknown stays as its name; prices, as in
/// “$10–$20”, stay as they are.
pub(crate) fn to_unicode(source: &str) -> String {
    let formula = source.trim_matches('$');
    let is_price = formula.starts_with(|c: char| c.is_ascii_digit())
        && !formula.contains(['\\', '^', '_', '=']);
    if is_price {
        return source.to_owned();
    }
    let text = TexReader { rest: formula }.text(None, 0);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct TexReader<'a> {
    rest: &'a str,
}

impl<'a> TexReader<'a> {
    /// Up to the `end` of a group, which is consumed, or to the end of the formula.
    fn text(&mut self, end: Option<char>, depth: usize) -> String {
        let mut out = String::new();
        if depth > MAX_DEPTH {
            return std::mem::take(&mut self.rest).to_owned();
        }
        while let Some(c) = self.next() {
            match c {
                _ if Some(c) == end => break,
                '{' => out.push_str(&self.text(Some('}'), depth + 1)),
                '}' | '$' => {}
                '~' => out.push(' '),
                '^' => out.push_str(&shifted(&self.argument(depth), RAISED, '^')),
                '_' => out.push_str(&shifted(&self.argument(depth), LOWERED, '_')),
                '\\' => out.push_str(&self.command(depth)),
                _ => out.push(c),
            }
        }
        out
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// A group in braces, a command, or one character.
    fn argument(&mut self, depth: usize) -> String {
        self.rest = self.rest.trim_start();
        match self.next() {
            Some('{') => self.text(Some('}'), depth + 1),
            Some('\\') => self.command(depth + 1),
            Some(c) => c.to_string(),
            None => String::new(),
        }
    }

    fn command(&mut self, depth: usize) -> String {
        if depth > MAX_DEPTH {
            return std::mem::take(&mut self.rest).to_owned();
        }
        match self.name() {
            "frac" | "dfrac" | "tfrac" => {
                let (above, below) = (self.argument(depth + 1), self.argument(depth + 1));
                format!("{}/{}", grouped(&above), grouped(&below))
            }
            "sqrt" => format!("√{}", grouped(&self.argument(depth + 1))),
            name => {
                let known = COMMANDS.iter().find(|(command, _)| *command == name);
                known.map_or_else(|| name.to_owned(), |(_, text)| (*text).to_owned())
            }
        }
    }

    /// The letters after a backslash, or the one sign.
    fn name(&mut self) -> &'a str {
        let letters = self.rest.find(|c: char| !c.is_ascii_alphabetic());
        let end = match letters.unwrap_or(self.rest.len()) {
            0 => self.rest.chars().next().map_or(0, char::len_utf8),
            letters => letters,
        };
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }
}

/// A superscript or subscript if all characters have one, else `^(…)`.
fn shifted(text: &str, shapes: &str, sign: char) -> String {
    let text = text.trim();
    let shape = |c: char| {
        let at = PLAIN.chars().position(|plain| plain == c)?;
        shapes.chars().nth(at)
    };
    if text == "°" {
        return text.to_owned();
    }
    let all: Option<String> = text.chars().map(shape).collect();
    all.unwrap_or_else(|| format!("{sign}{}", grouped(text)))
}

fn grouped(text: &str) -> String {
    let text = text.trim();
    let is_one = text.chars().nth(1).is_none();
    if is_one || text.chars().all(|c| c.is_alphanumeric() || ".,°√".contains(c)) {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_become_text() {
        assert_eq!(to_unicode("E=mc^2"), "E=mc²");
        assert_eq!(to_unicode("\\frac{1}{2}"), "1/2");
        assert_eq!(to_unicode("\\frac{a+b}{2} \\leq \\sqrt{ab}"), "(a+b)/2 ≤ √ab");
        assert_eq!(to_unicode("x_{i+1} = x_i - \\alpha \\nabla f"), "xᵢ₊₁ = xᵢ - α ∇ f");
        assert_eq!(to_unicode("-5^\\circ\\text{C}"), "-5°C");
        assert_eq!(to_unicode("O(n \\log n)"), "O(n log n)");
        assert_eq!(to_unicode("a^: b^{:;} c^\\pm"), "a^: b^(:;) c^±");
        assert_eq!(to_unicode("$2^{10}$"), "2¹⁰");
        assert_eq!(to_unicode("$10–$"), "$10–$");
    }

    proptest! {
        #[test]
        fn no_formula_gets_longer(raw in "[\\\\{}^_$a-z0-9:, ]{0,300}") {
            let formula = to_unicode(&raw);
            prop_assert!(formula.chars().count() <= raw.chars().count());
        }
    }
}
