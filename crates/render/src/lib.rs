//! Slides to pixels.
//!
//! ```text
//! Slide + Place + Look ──layout──▶ Scene ──gate──▶ back end ──▶ pixels ──▶ JPEG or PNG
//!                          ▲                          ▲
//!                  theme, fonts                ground of the theme, painted once
//! ```
//!
//! Owns how a slide looks: themes (data, in `themes/`), fonts, typography, layout, drawing, and the
//! quality gate. Knows no workflow, no network and no file but its fonts; what a slide *says* is
//! `domain`'s. Invariants: a slide is drawn whole and readable or refused with a reason; the same
//! [`Renderer::recipe`] is the same bytes; nothing in a scene belongs to a particular back end.
//!
//! A theme is one file beside `themes/aurora.toml`, registered in `src/theme/mod.rs`. Look at all
//! of them with `cargo run -p render --example gallery -- gallery.png`.

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

/// Part of every recipe: raised whenever the same input draws other bytes.
pub const VERSION: usize = 4;
