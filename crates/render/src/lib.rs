//! Draws slides as pictures.
//!
//! ```text
//! Slide + Place + Look ──layout──▶ Scene ──gate──▶ back end ──▶ pixels ──▶ JPEG or PNG
//!                          ▲                          ▲
//!                  theme, fonts                background of the theme, painted once
//! ```
//!
//! Owns how a slide looks: themes (data, in `themes/`), fonts, typography, layout, drawing, and the
//! quality gate. Knows no workflow, no network and no files but its fonts; the content of a slide
//! is `domain`'s. Invariants: a slide is drawn completely and readable, or refused with a reason;
//! the same cache key ([`Renderer::recipe`]) gives the same bytes; a scene has nothing that is
//! specific to a back end.
//!
//! A theme is one file next to `themes/aurora.toml`, registered in `src/theme/mod.rs`. To see all
//! themes: `cargo run -p render --example gallery -- gallery.png`.

mod backend;
mod brand;
mod bundle;
mod canvas;
mod encode;
mod gate;
mod ground;
mod layout;
mod look;
mod pdf;
mod picture;
mod recipe;
mod renderer;
mod scene;
mod text;
mod theme;
mod wide;

pub use backend::{BackendKind, Unavailable};
pub use brand::{Avatar, AvatarError, Brand};
pub use bundle::{Bundle, BundleError, archive};
pub use encode::EncodeError;
pub use gate::Refusal;
pub use look::{Look, Place};
pub use pdf::PdfError;
pub use picture::{Picture, Pixels};
pub use renderer::{Options, Renderer, SetupError};
pub use text::FontError;
pub use theme::ThemeError;

/// Part of every cache key: raised when the same input draws other bytes.
pub const VERSION: usize = 4;
