//! [`Backend`]: the interface that draws scenes. Layout, backgrounds, quality gate and encoders are
//! the same for all back ends.

mod cpu;
mod fast_path;
#[cfg(feature = "skia")]
mod skia;

use std::{fmt, str::FromStr};

use domain::UnknownName;

use crate::{canvas::Canvas, scene::Op};

/// Draws display lists. It owns buffers, so one thread uses it at a time.
pub(crate) trait Backend: Send {
    /// Draws `ops` over `canvas`. `frost` is the smaller, blurred copy of the background that
    /// [`Op::Frost`] shows.
    fn draw(&mut self, canvas: &mut Canvas, frost: &Canvas, ops: &[Op]);
}

/// A back end; part of every cache key, because each one draws different bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BackendKind {
    /// `vello_cpu`; needs only crates from the registry.
    #[default]
    Cpu,
    /// Skia; only in builds with the feature `skia`.
    Skia,
}

/// The back end is not part of this build.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this build has no back end “{0}”: build with `--features skia`, or choose cpu")]
pub struct Unavailable(pub BackendKind);

impl BackendKind {
    /// Every back end, whether this build has it or not.
    pub const ALL: &'static [Self] = &[Self::Cpu, Self::Skia];

    /// The name that is typed, stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Skia => "skia",
        }
    }

    /// The name in cache keys. It changes when the back end draws other bytes, also because of a new
    /// version of its library.
    pub(crate) const fn cache_name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Skia => "skia-2",
        }
    }

    pub const fn is_available(self) -> bool {
        match self {
            Self::Cpu => true,
            Self::Skia => cfg!(feature = "skia"),
        }
    }

    /// Creates a new instance.
    ///
    /// # Errors
    /// [`Unavailable`] if this build does not have it.
    pub(crate) fn make(self) -> Result<Box<dyn Backend>, Unavailable> {
        match self {
            Self::Cpu => Ok(Box::new(cpu::Cpu::new())),
            #[cfg(feature = "skia")]
            Self::Skia => Ok(Box::new(skia::Skia::default())),
            #[cfg(not(feature = "skia"))]
            Self::Skia => Err(Unavailable(self)),
        }
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BackendKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.iter().copied().find(|kind| kind.name() == name);
        known.ok_or_else(|| UnknownName {
            what: "back end",
            name: name.to_owned(),
            choices: Self::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", "),
        })
    }
}
