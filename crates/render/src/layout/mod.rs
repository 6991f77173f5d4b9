//! Layout: turns a slide into a scene with positions and sizes.
//!
//! A [`compose`] function turns the slide into a tree of nodes. The tree is measured at the lowest
//! fit level at which it fits (sizes and gaps shrink together). Free height is distributed, and the
//! nodes are written into a scene. Layout draws nothing, and checks only whether the slide fits.

mod background_shapes;
mod compose;
mod fit;
mod footer;
mod glyphs;
mod header;
mod markers;
mod measure;
mod node;
mod ornament;
mod page_frame;
mod panels;
mod placement;
mod scene_writer;
mod texts;

use domain::Slide;

use fit::{Fit, find_fit};
use measure::{CLEAR, MeasuredNode, Measurer, RoleSizeCaps};
use node::{BLOCK_SHADOW, Node};
pub(crate) use page_frame::{LayoutInput, PageFrame};
use scene_writer::SceneWriter;

use crate::{scene::Scene, slide_refusal::SlideRefusal, text::TextShaper, theme::KickerStyle};

/// Lays a slide out.
///
/// # Errors
/// [`SlideRefusal::Overflow`] if its texts do not fit at their smallest size.
pub(crate) fn scene(
    slide: &Slide,
    page: &LayoutInput<'_>,
    setter: &mut TextShaper,
) -> Result<Scene, SlideRefusal> {
    let tree = compose::tree(slide, page);
    let mut body = page.frame.body;
    let (strain, sized) = measure_to_fit(&tree, page, setter)?;
    body.y0 += offset_below_header(&sized, page);
    let mut stage = SceneWriter::new(page, strain);
    stage.place(&sized, body);
    header::draw_header(&mut stage, page, slide.kind(), setter);
    footer::draw_footer(&mut stage, page, setter)?;
    let mut under = background_shapes::visible(&stage, page);
    under.append(&mut stage.clouds);
    stage.scene.ops.splice(..0, under);
    Ok(stage.scene)
}

/// Measures the tree at the lowest fit level at which it is not higher than the body.
fn measure_to_fit<'n>(
    tree: &'n Node,
    page: &LayoutInput<'_>,
    setter: &mut TextShaper,
) -> Result<(Fit, MeasuredNode<'n>), SlideRefusal> {
    let body = page.frame.body;
    let measure = |strain| {
        let caps = RoleSizeCaps::new();
        let mut rule =
            Measurer { theme: page.theme, skin: page.skin, setter: &mut *setter, strain, caps };
        let sized = rule.measure(tree, body.width());
        // If a text had to be smaller, all texts of its role are.
        if rule.caps.is_empty() { sized } else { rule.measure(tree, body.width()) }
    };
    find_fit(
        body.height(),
        |sized: &MeasuredNode<'_>| sized.size.height + offset_below_header(sized, page),
        measure,
    )
    .map_err(|needs| SlideRefusal::overflow("text", needs, body.height()))
}

/// The offset of the body's top, so that its first line keeps clear of the header and of the
/// header's shadow.
fn offset_below_header(sized: &MeasuredNode<'_>, page: &LayoutInput<'_>) -> f64 {
    let shadow = match page.theme.layout.kicker {
        KickerStyle::Block => page.skin.panel.shadow.below(BLOCK_SHADOW),
        KickerStyle::Pill
        | KickerStyle::Plain
        | KickerStyle::Ruled
        | KickerStyle::Prompt
        | KickerStyle::Number => 0.0,
    };
    let room = page.frame.body.y0 - page.frame.header.y1 - shadow;
    (sized.reach.0 + CLEAR - room).max(0.0)
}
