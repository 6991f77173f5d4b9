//! [`Brand`]: whose carousel it is. What people send us (a picture, a colour) is judged here, once:
//! a picture that is too large or lies about itself is refused before it is decoded, and a colour
//! that could not be read is moved until it can.

mod accent;
mod avatar;

use domain::Accent;

pub use avatar::{Avatar, AvatarError};

/// Whose carousel it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Brand {
    /// What stands in the footer, as it shall be read: "@name".
    pub handle: Option<String>,
    /// A name, above the handle.
    pub name: Option<String>,
    /// A picture beside them: a face or a logo.
    pub avatar: Option<Avatar>,
    /// The accent colour, instead of the theme's.
    pub accent: Option<Accent>,
}
