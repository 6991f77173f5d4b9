//! Slides to scenes: where everything stands, and how large it is.
//!
//! A [`compose`] function turns the slide into a tree of boxes; the tree is measured at rising
//! strain (sizes and gaps step down together) until it fits; what is left over is dealt out; and
//! the boxes are written into a scene. Draws nothing, and judges only whether it fits.

mod compose;
mod copy;
mod frame;
mod measure;
mod node;
mod ornament;
mod place;

use domain::{Format, Language, Slide};

pub(crate) use frame::Frame;
use measure::{Rule, Sized};
use node::Node;
use place::Stage;

use crate::{
    gate::Refusal,
    look::{Brand, Place},
    scene::Scene,
    text::Setter,
    theme::Theme,
};

/// In how many steps sizes and gaps go from their largest to their smallest.
const STEPS: u8 = 14;

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
    let mut stage = Stage {
        theme: page.theme,
        scene: Scene::default(),
        strain,
    };
    stage.place(&sized, body);
    frame::furnish(&mut stage, page, slide.kind(), setter)?;
    Ok(stage.scene)
}

/// The least strain at which the tree is no higher than the body, found by bisection: a tree never
/// gets higher when its texts get smaller.
fn fit<'n>(
    tree: &'n Node,
    page: &Page<'_>,
    setter: &mut Setter,
) -> Result<(f32, Sized<'n>), Refusal> {
    let body = page.frame.body;
    let mut measure = |step: u8| {
        let strain = f32::from(step) / f32::from(STEPS);
        let mut rule = Rule {
            theme: page.theme,
            setter: &mut *setter,
            strain,
        };
        (strain, rule.measure(tree, body.width()))
    };
    let fits = |sized: &Sized<'_>| sized.size.height <= body.height();
    let first = measure(0);
    if fits(&first.1) {
        return Ok(first);
    }
    let mut best = measure(STEPS);
    if !fits(&best.1) {
        return Err(Refusal::overflow("text", best.1.size.height, body.height()));
    }
    let (mut low, mut high) = (0, STEPS);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let tried = measure(middle);
        if fits(&tried.1) {
            (best, high) = (tried, middle);
        } else {
            low = middle;
        }
    }
    Ok(best)
}
