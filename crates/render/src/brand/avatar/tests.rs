//! Tests of avatar decoding: all kinds of pictures become small squares; other files and
//! decompression bombs are refused.

use super::*;

fn png_of(width: u32, height: u32, color: png::ColorType, pixel: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let pixels = pixel.repeat((width * height) as usize);
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

fn jpeg_of(side: u16, progressive: bool) -> Vec<u8> {
    let side = usize::from(side);
    let pixels = [200, 40, 40].repeat(side * side);
    libjpeg_turbo_rs::Encoder::new(&pixels, side, side, libjpeg_turbo_rs::PixelFormat::Rgb)
        .quality(90)
        .progressive(progressive)
        .encode()
        .unwrap()
}

fn middle(avatar: &Avatar) -> [u8; 4] {
    let picture = avatar.picture();
    let start =
        (usize::from(STORED_PX) * usize::from(STORED_PX) / 2 + usize::from(STORED_PX) / 2) * 4;
    picture.pixels[start..start + 4].try_into().unwrap()
}

#[test]
fn pictures_become_small_squares() {
    let cases = [
        (png_of(300, 200, png::ColorType::Rgb, &[10, 20, 30]), [10, 20, 30, 255]),
        (png_of(64, 64, png::ColorType::Rgba, &[10, 20, 30, 128]), [10, 20, 30, 128]),
        (png_of(90, 70, png::ColorType::Grayscale, &[77]), [77, 77, 77, 255]),
        (png_of(90, 70, png::ColorType::GrayscaleAlpha, &[77, 0]), [0, 0, 0, 0]),
    ];
    for (file, expected) in cases {
        assert_eq!(middle(&Avatar::decode(&file).unwrap()), expected);
    }
    for progressive in [false, true] {
        let [r, g, b, a] = middle(&Avatar::decode(&jpeg_of(500, progressive)).unwrap());
        assert!(r.abs_diff(200) < 6 && g.abs_diff(40) < 6 && b.abs_diff(40) < 6 && a == 255);
    }
}

#[test]
fn same_pixels_give_the_same_avatar() {
    let red = png_of(100, 100, png::ColorType::Rgb, &[255, 0, 0]);
    let blue = png_of(100, 100, png::ColorType::Rgb, &[0, 0, 255]);
    assert_eq!(Avatar::decode(&red), Avatar::decode(&red));
    assert_ne!(Avatar::decode(&red), Avatar::decode(&blue));
}

#[test]
fn wrong_sizes_and_other_files_are_refused() {
    let refused = |file: &[u8]| Avatar::decode(file).unwrap_err();
    assert_eq!(refused(b"GIF89a"), AvatarError::UnknownFormat);
    assert_eq!(refused(b""), AvatarError::UnknownFormat);
    let tiny = png_of(20, 300, png::ColorType::Grayscale, &[0]);
    assert_eq!(refused(&tiny), AvatarError::WrongSize { width: 20, height: 300 });
    let long = vec![0x89; MAX_FILE_BYTES + 1];
    assert!(matches!(refused(&long), AvatarError::TooManyBytes { .. }));
    let mut cut = png_of(100, 100, png::ColorType::Rgb, &[1, 2, 3]);
    cut.truncate(cut.len() / 2);
    assert!(matches!(refused(&cut), AvatarError::Broken(_)));
}

/// 60,000 × 60,000 pixels in a few hundred bytes: 14 GB once decoded.
#[test]
fn png_bomb_is_refused_by_its_header() {
    let mut bomb = png_of(100, 100, png::ColorType::Rgb, &[0, 0, 0]);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let expected = AvatarError::WrongSize { width: 60_000, height: 60_000 };
    assert_eq!(Avatar::decode(&bomb).unwrap_err(), expected);
}

/// CRC-32 as PNG defines it.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    };
    !bytes.iter().fold(!0, step)
}

#[test]
fn huge_jpeg_is_refused_by_its_header() {
    let mut bomb = jpeg_of(100, false);
    let head = bomb.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bomb[head + 5..head + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let refused = Avatar::decode(&bomb).unwrap_err();
    assert!(matches!(refused, AvatarError::WrongSize { width: 65_535, .. }), "{refused}");
}

#[test]
fn jpeg_with_many_scans_is_refused_before_decoding() {
    let file = jpeg_of(100, true);
    let scan = file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let mut bomb = file[..scan].to_vec();
    for _ in 0..1_000 {
        bomb.extend_from_slice(&file[scan..scan + 40]);
    }
    let refused = Avatar::decode(&bomb).unwrap_err();
    assert!(matches!(refused, AvatarError::TooManyScans { .. }), "{refused}");
}
