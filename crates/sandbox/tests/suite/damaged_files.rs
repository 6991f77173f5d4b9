//! Files with damaged bytes: each gives a text or a reason, without a panic.

use proptest::{collection::vec, prelude::*};
use sandbox::{FileFormat, extract_without_limits};

use crate::{
    files::article_pages,
    office_files::{docx, docx_paragraph, pdf},
};

/// `file` with these bytes replaced, and cut after a share of its length, in percent.
fn damaged(file: &[u8], changes: &[(usize, u8)], kept: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    for (at, byte) in changes {
        let at = at % file.len();
        file[at] = *byte;
    }
    file.truncate(file.len() * kept / 100);
    file
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_give_a_text_or_a_reason(
        changes in vec((any::<usize>(), any::<u8>()), 1..30),
        kept in 20_usize..=100,
    ) {
        let body = docx_paragraph("1", "Heading") + &docx_paragraph("item", "An item of a list");
        for (format, file) in [(FileFormat::Pdf, pdf(&article_pages())), (FileFormat::Docx, docx(&body))] {
            let _ = extract_without_limits(format, damaged(&file, &changes, kept));
        }
    }
}
