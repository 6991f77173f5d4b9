//! Pixels to files: JPEG and PNG, both sRGB.

use domain::ImageKind;
use jpeg_encoder::SamplingFactor;

use crate::canvas::Canvas;

/// Quality of a JPEG: what Instagram re-encodes to is worse, what lies above is bytes.
const JPEG_QUALITY: u8 = 90;

/// Why a picture could not be encoded: only for want of memory, or by a mistake of ours.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The JPEG encoder refused.
    #[error("JPEG: {0}")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// The PNG encoder refused.
    #[error("PNG: {0}")]
    Png(#[from] png::EncodingError),
}

/// Encodes a canvas. `rows` is memory to work in.
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
    let mut file = Vec::with_capacity(512 * 1024);
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = (canvas.width(), canvas.height());
    encoder.encode(
        canvas.pixels(),
        width,
        height,
        jpeg_encoder::ColorType::Rgba,
    )?;
    Ok(file)
}

fn png(canvas: &Canvas, rows: &mut Vec<u8>) -> Result<Vec<u8>, EncodeError> {
    // Without alpha: a quarter less to compress, and some programs show alpha as black.
    rows.clear();
    rows.extend(
        canvas
            .pixels()
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]),
    );
    let mut file = Vec::with_capacity(2 * 1024 * 1024);
    let mut encoder = png::Encoder::new(&mut file, canvas.width().into(), canvas.height().into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rows)?;
    writer.finish()?;
    Ok(file)
}
