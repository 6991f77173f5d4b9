//! [`Avatar`]: a user's picture, checked and reduced to the size that is drawn.

use std::{fmt, io::Cursor, sync::Arc};

use sha2::{Digest, Sha256};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use crate::scene::Bitmap;

/// Maximum file size, in bytes. Ours: a phone's photo has 2 to 4 MB.
const MAX_FILE_BYTES: usize = 5 * 1024 * 1024;

/// Minimum and maximum side, in pixels. Ours: smaller pictures look blurred, larger ones only cost
/// memory.
const SIDE_PX: (u32, u32) = (64, 4096);

/// Maximum number of scans of a JPEG: a progressive one has about ten, a decompression bomb
/// thousands.
const MAX_SCANS: usize = 40;

/// Sides of the stored squares, in pixels: about twice the drawn sizes, in the footer and on a cover.
const STORED_PX: u16 = 144;
const PORTRAIT_PX: u16 = 480;

/// A face or a logo: two squares, of 144 and 480 pixels, for every file size. Cheap to clone.
#[derive(Clone)]
pub struct Avatar {
    picture: Arc<Bitmap>,
    portrait: Arc<Bitmap>,
    digest: [u8; 32],
}

/// Why a file is refused as an avatar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AvatarError {
    /// Larger than 5 MiB.
    #[error("the picture's file has {bytes} bytes, at most {MAX_FILE_BYTES} are taken")]
    TooManyBytes { bytes: usize },
    #[error("the picture is neither PNG nor JPEG")]
    UnknownFormat,
    /// A side is shorter than 64 or longer than 4096 pixels.
    #[error(
        "the picture is {width}×{height} px, {}×{} to {}×{} px are taken",
        SIDE_PX.0, SIDE_PX.0, SIDE_PX.1, SIDE_PX.1
    )]
    WrongSize {
        /// From the file's header.
        width: u32,
        /// From the file's header.
        height: u32,
    },
    /// More than 40 scans: decoding would be slow.
    #[error("the JPEG has {scans} scans, at most {MAX_SCANS} are taken")]
    TooManyScans { scans: usize },
    /// The decoder's message.
    #[error("the picture can't be decoded: {0}")]
    Broken(String),
}

impl Avatar {
    /// Decodes a PNG or a JPEG and keeps a small square from its centre. The size is read from the
    /// file's header and checked before any pixel is decoded.
    pub fn decode(file: &[u8]) -> Result<Self, AvatarError> {
        if file.len() > MAX_FILE_BYTES {
            return Err(AvatarError::TooManyBytes { bytes: file.len() });
        }
        let picture = if file.starts_with(b"\x89PNG\r\n\x1a\n") {
            png(file)?
        } else if file.starts_with(&[0xff, 0xd8, 0xff]) {
            jpeg(file)?
        } else {
            return Err(AvatarError::UnknownFormat);
        };
        let portrait = centre_square(&picture, PORTRAIT_PX);
        Ok(Self {
            digest: Sha256::digest(&portrait.pixels).into(),
            picture: Arc::new(centre_square(&picture, STORED_PX)),
            portrait: Arc::new(portrait),
        })
    }

    /// The larger square, for covers.
    pub(crate) fn portrait(&self) -> Arc<Bitmap> {
        Arc::clone(&self.portrait)
    }

    pub(crate) fn picture(&self) -> Arc<Bitmap> {
        Arc::clone(&self.picture)
    }

    /// SHA-256 of its pixels, for cache keys.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl fmt::Debug for Avatar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Avatar").finish_non_exhaustive()
    }
}

impl PartialEq for Avatar {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Avatar {}

impl std::hash::Hash for Avatar {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// RGBA pixels.
struct Decoded {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

fn check_size(width: u32, height: u32) -> Result<(), AvatarError> {
    let fits = |side: u32| (SIDE_PX.0..=SIDE_PX.1).contains(&side);
    if fits(width) && fits(height) { Ok(()) } else { Err(AvatarError::WrongSize { width, height }) }
}

fn broken(error: impl fmt::Display) -> AvatarError {
    AvatarError::Broken(error.to_string())
}

fn png(file: &[u8]) -> Result<Decoded, AvatarError> {
    let limits = png::Limits { bytes: 80 * 1024 * 1024 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    // Text chunks and profiles can unpack to any size and are not needed.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let head = decoder.read_header_info().map_err(broken)?;
    check_size(head.width, head.height)?;
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = reader.output_buffer_size().ok_or_else(|| broken("it does not fit into memory"))?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(frame.buffer_size());
    if frame.color_type == png::ColorType::GrayscaleAlpha {
        pixels = pixels
            .chunks_exact(2)
            .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]])
            .collect();
    }
    check_complete(frame.width as usize, frame.height as usize, pixels)
}

fn jpeg(file: &[u8]) -> Result<Decoded, AvatarError> {
    // Marker bytes inside scan data are escaped, so this counts only scans.
    let scans = file.windows(2).filter(|pair| **pair == [0xff, 0xda]).count();
    if scans > MAX_SCANS {
        return Err(AvatarError::TooManyScans { scans });
    }
    let side = SIDE_PX.1 as usize;
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGBA)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(broken)?;
    let (width, height) = decoder.dimensions().ok_or_else(|| broken("it has no size"))?;
    check_size(
        u32::try_from(width).unwrap_or(u32::MAX),
        u32::try_from(height).unwrap_or(u32::MAX),
    )?;
    debug_assert!(width <= side && height <= side);
    let pixels = decoder.decode().map_err(broken)?;
    check_complete(width, height, pixels)
}

fn check_complete(width: usize, height: usize, pixels: Vec<u8>) -> Result<Decoded, AvatarError> {
    if pixels.len() == width * height * 4 {
        Ok(Decoded { width, height, pixels })
    } else {
        Err(broken("it ends too early"))
    }
}

/// The centre square, averaged down to `kept_px` pixels a side.
fn centre_square(picture: &Decoded, kept_px: u16) -> Bitmap {
    let side = picture.width.min(picture.height);
    let (left, top) = ((picture.width - side) / 2, (picture.height - side) / 2);
    let kept = usize::from(kept_px);
    let mut pixels = Vec::with_capacity(kept * kept * 4);
    // At least one pixel each, for pictures that are enlarged.
    let span = |at: usize| {
        let from = at * side / kept;
        from..((at + 1) * side / kept).max(from + 1)
    };
    for row in 0..kept {
        for column in 0..kept {
            let (mut color, mut alpha, mut count) = ([0_u64; 3], 0_u64, 0_u64);
            for y in span(row) {
                for x in span(column) {
                    let start = ((top + y) * picture.width + left + x) * 4;
                    let pixel = &picture.pixels[start..start + 4];
                    let dense = u64::from(pixel[3]);
                    color = std::array::from_fn(|c| color[c] + u64::from(pixel[c]) * dense);
                    alpha += dense;
                    count += 1;
                }
            }
            let level = |sum: u64, of: u64| u8::try_from((sum + of / 2) / of.max(1)).unwrap_or(255);
            pixels.extend(color.map(|sum| level(sum, alpha)));
            pixels.push(level(alpha, count));
        }
    }
    Bitmap { width: kept_px, height: kept_px, pixels }
}

#[cfg(test)]
mod tests;
