//! The results of drawing: an encoded [`Picture`], or raw [`Pixels`].

use domain::ImageKind;

use crate::{
    canvas::Canvas,
    encode::{EncodeError, encode},
};

/// A drawn and encoded slide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file: JPEG or PNG, in sRGB, at most 8 MB.
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// A slide's pixels and their memory, which the next slide may reuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels(pub(crate) Canvas);

impl Pixels {
    /// Width and height.
    pub fn size(&self) -> (u32, u32) {
        (self.0.width().into(), self.0.height().into())
    }

    /// Red, green, blue and alpha of every pixel in sRGB, rows from the top; alpha is always 255.
    pub fn rgba(&self) -> &[u8] {
        self.0.pixels()
    }

    /// Encodes the pixels to the file that [`crate::Renderer::draw`] would have made.
    ///
    /// # Errors
    /// [`EncodeError`]; no user input causes it.
    pub fn encode(&self, image: ImageKind) -> Result<Vec<u8>, EncodeError> {
        encode(&self.0, image, &mut Vec::new())
    }
}

impl Default for Pixels {
    /// One black pixel.
    fn default() -> Self {
        Self(Canvas::filled(1, 1, [0; 3]))
    }
}
