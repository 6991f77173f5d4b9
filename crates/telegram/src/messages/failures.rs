//! What a user reads after a failure: one phrase for each kind and each problem of a model.
//!
//! The reason, a text for developers, never reaches the chat.

use domain::{
    CarouselId, Language, Offer, SlideError, TextError,
    failure::{FailureCause, FailureKind, ModelFailure, ModelProblem},
};

use super::{button, row};
use crate::{Html, Keyboard, Phrase, action::Action};

pub fn cancelled(language: Language) -> Html {
    Phrase::Cancelled.html(language)
}

/// The text for a failed carousel, with the offer; `topic` is `None` if it is not known.
pub fn failed(language: Language, topic: Option<&str>, cause: &FailureCause, offer: Offer) -> Html {
    let why = cause.model.as_ref().map(|model| problem(language, model));
    let said = failed_phrase(cause.kind, why.as_deref());
    let said = said.html(language);
    let offer = match offer {
        Offer::Offline => Some(Phrase::OfferOffline),
        Offer::Questions => Some(Phrase::OfferQuestions),
        Offer::Nothing => None,
    };
    let said = match offer {
        Some(offer) => said.append(&Html::text(" ")).append(&offer.html(language)),
        None => said,
    };
    match topic {
        Some(topic) => {
            Phrase::FailedAbout { topic }.html(language).append(&Html::text("\n")).append(&said)
        }
        None => said,
    }
}

/// The reason of a failed carousel as plain text, without an offer.
pub fn failed_reason(language: Language, cause: &FailureCause) -> String {
    let why = cause.model.as_ref().map(|model| problem(language, model));
    failed_phrase(cause.kind, why.as_deref()).plain(language)
}

fn failed_phrase(kind: FailureKind, why: Option<&str>) -> Phrase<'_> {
    use FailureKind as K;
    match (kind, why) {
        (K::ProviderFailed | K::Unavailable | K::Timeout, Some(why)) => Phrase::FailedModel { why },
        (K::ProviderFailed, None) => Phrase::FailedProvider,
        (K::Unavailable | K::Timeout, None) => Phrase::FailedUnavailable,
        (K::InvalidInput, _) => Phrase::FailedInput,
        (K::QuotaExceeded, _) => Phrase::FailedQuota,
        (K::TooManyOpen, _) => Phrase::FailedOpen,
        (K::BudgetExceeded, _) => Phrase::FailedBudget,
        (K::SourceRefused, _) => Phrase::FailedSource,
        (K::SourceScan, _) => Phrase::FileScan,
        (K::SourceEncrypted, _) => Phrase::FileEncrypted,
        (K::SourceDamaged, _) => Phrase::FileDamaged,
        (K::SourceNoDocument, _) => Phrase::FileArchive,
        (K::SourceOldFormat, _) => Phrase::FileOldFormat,
        (K::SlideRefused, _) => Phrase::FailedText,
        (K::Missing, _) => Phrase::FailedMissing,
        (K::Over, _) => Phrase::FailedOver,
        (K::DestinationRefused | K::ChatClosed, _) => Phrase::FailedDestination,
        (K::AccessRefused, _) => Phrase::FailedAccess,
        (K::DeadlineExceeded, _) => Phrase::FailedDeadline,
        (K::NothingNew, _) => Phrase::EditNothingNew,
        (K::TooLate, _) => Phrase::EditTooLate,
        (K::DraftClosed, _) => Phrase::OutlineClosed,
        (K::Undecodable | K::Application | K::Other | K::Lost | K::Unrecognized, _) => {
            Phrase::FailedLost
        }
    }
}

/// The button under [`failed`].
pub fn after_failure(language: Language, carousel: &CarouselId, offer: Offer) -> Keyboard {
    let carousel = carousel.clone();
    let (phrase, press) = match offer {
        Offer::Offline => (Phrase::ButtonOffline, Action::Again { carousel, offline: true }),
        Offer::Questions => (Phrase::ButtonQuestions, Action::Questions { carousel }),
        Offer::Nothing => return Keyboard::default(),
    };
    Keyboard::rows([row([button(phrase, language, &press)])])
}

