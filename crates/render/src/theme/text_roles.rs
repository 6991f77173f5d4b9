//! [`TextRole`]: the purpose of a text; [`ThemeTypography`]: a theme's typography per role.

use serde::Deserialize;

use super::color::Hex;

/// A theme's typography: the size scale, and how each role uses it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThemeTypography {
    /// Every size that a text may have, ascending, in pixels.
    pub(crate) scale: Vec<f32>,
    /// How text between single asterisks is emphasised.
    #[serde(default)]
    pub(crate) emphasis: Emphasis,
    /// Colour of the glow around large text, if any.
    pub(crate) halo: Option<Hex>,
    roles: Roles,
}

/// How text between single asterisks is emphasised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Emphasis {
    /// In the accent colour.
    #[default]
    Color,
    /// In the accent colour and italic.
    Italic,
    /// On a wide marker stroke.
    Marker,
    /// With a thick line below.
    Line,
}

/// A built-in font.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Font {
    /// Inter.
    #[default]
    Sans,
    /// Libertinus Serif.
    Serif,
    /// JetBrains Mono.
    Mono,
}

/// The purpose of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TextRole {
    /// The title of the title slide.
    Display,
    /// The title of any other slide.
    Headline,
    /// A term that is explained.
    Term,
    Quote,
    /// A statistic's number.
    Number,
    /// An introductory sentence.
    Lead,
    /// Running text.
    Body,
    /// A list item.
    Item,
    /// The call to action.
    Action,
    /// Kickers, sources, the handle.
    Label,
    Code,
}

/// The typography of a role.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleSpec {
    /// The largest size; one of the scale.
    pub(crate) max: f32,
    /// The smallest size; one of the scale.
    pub(crate) min: f32,
    /// Weight of the font, 100..900.
    pub(crate) weight: f32,
    /// Distance of base lines, in em.
    pub(crate) leading: f32,
    /// Extra space between letters, in em.
    pub(crate) tracking: f32,
    /// The font; code always uses the code font.
    #[serde(default)]
    pub(crate) font: Font,
    #[serde(default)]
    pub(crate) italic: bool,
    /// Whether it is in capitals.
    #[serde(default)]
    pub(crate) upper: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    display: RoleSpec,
    headline: RoleSpec,
    term: RoleSpec,
    quote: RoleSpec,
    number: RoleSpec,
    lead: RoleSpec,
    body: RoleSpec,
    item: RoleSpec,
    action: RoleSpec,
    label: RoleSpec,
    code: RoleSpec,
}

impl TextRole {
    /// Every role with its key in a theme file.
    pub(crate) const ALL: [(Self, &'static str); 11] = [
        (Self::Display, "display"),
        (Self::Headline, "headline"),
        (Self::Term, "term"),
        (Self::Quote, "quote"),
        (Self::Number, "number"),
        (Self::Lead, "lead"),
        (Self::Body, "body"),
        (Self::Item, "item"),
        (Self::Action, "action"),
        (Self::Label, "label"),
        (Self::Code, "code"),
    ];
}

impl ThemeTypography {
    pub(crate) fn spec(&self, role: TextRole) -> RoleSpec {
        match role {
            TextRole::Display => self.roles.display,
            TextRole::Headline => self.roles.headline,
            TextRole::Term => self.roles.term,
            TextRole::Quote => self.roles.quote,
            TextRole::Number => self.roles.number,
            TextRole::Lead => self.roles.lead,
            TextRole::Body => self.roles.body,
            TextRole::Item => self.roles.item,
            TextRole::Action => self.roles.action,
            TextRole::Label => self.roles.label,
            TextRole::Code => self.roles.code,
        }
    }

    /// The sizes of `role`, largest first, including `lift` sizes above its usual largest.
    pub(crate) fn sizes(&self, role: TextRole, lift: usize) -> Vec<f32> {
        let RoleSpec { min, max, .. } = self.spec(role);
        let lift = match role {
            // Header, footer, buttons and small print have one size on every slide.
            TextRole::Label | TextRole::Action => 0,
            TextRole::Display
            | TextRole::Headline
            | TextRole::Term
            | TextRole::Quote
            | TextRole::Number
            | TextRole::Lead
            | TextRole::Body
            | TextRole::Item
            | TextRole::Code => lift,
        };
        let above = self.scale.iter().copied().filter(|size| *size > max).take(lift);
        let own = self.scale.iter().copied().filter(|size| (min..=max).contains(size));
        let mut sizes: Vec<f32> = own.chain(above).collect();
        sizes.reverse();
        sizes
    }

    /// The sizes without the largest ones: `tightness` 0 keeps all of them, 1 only the smallest.
    pub(crate) fn sizes_at(&self, role: TextRole, lift: usize, tightness: f32) -> Vec<f32> {
        let mut sizes = self.sizes(role, lift);
        let steps = sizes.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a few dozen steps, tightness is 0..1"
        )]
        let skipped = (tightness * steps as f32).round() as usize;
        sizes.drain(..skipped.min(steps));
        sizes
    }
}
