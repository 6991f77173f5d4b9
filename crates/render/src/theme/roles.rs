//! [`Role`]: what a text is for, and [`Type`]: how a theme sets it.

use serde::Deserialize;

use super::Hex;

/// The type of a theme: the sizes there are, and how each role uses them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Type {
    /// Every size a text may have, ascending, in pixels.
    pub(crate) scale: Vec<f32>,
    /// How words between single asterisks stand out.
    #[serde(default)]
    pub(crate) emphasis: Emphasis,
    /// The light that large words give off, where they do.
    pub(crate) halo: Option<Hex>,
    roles: Roles,
}

/// How words between single asterisks stand out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Emphasis {
    /// In the accent colour.
    #[default]
    Color,
    /// In the accent colour, slanted.
    Italic,
    /// As if with a broad marker.
    Marker,
    /// With a thick line below.
    Line,
}

/// Which of the fonts.
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

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// The title of the opening.
    Display,
    /// The title of any other slide.
    Headline,
    /// A term that is explained.
    Term,
    /// Somebody's words.
    Quote,
    /// A number that speaks.
    Number,
    /// A sentence that leads.
    Lead,
    /// Running text.
    Body,
    /// One thing of a list.
    Item,
    /// What to do next.
    Action,
    /// Kickers, sources, the handle.
    Label,
    /// Code.
    Code,
}

/// How a role is set.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleSpec {
    /// The size it starts at; one of the scale.
    pub(crate) max: f32,
    /// The size it may step down to; one of the scale.
    pub(crate) min: f32,
    /// Weight of the font, 100..900.
    pub(crate) weight: f32,
    /// Distance of base lines, in sizes.
    pub(crate) leading: f32,
    /// Extra space between letters, in sizes.
    pub(crate) tracking: f32,
    /// The font; code is in the one for code whatever is said here.
    #[serde(default)]
    pub(crate) font: Font,
    /// Whether it is slanted.
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

impl Role {
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

impl Type {
    /// How `role` is set.
    pub(crate) fn spec(&self, role: Role) -> RoleSpec {
        match role {
            Role::Display => self.roles.display,
            Role::Headline => self.roles.headline,
            Role::Term => self.roles.term,
            Role::Quote => self.roles.quote,
            Role::Number => self.roles.number,
            Role::Lead => self.roles.lead,
            Role::Body => self.roles.body,
            Role::Item => self.roles.item,
            Role::Action => self.roles.action,
            Role::Label => self.roles.label,
            Role::Code => self.roles.code,
        }
    }

    /// The sizes that `role` may have, largest first, when it may rise `lift` sizes above its
    /// largest.
    pub(crate) fn sizes(&self, role: Role, lift: usize) -> Vec<f32> {
        let RoleSpec { min, max, .. } = self.spec(role);
        let lift = match role {
            // Furniture, buttons and small print have one size on every slide.
            Role::Label | Role::Action => 0,
            Role::Display
            | Role::Headline
            | Role::Term
            | Role::Quote
            | Role::Number
            | Role::Lead
            | Role::Body
            | Role::Item
            | Role::Code => lift,
        };
        let above = self
            .scale
            .iter()
            .copied()
            .filter(|size| *size > max)
            .take(lift);
        let own = self
            .scale
            .iter()
            .copied()
            .filter(|size| (min..=max).contains(size));
        let mut sizes: Vec<f32> = own.chain(above).collect();
        sizes.reverse();
        sizes
    }

    /// The same, without the first ones where it is tight: 0 leaves all of them, 1 the smallest.
    pub(crate) fn sizes_at(&self, role: Role, lift: usize, tightness: f32) -> Vec<f32> {
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
