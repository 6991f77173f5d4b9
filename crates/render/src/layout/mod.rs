//! Layout: turns a slide into a scene with positions and sizes.
//!
//! A [`compose`] function turns the slide into a tree of nodes. The tree is measured at the lowest
//! fit level at which it fits (sizes and gaps shrink together). Free height is distributed, and the
//! nodes are written into a scene. Layout draws nothing, and checks only whether the slide fits.

mod compose;
mod copy;
mod figures;
mod footer;
mod frame;
mod glyphs;
mod header;
mod marks;
mod measure;
mod node;
mod ornament;
mod place;
mod sheet;
mod strain;

use domain::{Format, Language, Slide};

pub(crate) use frame::Frame;
use measure::{CLEAR, Caps, Rule, Sized};
use node::Node;
use place::Stage;
use sheet::BLOCK_SHADOW;
use strain::{Strain, relax};

use crate::{
    brand::Brand,
    gate::Refusal,
    look::{Look, Place},
    scene::Scene,
    text::Setter,
    theme::{Kicker, Palette, Skin, Theme},
};

/// The inputs of a slide's layout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) theme: &'a Theme,
    pub(crate) skin: &'a Skin,
    /// The skin's palette, with the brand's accent if there is one.
    pub(crate) palette: Palette,
    pub(crate) format: Format,
    pub(crate) frame: Frame,
    pub(crate) place: Place,
    pub(crate) language: Language,
    pub(crate) brand: &'a Brand,
}

impl<'a> Page<'a> {
    /// The page of a slide.
    pub(crate) fn new(slide: &Slide, place: Place, look: &'a Look, theme: &'a Theme) -> Self {
        let skin = theme.skin(theme.mood(slide.kind()));
        let accent = look.brand.accent;
        Self {
            theme,
            skin,
            palette: accent.map_or(skin.palette, |accent| skin.palette.with_accent(accent)),
            format: look.format,
            frame: Frame::new(look.format, theme.layout.margin, theme.layout.is_lined()),
            place,
            language: look.language,
            brand: &look.brand,
        }
    }

    /// Whether it has this format.
    fn is(&self, format: Format) -> bool {
        self.format == format
    }
}

/// Lays a slide out.
///
/// # Errors
/// [`Refusal::Overflow`] if its texts do not fit at their smallest size.
pub(crate) fn scene(slide: &Slide, page: &Page<'_>, setter: &mut Setter) -> Result<Scene, Refusal> {
    let tree = compose::tree(slide, page);
    let mut body = page.frame.body;
    let (strain, sized) = fit(&tree, page, setter)?;
    body.y0 += below_head(&sized, page);
    let mut stage = Stage::new(page, strain);
    stage.place(&sized, body);
    header::furnish(&mut stage, page, slide.kind(), setter);
    footer::furnish(&mut stage, page, setter)?;
    Ok(stage.finish(page))
}

/// Measures the tree at the lowest fit level at which it is not higher than the body.
fn fit<'n>(
    tree: &'n Node,
    page: &Page<'_>,
    setter: &mut Setter,
) -> Result<(Strain, Sized<'n>), Refusal> {
    let body = page.frame.body;
    let measure = |strain| {
        let caps = Caps::new();
        let mut rule = Rule {
            theme: page.theme,
            skin: page.skin,
            setter: &mut *setter,
            strain,
            caps,
        };
        let sized = rule.measure(tree, body.width());
        // If a text had to be smaller, all texts of its role are.
        if rule.caps.is_empty() {
            sized
        } else {
            rule.measure(tree, body.width())
        }
    };
    relax(
        body.height(),
        |sized: &Sized<'_>| sized.size.height + below_head(sized, page),
        measure,
    )
    .map_err(|needs| Refusal::overflow("text", needs, body.height()))
}

/// The offset of the body's top, so that its first line keeps clear of the header and of the
/// header's shadow.
fn below_head(sized: &Sized<'_>, page: &Page<'_>) -> f64 {
    let shadow = match page.theme.layout.kicker {
        Kicker::Block => page.skin.panel.shadow.below(BLOCK_SHADOW),
        Kicker::Pill | Kicker::Plain | Kicker::Ruled | Kicker::Prompt | Kicker::Number => 0.0,
    };
    let room = page.frame.body.y0 - page.frame.header.y1 - shadow;
    (sized.reach.0 + CLEAR - room).max(0.0)
}
