//! What a user reads after a failure: one phrase for each kind and each problem of a model.
//!
//! The reason, a text for developers, never reaches the chat.

use domain::{
    CarouselId, Language,
    failure::{FailureKind, ModelFailure, ModelProblem},
};

use super::{button, row};
use crate::{Html, Keyboard, Phrase, action::Action};

/// The text for a cancelled carousel.
pub fn cancelled(language: Language) -> Html {
    Phrase::Cancelled.html(language)
}

/// The text for a failed carousel; `offline` if the offline provider is offered.
pub fn failed(
    language: Language,
    kind: FailureKind,
    model: Option<&ModelFailure>,
    offline: bool,
) -> Html {
    use FailureKind as K;
    let why = model.map(|model| problem(language, model));
    let said = match (kind, why.as_deref()) {
        (K::ProviderFailed | K::Unavailable | K::Timeout, Some(why)) => Phrase::FailedModel { why },
        (K::ProviderFailed, None) => Phrase::FailedProvider,
        (K::Unavailable | K::Timeout, None) => Phrase::FailedUnavailable,
        (K::InvalidInput, _) => Phrase::FailedInput,
        (K::QuotaExceeded, _) => Phrase::FailedQuota,
        (K::BudgetExceeded, _) => Phrase::FailedBudget,
        (K::SourceRefused, _) => Phrase::FailedSource,
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
    };
    let said = said.html(language);
    // The text about the budget makes the offer itself.
    if offline && kind != K::BudgetExceeded {
        let offer = Phrase::OfferOffline.html(language);
        return said.append(&Html::text(" ")).append(&offer);
    }
    said
}

/// The button under [`failed`].
pub fn after_failure(language: Language, carousel: &CarouselId, offline: bool) -> Keyboard {
    let press = Action::Again { carousel: carousel.clone(), offline: true };
    let offline = button(Phrase::ButtonOffline, language, &press).filter(|_| offline);
    Keyboard::rows([row([offline])])
}

/// The text after a failed edit.
pub fn unchanged(language: Language, kind: FailureKind, model: Option<&ModelFailure>) -> Html {
    use FailureKind as K;
    let why = model.map(|model| problem(language, model));
    match (kind, why.as_deref()) {
        (K::ProviderFailed | K::Unavailable | K::Timeout, Some(why)) => Phrase::EditModel { why },
        (K::ProviderFailed, None) => Phrase::EditProvider,
        (K::Unavailable | K::Timeout, None) => Phrase::EditUnavailable,
        (K::InvalidInput | K::SourceRefused, _) => Phrase::EditInput,
        (K::QuotaExceeded, _) => Phrase::EditQuota,
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
    .html(language)
}

/// The text after a failed question or daily tip.
pub fn unanswered(language: Language, kind: FailureKind, model: Option<&ModelFailure>) -> Html {
    use FailureKind as K;
    let why = model.map(|model| problem(language, model));
    match (kind, why.as_deref()) {
        (K::ProviderFailed | K::Unavailable | K::Timeout, Some(why)) => Phrase::AskModel { why },
        (K::BudgetExceeded, _) => Phrase::AskBudget,
        (K::QuotaExceeded, _) => Phrase::AskQuota,
        (K::AccessRefused, _) => Phrase::AskAccess,
        (K::InvalidInput | K::SourceRefused | K::SlideRefused | K::NothingNew, _) => {
            Phrase::AskInput
        }
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
        P::BreakerOpen => Phrase::ModelBreaker { minutes },
        P::Refused => Phrase::ModelRefused,
        P::NeedsModel => Phrase::ModelNeeded,
        P::NotConfigured => Phrase::ModelNotConfigured,
        P::Unrecognized => Phrase::ModelUnknown,
    }
    .plain(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latin words that a Russian text may contain: brands, abbreviations and commands.
    const ALLOWED: [&str; 4] = ["Telegram", "UTC", "/wisdom", "/schedule"];

    /// Every text about a failure in one language.
    fn texts(language: Language) -> Vec<(String, String)> {
        let problems = ModelProblem::ALL.iter().flat_map(|problem| {
            [1, 7, 600].map(|wait_seconds| {
                Some(ModelFailure {
                    provider: "openai".to_owned(),
                    problem: *problem,
                    code: "rate_limit_exceeded".to_owned(),
                    wait_seconds,
                    ..ModelFailure::default()
                })
            })
        });
        let models: Vec<Option<ModelFailure>> = std::iter::once(None).chain(problems).collect();
        let mut all = vec![("cancelled".to_owned(), cancelled(language))];
        for kind in FailureKind::ALL {
            for model in &models {
                let name = format!("{kind}, {:?}", model.as_ref().map(|m| m.problem));
                let model = model.as_ref();
                all.extend([
                    (name.clone(), failed(language, *kind, model, true)),
                    (name.clone(), failed(language, *kind, model, false)),
                    (name.clone(), unchanged(language, *kind, model)),
                    (name, unanswered(language, *kind, model)),
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
    fn each_problem_of_a_model_has_its_own_text() {
        for language in Language::ALL {
            let said = ModelProblem::ALL.iter().map(|problem| {
                let failure = ModelFailure { problem: *problem, ..ModelFailure::default() };
                failed(*language, FailureKind::ProviderFailed, Some(&failure), true)
            });
            let said: std::collections::BTreeSet<String> =
                said.map(|html| html.markup().to_owned()).collect();
            assert_eq!(said.len(), ModelProblem::ALL.len());
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