/// The text after a failed edit.
pub fn unchanged(language: Language, cause: &FailureCause) -> Html {
    let why = cause.model.as_ref().map(|model| problem(language, model));
    unchanged_phrase(cause.kind, why.as_deref()).html(language)
}

/// The same as plain text.
pub fn unchanged_reason(language: Language, cause: &FailureCause) -> String {
    let why = cause.model.as_ref().map(|model| problem(language, model));
    unchanged_phrase(cause.kind, why.as_deref()).plain(language)
}

fn unchanged_phrase(kind: FailureKind, why: Option<&str>) -> Phrase<'_> {
    use FailureKind as K;
    match (kind, why) {
        (K::ProviderFailed | K::Unavailable | K::Timeout, Some(why)) => Phrase::EditModel { why },
        (K::ProviderFailed, None) => Phrase::EditProvider,
        (K::Unavailable | K::Timeout, None) => Phrase::EditUnavailable,
        (
            K::InvalidInput
            | K::SourceRefused
            | K::SourceScan
            | K::SourceEncrypted
            | K::SourceDamaged
            | K::SourceNoDocument
            | K::SourceOldFormat,
            _,
        ) => Phrase::EditInput,
        (K::QuotaExceeded | K::TooManyOpen, _) => Phrase::EditQuota,
        (K::BudgetExceeded, _) => Phrase::EditBudget,
        (K::SlideRefused, _) => Phrase::EditTooLong,
        (K::Missing, _) => Phrase::EditMissing,
        (K::Over | K::Lost | K::DraftClosed, _) => Phrase::EditOver,
        (K::DestinationRefused | K::ChatClosed, _) => Phrase::EditDestination,
        (K::AccessRefused, _) => Phrase::EditAccess,
        (K::DeadlineExceeded, _) => Phrase::EditDeadline,
        (K::NothingNew, _) => Phrase::EditNothingNew,
        (K::TooLate, _) => Phrase::EditTooLate,
        (K::Undecodable | K::Application | K::Other | K::Unrecognized, _) => Phrase::EditBroken,
    }
}

/// Why a text can't become a slide.
pub fn slide_refused(error: &SlideError) -> Phrase<'static> {
    match error {
        SlideError::Text { error: TextError::TooLong { .. }, .. } | SlideError::Code { .. } => {
            Phrase::EditTooLong
        }
        SlideError::Items { count, .. } | SlideError::Rows(count) if *count > 0 => {
            Phrase::EditTooLong
        }
        SlideError::Text { .. }
        | SlideError::Items { .. }
        | SlideError::Rows(_)
        | SlideError::Emoji(_)
        | SlideError::Name(_) => Phrase::EditIncomplete,
    }
}

/// The text after a failed question or daily tip.
pub fn unanswered(language: Language, cause: &FailureCause) -> Html {
    use FailureKind as K;
    let why = cause.model.as_ref().map(|model| problem(language, model));
    match (cause.kind, why.as_deref()) {
        (K::ProviderFailed | K::Unavailable | K::Timeout, Some(why)) => Phrase::AskModel { why },
        (K::BudgetExceeded, _) => Phrase::AskBudget,
        (K::QuotaExceeded | K::TooManyOpen, _) => Phrase::AskQuota,
        (K::AccessRefused, _) => Phrase::AskAccess,
        (
            K::InvalidInput
            | K::SourceRefused
            | K::SourceScan
            | K::SourceEncrypted
            | K::SourceDamaged
            | K::SourceNoDocument
            | K::SourceOldFormat
            | K::SlideRefused
            | K::NothingNew,
            _,
        ) => Phrase::AskInput,
        (K::ProviderFailed | K::Unavailable | K::Timeout, None) | (K::DeadlineExceeded, _) => {
            Phrase::AskUnavailable
        }
        (
            K::Missing
            | K::Over
            | K::DestinationRefused
            | K::ChatClosed
            | K::Undecodable
            | K::Application
            | K::Other
            | K::Lost
            | K::TooLate
            | K::DraftClosed
            | K::Unrecognized,
            _,
        ) => Phrase::AskBroken,
    }
    .html(language)
}

