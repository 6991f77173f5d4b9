//! [`Theme`]: a parsed and checked theme file, and [`ThemeRegistry`], the registry of the built-in themes.
//!
//! Owns the meaning of every key in `themes/*.toml`. It places and paints nothing: layout and
//! background painting read the values.

mod background;
mod color;
mod layout_style;
mod skin;
mod text_roles;
mod validation;

use std::sync::Arc;

use domain::{SlideKind, ThemeId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub(crate) use background::{
    Background, Curtain, Figure, FigureKind, Glow, Horizon, Nebula, Pattern, PatternKind, Planet,
    Ring, Stars,
};
pub(crate) use color::{Hex, contrast, luminance};
pub(crate) use layout_style::{
    Align, BadgeStyle, ComparisonStyle, ConceptStyle, KickerStyle, LayoutStyle, ListStyle,
    MarkerStyle, NextHintStyle, ProgressIndicator, QuoteStyle, ShareStyle, TitleSlideStyle,
};
pub(crate) use skin::{Palette, Panel, Skin, Trim};
pub(crate) use text_roles::{Emphasis, Font, RoleSpec, TextRole, ThemeTypography};
pub use validation::ThemeError;

/// The built-in theme files, in the order in which themes are offered. A new theme is a file next
/// to these and a line here.
const BUILT_IN: &[&str] = &[
    include_str!("../../themes/aurora.toml"),
    include_str!("../../themes/galaxy.toml"),
    include_str!("../../themes/dawn.toml"),
    include_str!("../../themes/paper.toml"),
    include_str!("../../themes/editorial.toml"),
    include_str!("../../themes/minimal.toml"),
    include_str!("../../themes/mesh.toml"),
    include_str!("../../themes/brutal.toml"),
    include_str!("../../themes/terminal.toml"),
    include_str!("../../themes/neon.toml"),
];

/// A checked theme: skins, proportions and type.
#[derive(Debug)]
pub(crate) struct Theme {
    pub(crate) id: ThemeId,
    /// SHA-256 of its file, for cache keys.
    pub(crate) digest: [u8; 32],
    /// The skin of most slides.
    main: Skin,
    /// The skin of emphasised slides, and their kinds.
    second: Option<(Skin, Vec<SlideKind>)>,
    pub(crate) layout: LayoutStyle,
    pub(crate) type_: ThemeTypography,
}

/// Selects one of a theme's skins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SkinKind {
    /// The skin of most slides.
    Main,
    /// The skin of emphasised slides.
    Second,
}

/// The theme file, key by key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    id: String,
    palette: Palette,
    ground: Background,
    panel: Panel,
    other: Option<SecondSkin>,
    layout: LayoutStyle,
    #[serde(rename = "type")]
    type_: ThemeTypography,
}

/// A second skin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecondSkin {
    /// The kinds of slides that use it.
    kinds: Vec<SlideKind>,
    palette: Palette,
    ground: Background,
    panel: Panel,
}

impl Theme {
    /// Parses and checks a theme file.
    ///
    /// # Errors
    /// [`ThemeError`] names the theme, the key and the problem.
    pub(crate) fn parse(source: &str) -> Result<Self, ThemeError> {
        let file: ThemeFile = toml::from_str(source).map_err(|e| ThemeError::syntax(source, &e))?;
        let id = ThemeId::parse(&file.id).map_err(|e| ThemeError::new(&file.id, "id", e))?;
        let main = Skin { palette: file.palette, ground: file.ground, panel: file.panel };
        let other = file.other.map(|other| {
            let SecondSkin { kinds, palette, ground, panel } = other;
            let skin = Skin { palette, ground, panel };
            (skin, kinds)
        });
        let theme = Self {
            id,
            digest: Sha256::digest(source).into(),
            main,
            second: other,
            layout: file.layout,
            type_: file.type_,
        };
        let prefix = |kind| match kind {
            SkinKind::Main => "",
            SkinKind::Second => "other.",
        };
        let skins: Vec<_> =
            theme.skin_kinds().map(|kind| (prefix(kind), theme.skin(kind))).collect();
        match validation::check(&skins, &theme.layout, &theme.type_) {
            Ok(()) => Ok(theme),
            Err((key, what)) => Err(ThemeError::new(&file.id, key, what)),
        }
    }

    /// Which skin slides of this kind use.
    pub(crate) fn skin_kind(&self, kind: SlideKind) -> SkinKind {
        match &self.second {
            Some((_, kinds)) if kinds.contains(&kind) => SkinKind::Second,
            Some(_) | None => SkinKind::Main,
        }
    }

    /// The skin; the main one if there is no second.
    pub(crate) fn skin(&self, mood: SkinKind) -> &Skin {
        match (mood, &self.second) {
            (SkinKind::Second, Some((skin, _))) => skin,
            (SkinKind::Main | SkinKind::Second, _) => &self.main,
        }
    }

    /// The moods of the skins that it has.
    pub(crate) fn skin_kinds(&self) -> impl Iterator<Item = SkinKind> {
        [SkinKind::Main].into_iter().chain(self.second.iter().map(|_| SkinKind::Second))
    }
}

/// The names of the built-in themes, in the order in which they are offered.
///
/// # Panics
/// Never: a test parses all of them.
pub fn built_in_themes() -> Vec<ThemeId> {
    let themes = ThemeRegistry::built_in().expect("a test parses every built-in theme");
    themes.names().cloned().collect()
}

/// The registry of themes.
#[derive(Debug)]
pub(crate) struct ThemeRegistry(Vec<Arc<Theme>>);

impl ThemeRegistry {
    /// Loads the built-in themes.
    pub(crate) fn built_in() -> Result<Self, ThemeError> {
        let themes = BUILT_IN.iter().map(|source| Theme::parse(source).map(Arc::new));
        Ok(Self(themes.collect::<Result<_, _>>()?))
    }

    /// Their names, in the order in which they are offered.
    pub(crate) fn names(&self) -> impl Iterator<Item = &ThemeId> {
        self.0.iter().map(|theme| &theme.id)
    }

    pub(crate) fn get(&self, id: &ThemeId) -> Option<&Arc<Theme>> {
        self.0.iter().find(|theme| theme.id == *id)
    }
}
