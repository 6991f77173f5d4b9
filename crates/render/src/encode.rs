//! Encodes pixels as JPEG or PNG, both sRGB.

use domain::ImageKind;
use libjpeg_turbo_rs::{JpegError, PixelFormat, Subsampling};

use crate::canvas::Canvas;

/// JPEG quality. Instagram re-encodes to a lower quality; a higher value only adds bytes.
const JPEG_QUALITY: u8 = 90;

/// Why a picture could not be encoded: out of memory, or a bug.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("JPEG: {0}")]
    Jpeg(#[from] JpegError),
    #[error("PNG: {0}")]
    Png(#[from] png::EncodingError),
}

/// Encodes a canvas. `rows` is a reusable work buffer.
pub(crate) fn encode(
    canvas: &Canvas,
    kind: ImageKind,
    rows: &mut Vec<u8>,
) -> Result<Vec<u8>, EncodeError> {
    match kind {
        ImageKind::Jpeg => jpeg(canvas),
        ImageKind::Png => png(canvas, rows),
    }
}

fn jpeg(canvas: &Canvas) -> Result<Vec<u8>, EncodeError> {
    Ok(libjpeg_turbo_rs::compress(
        canvas.pixels(),
        canvas.width().into(),
        canvas.height().into(),
        PixelFormat::Rgba,
        JPEG_QUALITY,
        Subsampling::S420,
    )?)
}

fn png(canvas: &Canvas, rows: &mut Vec<u8>) -> Result<Vec<u8>, EncodeError> {
    // Without alpha: a quarter less data, and some programs show alpha as black.
    rows.clear();
    rows.extend(canvas.pixels().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]));
    let mut file = Vec::with_capacity(2 * 1024 * 1024);
    let mut encoder = png::Encoder::new(&mut file, canvas.width().into(), canvas.height().into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // Trying every filter on every row takes a sixth longer and saves 3 %.
    encoder.set_filter(png::Filter::Paeth);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rows)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use sha2::{Digest as _, Sha256};
    use zune_jpeg::{JpegDecoder, zune_core::bytestream::ZCursor};

    use super::*;

    /// Gradients, an edge and noise, with a size that no block size divides.
    fn pattern() -> Canvas {
        let (width, height) = (211_u16, 147_u16);
        let mut canvas = Canvas::filled(width, height, [0; 3]);
        let mut noise = 1_u32;
        for (i, pixel) in canvas.pixels_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (i % usize::from(width), i / usize::from(width));
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let edge = if x > y { 90 } else { 0 };
            let levels = [x + edge / 3, y + edge, 20 + edge].map(|level| level.min(240));
            for (to, level) in pixel.iter_mut().zip(levels) {
                *to = u8::try_from(level).unwrap() + noise.to_be_bytes()[0] % 4;
            }
        }
        canvas
    }

    fn encoded(kind: ImageKind) -> Vec<u8> {
        encode(&pattern(), kind, &mut Vec::new()).unwrap()
    }

    /// Holds on every processor, for all instruction sets. If a new encoder release writes other
    /// bytes, raise [`crate::VERSION`] and update the expected values.
    #[test]
    fn encoders_write_the_expected_bytes() {
        let digest = |kind| {
            let mut digest = String::new();
            for byte in &Sha256::digest(encoded(kind))[..8] {
                write!(digest, "{byte:02x}").unwrap();
            }
            digest
        };
        let digests = [ImageKind::Jpeg, ImageKind::Png].map(digest);
        assert_eq!(digests, ["43b6f8380a19ff1e", "440cf94bd43fb77e"]);
    }

    #[test]
    fn jpeg_is_baseline_and_close_to_its_pixels() {
        let (canvas, file) = (pattern(), encoded(ImageKind::Jpeg));
        // JFIF: YCbCr of sRGB. Then a baseline frame; its first component has twice the sampling
        // density.
        assert!(file[6..].starts_with(b"JFIF\0"));
        let frame = file.windows(2).position(|mark| mark == [0xff, 0xc0]);
        assert_eq!(file[frame.unwrap() + 11], 0x22);
        let mut decoder = JpegDecoder::new(ZCursor::new(&file));
        let decoded = decoder.decode().unwrap();
        assert_eq!(decoder.dimensions(), Some((211, 147)));
        let pixels = canvas.pixels().chunks_exact(4);
        let squares = pixels.zip(decoded.chunks_exact(3)).flat_map(|(was, is)| {
            (was.iter().zip(is)).map(|(was, is)| f64::from(was.abs_diff(*is)).powi(2))
        });
        let mean = squares.sum::<f64>() / f64::from(211 * 147 * 3);
        let psnr = 10.0 * (255.0_f64.powi(2) / mean).log10();
        assert!(psnr > 38.0, "{psnr:.1} dB");
    }
}