/// What went wrong with a model, and what to do.
fn problem(language: Language, failure: &ModelFailure) -> String {
    use ModelProblem as P;
    let near = quoted(language, &failure.nearest_notes);
    let minutes = u64::from(failure.wait_seconds.div_ceil(60).max(1));
    match failure.problem {
        P::Unreachable => Phrase::ModelUnreachable,
        P::TimedOut => Phrase::ModelTimedOut,
        P::ConnectionBroken => Phrase::ModelConnection,
        P::NotAModelService => Phrase::ModelAddress,
        P::Busy => Phrase::ModelBusy,
        P::BusyTooLong => Phrase::ModelBusyLong { minutes },
        P::QuotaUsedUp => Phrase::ModelQuota,
        P::KeyRefused => Phrase::ModelKey,
        P::NotAllowed => Phrase::ModelNotAllowed,
        P::ModelNotFound => Phrase::ModelNotFound,
        P::ContentRefused => Phrase::ModelContent,
        P::InputTooLong => Phrase::ModelTooLong,
        P::ServerError => Phrase::ModelServer,
        P::CannotListen => Phrase::ModelDeaf,
        P::UnusableReply => Phrase::ModelUnusable,
        P::WrongLanguage => Phrase::ModelWrongLanguage,
        P::BreakerOpen => Phrase::ModelBreaker { minutes },
        P::Refused => Phrase::ModelRefused,
        P::NeedsModel => Phrase::ModelNeeded,
        P::LanguageNeedsModel => Phrase::ModelLanguage,
        P::NotCovered if near.is_empty() => Phrase::ModelNotCovered,
        P::NotCovered => Phrase::ModelNotCoveredNear { notes: &near },
        P::NotConfigured => Phrase::ModelNotConfigured,
        P::Unrecognized => Phrase::ModelUnknown,
    }
    .plain(language)
}

