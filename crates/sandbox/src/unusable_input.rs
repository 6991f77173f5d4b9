//! [`UnusableInput`]: why a page or a file has no text that can be used.

/// Why an input has no text for us. It does not depend on the time: a retry does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableInput {
    #[error("there is no article in it")]
    NoArticle,
    /// A scan, or fonts that do not name their letters.
    #[error("there is no text in it, only pictures")]
    NoText,
    #[error("it has a password")]
    Encrypted,
    #[error("it is damaged")]
    Damaged,
    /// An archive that is no text document: a spreadsheet, slides, a ZIP.
    #[error("it is no text document")]
    NoDocument,
    /// A format of Office before 2007, or a document with a password.
    #[error("it has an old format or a password")]
    OldFormat,
}

impl UnusableInput {
    pub(crate) const ALL: [Self; 6] = [
        Self::NoArticle,
        Self::NoText,
        Self::Encrypted,
        Self::Damaged,
        Self::NoDocument,
        Self::OldFormat,
    ];

    /// The exit code of the child.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::NoArticle => 3,
            Self::NoText => 10,
            Self::Encrypted => 11,
            Self::Damaged => 12,
            Self::NoDocument => 13,
            Self::OldFormat => 14,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}
