//! [`Format`] and [`ImageKind`], and the macro that gives an enum its table of names.

use serde::{Deserialize, Serialize};

/// A name that is not in an enum's table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} “{name}”: choose one of {choices}")]
pub struct UnknownName {
    /// The kind of value, such as `format`.
    pub what: &'static str,
    pub name: String,
    /// The valid names, joined by commas.
    pub choices: String,
}

/// Gives a field-less enum `ALL`, `name`, `Display` and `FromStr` from one table. A variant without
/// a name does not compile.
#[macro_export]
macro_rules! named {
    ($type:ident, $what:literal, { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every variant, in the order in which the user interface offers them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name that is typed, stored and shown.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, $crate::UnknownName> {
                Self::ALL.iter().copied().find(|v| v.name() == name).ok_or_else(|| {
                    $crate::UnknownName {
                        what: $what,
                        name: name.to_owned(),
                        choices: Self::ALL.iter().map(|v| v.name()).collect::<Vec<_>>().join(", "),
                    }
                })
            }
        }
    };
}

/// The size of a slide. Instagram recommends a width of 1080 pixels for all formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// 1080×1350, the tallest that Instagram shows in the feed.
    #[serde(rename = "4x5")]
    Portrait,
    /// 1080×1080.
    #[serde(rename = "1x1")]
    Square,
    /// 1080×1920, for stories.
    #[serde(rename = "9x16")]
    Story,
}

named!(Format, "format", {
    Portrait => "4x5",
    Square => "1x1",
    Story => "9x16",
});

impl Format {
    /// Width and height in pixels.
    pub const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Portrait => (1080, 1350),
            Self::Square => (1080, 1080),
            Self::Story => (1080, 1920),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageKind {
    /// JPEG, quality 90: what Instagram's publishing API takes.
    Jpeg,
    /// Lossless.
    Png,
}

named!(ImageKind, "image kind", {
    Jpeg => "jpeg",
    Png => "png",
});

impl ImageKind {
    /// The file name's extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_format_name_lists_the_choices() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().as_ref(), Ok(format));
        }
        let error = "16x9".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "unknown format “16x9”: choose one of 4x5, 1x1, 9x16");
    }

    #[test]
    fn serde_uses_the_same_names() {
        for kind in ImageKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        for format in Format::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
        }
    }
}