/// Titles in quotation marks, separated by commas.
fn quoted(language: Language, titles: &[String]) -> String {
    let quoted = titles.iter().map(|title| match language {
        Language::Ru => format!("«{title}»"),
        Language::En => format!("“{title}”"),
    });
    quoted.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latin words that a Russian text may contain: brands, abbreviations and commands.
    const ALLOWED: [&str; 9] =
        ["Telegram", "UTC", "/wisdom", "/schedule", "/cancel", "PDF", ".pdf", ".docx", ".csv"];

    fn of_provider(model: ModelFailure) -> FailureCause {
        FailureCause { kind: FailureKind::ProviderFailed, model: Some(Box::new(model)) }
    }

    fn texts(language: Language) -> Vec<(String, String)> {
        let problems = ModelProblem::ALL.iter().flat_map(|problem| {
            [1, 7, 600].map(|wait_seconds| {
                Some(Box::new(ModelFailure {
                    provider: "openai".to_owned(),
                    problem: *problem,
                    code: "rate_limit_exceeded".to_owned(),
                    wait_seconds,
                    ..ModelFailure::default()
                }))
            })
        });
        let models: Vec<Option<Box<ModelFailure>>> =
            std::iter::once(None).chain(problems).collect();
        let mut all = vec![("cancelled".to_owned(), cancelled(language))];
        for kind in FailureKind::ALL {
            for model in &models {
                let name = format!("{kind}, {:?}", model.as_ref().map(|m| m.problem));
                let cause = &FailureCause { kind: *kind, model: model.clone() };
                all.extend([
                    (name.clone(), failed(language, None, cause, Offer::Offline)),
                    (name.clone(), failed(language, None, cause, Offer::Questions)),
                    (name.clone(), failed(language, None, cause, Offer::Nothing)),
                    (name.clone(), unchanged(language, cause)),
                    (name, unanswered(language, cause)),
                ]);
            }
        }
        let shown = |(name, html): (String, Html)| (name, html.markup().to_owned());
        all.into_iter().map(shown).collect()
    }

    #[test]
    fn russian_texts_contain_no_latin_words() {
        for (name, text) in texts(Language::Ru) {
            let rest = ALLOWED.iter().fold(text.clone(), |rest, word| rest.replace(word, ""));
            assert!(!rest.chars().any(|c| c.is_ascii_alphabetic()), "{name}: {text}");
        }
    }

    #[test]
    fn english_texts_contain_no_names_of_ours() {
        for (name, text) in texts(Language::En) {
            for ours in ["openai", "rate_limit", "provider", "activity", "worker", "workflow"] {
                assert!(!text.contains(ours), "{name}: {text}");
            }
            assert!(text.ends_with(['.', '!']), "{name}: {text}");
        }
    }

    #[test]
    fn failures_claim_nothing_about_a_quota() {
        for language in Language::ALL {
            for (name, text) in texts(*language) {
                let text = text.to_lowercase();
                assert!(!text.contains("quota") && !text.contains("квот"), "{name}: {text}");
            }
        }
    }

    #[test]
    fn draft_from_notes_is_mentioned_only_if_offered() {
        for language in Language::ALL {
            let offer = Phrase::OfferOffline.plain(*language);
            let notes =
                if *language == Language::Ru { "черновик из" } else { "a draft from" };
            for kind in FailureKind::ALL {
                let said = |offer| failed(*language, None, &(*kind).into(), offer);
                assert!(said(Offer::Offline).markup().ends_with(&offer), "{kind}");
                assert!(!said(Offer::Nothing).markup().contains(notes), "{kind}");
            }
        }
    }

    #[test]
    fn each_problem_of_a_model_has_its_own_text() {
        for language in Language::ALL {
            let said = ModelProblem::ALL.iter().map(|problem| {
                let failure = ModelFailure { problem: *problem, ..ModelFailure::default() };
                failed(*language, None, &of_provider(failure), Offer::Offline)
            });
            let said: std::collections::BTreeSet<String> =
                said.map(|html| html.markup().to_owned()).collect();
            assert_eq!(said.len(), ModelProblem::ALL.len());
        }
    }

    #[test]
    fn uncovered_topic_text_names_nearest_notes_and_offers_questions() {
        let failure = ModelFailure {
            problem: ModelProblem::NotCovered,
            nearest_notes: vec!["Имена".to_owned(), "Тесты".to_owned()],
            ..ModelFailure::default()
        };
        let said = failed(Language::Ru, None, &of_provider(failure), Offer::Questions);
        assert!(said.markup().contains("Ближайшие заметки: «Имена», «Тесты»."), "{said:?}");
        assert!(said.markup().contains("карусель вопросов"), "{said:?}");
        let carousel = CarouselId::parse("carousel-tg-1-2-3").unwrap();
        let keyboard = after_failure(Language::Ru, &carousel, Offer::Questions);
        assert!(format!("{keyboard:?}").contains("q:tg-1-2-3"), "{keyboard:?}");
    }

    #[test]
    fn failure_names_its_topic() {
        for language in Language::ALL {
            for kind in FailureKind::ALL {
                let said = failed(*language, Some("A & B"), &(*kind).into(), Offer::Offline);
                let reason = failed(*language, None, &(*kind).into(), Offer::Offline);
                let (topic, rest) = said.markup().split_once('\n').unwrap();
                assert!(topic.contains("A &amp; B"), "{topic}");
                assert_eq!(rest, reason.markup());
            }
        }
    }

    #[test]
    fn wait_is_rounded_up_to_minutes() {
        let said = |wait_seconds| {
            let failure = ModelFailure {
                problem: ModelProblem::BusyTooLong,
                wait_seconds,
                ..ModelFailure::default()
            };
            problem(Language::Ru, &failure)
        };
        assert!(said(59).contains("1 минуту"));
        assert!(said(121).contains("3 минуты"));
        assert!(said(600).contains("10 минут."));
    }
}
