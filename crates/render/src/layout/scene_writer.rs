//! [`SceneWriter`]: the scene that is being written. Each module that draws adds its methods.

use peniko::kurbo::Rect;

use super::{fit::Fit, page_frame::LayoutInput};
use crate::{
    scene::{Op, Scene},
    theme::{Palette, Skin, Theme},
};

/// The scene being written, with its page and fit level.
pub(super) struct SceneWriter<'a> {
    pub(super) theme: &'a Theme,
    pub(super) skin: &'a Skin,
    pub(super) palette: Palette,
    pub(super) text_on_background: Vec<Rect>,
    /// Clouds, drawn below everything else, so that none covers text.
    pub(super) clouds: Vec<Op>,
    pub(super) scene: Scene,
    pub(super) strain: Fit,
}

impl<'a> SceneWriter<'a> {
    pub(super) fn new(page: &LayoutInput<'a>, strain: Fit) -> Self {
        Self {
            theme: page.theme,
            skin: page.skin,
            palette: page.palette,
            text_on_background: Vec::new(),
            clouds: Vec::new(),
            scene: Scene::default(),
            strain,
        }
    }
}
