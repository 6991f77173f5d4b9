//! Slides to scenes: where everything stands, and how large it is.
//!
//! A [`compose`] function turns the slide into a tree of boxes; the tree is measured at the least
//! strain (sizes and gaps step down together) at which it fits; what is left over is dealt out; and
//! the boxes are written into a scene. Draws nothing, and judges only whether it fits.

mod compose;
mod copy;
mod frame;
mod measure;
mod node;
mod ornament;
mod place;
mod strain;

use domain::{Format, Language, Slide};

pub(crate) use frame::Frame;
use measure::{Caps, Rule, Sized};
use node::Node;
use place::Stage;
use strain::{Strain, relax};

use crate::{
    gate::Refusal,
    look::{Brand, Place},
    scene::Scene,
    text::Setter,
    theme::Theme,
};

/// What a slide is laid out for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) theme: &'a Theme,
    pub(crate) format: Format,
    pub(crate) frame: Frame,
    pub(crate) place: Place,
    pub(crate) language: Language,
    pub(crate) brand: &'a Brand,
}

impl Page<'_> {
    /// Whether it has this format.
    fn is(&self, format: Format) -> bool {
        self.format == format
    }
}

/// Lays a slide out.
///
/// # Errors
/// [`Refusal::Overflow`] when its words do not fit at their smallest.
pub(crate) fn scene(slide: &Slide, page: &Page<'_>, setter: &mut Setter) -> Result<Scene, Refusal> {
    let tree = compose::tree(slide, page);
    let body = page.frame.body;
    let (strain, sized) = fit(&tree, page, setter)?;
    let mut stage = Stage::new(page.theme, strain);
    stage.place(&sized, body);
    frame::furnish(&mut stage, page, slide.kind(), setter)?;
    Ok(stage.finish())
}

/// The tree at the least strain at which it is no higher than the body.
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
            setter: &mut *setter,
            strain,
            caps,
        };
        let sized = rule.measure(tree, body.width());
        // What had to be smaller in one place is smaller in all.
        if rule.caps.is_empty() {
            sized
        } else {
            rule.measure(tree, body.width())
        }
    };
    relax(
        body.height(),
        |sized: &Sized<'_>| sized.size.height,
        measure,
    )
    .map_err(|needs| Refusal::overflow("text", needs, body.height()))
}
