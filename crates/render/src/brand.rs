//! [`SlideBrand`]: the author's marks on the slides. Input is checked once, here: a picture that is too
//! large or has a false header is refused before it is decoded, and an unreadable colour is
//! adjusted until it is readable.

mod accent;
mod avatar;

use domain::Accent;

pub use avatar::{Avatar, AvatarError};

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SlideBrand {
    /// The footer's text, such as "@name".
    pub handle: Option<String>,
    /// Shown above the handle.
    pub name: Option<String>,
    /// A picture next to the handle: a face or a logo.
    pub avatar: Option<Avatar>,
    /// Replaces the theme's accent colour.
    pub accent: Option<Accent>,
}
