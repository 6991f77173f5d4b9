//! The characters of a file without a stated encoding.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;

/// Most bytes that the encoding is guessed from.
const GUESSED_BYTES: usize = 64 * 1024;

/// Decodes the bytes of a text file: by its byte order mark, as UTF-8, else in the encoding that
/// its bytes are most like. `None` if it is no text: a picture, an archive, an office document.
pub fn decode(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, had_errors) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return (!had_errors).then(|| text.into_owned());
    }
    if bytes.iter().any(|byte| is_binary(*byte)) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(GUESSED_BYTES)], true);
    let (text, had_errors) =
        detector.guess(None, Utf8Detection::Deny).decode_without_bom_handling(bytes);
    (!had_errors).then(|| text.into_owned())
}

/// Control characters that no text has.
fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=8 | 14..=26 | 28..=31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "Тесты дают смелость менять код. Без них каждая правка пугает.";

    #[test]
    fn usual_encodings_of_russian_are_decoded() {
        for encoding in [encoding_rs::WINDOWS_1251, encoding_rs::KOI8_R, encoding_rs::IBM866] {
            let (bytes, _, _) = encoding.encode(TEXT);
            assert_eq!(decode(&bytes).as_deref(), Some(TEXT), "{}", encoding.name());
        }
        assert_eq!(decode(TEXT.as_bytes()).as_deref(), Some(TEXT));
    }

    #[test]
    fn byte_order_marks_are_obeyed() {
        let utf16: Vec<u8> =
            [0xfeff].into_iter().chain(TEXT.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16).as_deref(), Some(TEXT));
        assert_eq!(decode(b"\xef\xbb\xbfHello").as_deref(), Some("Hello"));
    }

    #[test]
    fn western_text_is_decoded() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode("Le café est très agréable à l’été.");
        assert_eq!(decode(&bytes).as_deref(), Some("Le café est très agréable à l’été."));
    }

    #[test]
    fn binary_files_are_no_text() {
        assert_eq!(decode(b"PK\x03\x04\x14\x00"), None);
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), None);
        assert_eq!(decode(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&bytes);
        }
    }
}
