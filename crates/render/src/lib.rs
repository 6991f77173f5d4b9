//! Draws slides as pictures.
//!
//! ```text
//! Slide + RenderOptions ──layout──▶ Scene ──gate──▶ back end ──▶ pixels ──▶ JPEG or PNG
//!                          ▲                           ▲
//!                   theme, fonts         background of the theme, painted once
//! ```
//!
//! Owns how a slide looks: themes (data, in `themes/`), fonts, typography, layout, drawing, and the
//! quality gate. Knows no workflow, no network and no files but its fonts; the content of a slide
//! is `domain`'s. Invariants: a slide is drawn completely and readable, or refused with a reason;
//! the same cache key ([`Renderer::cache_key`]) gives the same bytes; a scene has nothing that is
//! specific to a back end.
//!
//! A theme is one file next to `themes/aurora.toml`, registered in `src/theme/mod.rs`. To see all
//! themes: `cargo run -p render --example gallery -- gallery.png`.

mod backend;
mod background;
mod background_probe;
mod brand;
mod bundle;
mod cache_key;
mod canvas;
mod contact_sheet;
mod encode;
mod language_file;
mod layout;
mod legibility;
mod pdf;
mod picture;
mod quality_gate;
mod render_options;
mod renderer;
mod scene;
mod simd;
mod slide_refusal;
mod text;
mod theme;

pub use backend::{BackendKind, Unavailable};
pub use brand::{Avatar, AvatarError, SlideBrand};
pub use bundle::{Bundle, BundleError, archive};
pub use contact_sheet::ContactSheet;
pub use encode::EncodeError;
pub use pdf::PdfError;
pub use picture::{Picture, Pixels};
pub use render_options::{RenderOptions, SlidePosition};
pub use renderer::{Renderer, RendererConfig, RendererSetupError};
pub use slide_refusal::SlideRefusal;
pub use text::FontError;
pub use theme::{ThemeError, built_in_themes};
