//! [`Backend`]: what draws scenes. Layout, ground, gate and encoders are the same for all of them.

mod cpu;

use crate::{canvas::Canvas, scene::Op};

pub(crate) use cpu::Cpu;

/// Draws display lists. Has buffers, so one thread uses it at a time.
pub(crate) trait Backend: Send {
    /// Draws `ops` over `canvas`. `frost` is the canvas behind frosted glass, smaller: what
    /// [`Op::Frost`] shows.
    fn draw(&mut self, canvas: &mut Canvas, frost: &Canvas, ops: &[Op]);
}

/// The back end's name: part of every recipe, since another back end draws other bytes.
pub(crate) const NAME: &str = "cpu";

/// A fresh back end.
pub(crate) fn new() -> Box<dyn Backend> {
    Box::new(Cpu::new())
}
