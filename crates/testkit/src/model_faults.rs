//! Failures of a model server, one for each row of docs/model-faults.md, and what follows.

use serde_json::json;

use crate::{ModelProtocol, ModelResponse, envelope};

/// A failure, and how a carousel ends if all of its calls fail this way.
pub struct ModelFault {
    pub name: &'static str,
    pub class: &'static str,
    pub attempts: usize,
    /// Calls per attempt: an unusable reply gets one repair call.
    pub calls: usize,
    pub act: fn(ModelProtocol) -> ModelResponse,
    /// The reason in the carousel's result, for developers.
    pub told: &'static str,
    /// What an English user reads in the chat.
    pub english: &'static str,
    pub russian: &'static str,
}

pub const MODEL_FAULTS: [ModelFault; 14] = [
    ModelFault {
        name: "429 with `Retry-After: 1`",
        class: "retryable",
        attempts: 3,
        calls: 1,
        act: |wire| refusal(wire, 429, "rate_limit_exceeded", "rate_limit_error", Some("1")),
        told: "it is busy: too many requests",
        english: "The model service has too many requests at the moment. Try again in a few minutes.",
        russian: "У сервиса модели сейчас слишком много запросов. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "429 with `Retry-After: 600`",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 429, "rate_limit_exceeded", "rate_limit_error", Some("600")),
        told: "it is busy and asks to wait 10 minutes",
        english: "The model service has too many requests at the moment. Try again in 10 minutes.",
        russian: "У сервиса модели сейчас слишком много запросов. Попробуй через 10 минут.",
    },
    ModelFault {
        name: "quota or credit used up",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 429, "insufficient_quota", "billing_error", None),
        told: "its quota is used up: an operator has to check the billing",
        english: "The bot's credit at the model service is used up. The bot's administrator has to add credit.",
        russian: "На счёте бота в сервисе модели закончились средства. Пополнить счёт должен администратор бота.",
    },
    ModelFault {
        name: "401, a bad key",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 401, "invalid_api_key", "authentication_error", None),
        told: "it rejects our API key: an operator has to check it",
        english: "The model service does not accept the bot's key. The bot's administrator has to replace it.",
        russian: "Сервис модели не принимает ключ бота. Заменить ключ должен администратор бота.",
    },
    ModelFault {
        name: "404, no such model",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 404, "model_not_found", "not_found_error", None),
        told: "it has no such model or address: an operator has to check it",
        english: "The model service does not have the model from the bot's settings. The bot's administrator has to choose another one.",
        russian: "У сервиса модели нет той модели, что указана в настройках бота. Выбрать другую должен администратор бота.",
    },
    ModelFault {
        name: "content refused",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 400, "content_filter", "content_filter", None),
        told: "the model refused to write about this: try other words",
        english: "The model refuses to write about this. Choose other words or another topic.",
        russian: "Модель отказывается об этом писать. Выбери другие слова или другую тему.",
    },
    ModelFault {
        name: "500 with a numeric `code`",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| {
            ModelResponse::Answer(
                500,
                vec![],
                json!({"error": {"message": "m", "code": 42}}).to_string(),
            )
        },
        told: "the service failed (500) [42]",
        english: "The model service has an internal error. Try again in a few minutes.",
        russian: "У сервиса модели внутренняя ошибка. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "503",
        class: "retryable",
        attempts: 3,
        calls: 1,
        act: |wire| refusal(wire, 503, "", "", None),
        told: "the service failed (503)",
        english: "The model service has an internal error. Try again in a few minutes.",
        russian: "У сервиса модели внутренняя ошибка. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "502 with an HTML page",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| page(502),
        told: "the service failed (502)",
        english: "The model service has an internal error. Try again in a few minutes.",
        russian: "У сервиса модели внутренняя ошибка. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "200 with an HTML page",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| page(200),
        told: "the answer is not from a model service: is the address right?",
        english: "The address in the bot's settings does not lead to a model service. The bot's administrator has to check it.",
        russian: "По адресу из настроек бота отвечает не сервис модели. Адрес должен проверить администратор бота.",
    },
    ModelFault {
        name: "the connection closes without an answer",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| ModelResponse::Drop,
        told: "the connection broke in the middle of the answer",
        english: "The connection to the model service was lost before the answer was complete. Try again in a few minutes.",
        russian: "Связь с сервисом модели оборвалась до конца ответа. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "a truncated body",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |wire| ModelResponse::HalfBody(envelope(wire, "{}")),
        told: "the connection broke in the middle of the answer",
        english: "The connection to the model service was lost before the answer was complete. Try again in a few minutes.",
        russian: "Связь с сервисом модели оборвалась до конца ответа. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "no answer (here within 1 s)",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| ModelResponse::Hang,
        told: "no answer within 1 s",
        english: "The model service did not answer in time. Try again in a few minutes.",
        russian: "Сервис модели не ответил вовремя. Попробуй через несколько минут.",
    },
    ModelFault {
        name: "invalid or truncated JSON",
        class: "permanent",
        attempts: 1,
        calls: 2,
        act: |_| ModelResponse::Text(r#"Sure! {"title":"Why te"#.to_owned()),
        told: "its reply can't be used, even after a repair",
        english: "The model's reply could not be used, even after a second request. Try again, or choose other words.",
        russian: "Ответ модели не подошёл, даже со второй попытки. Попробуй ещё раз или выбери другие слова.",
    },
];

fn refusal(
    wire: ModelProtocol,
    status: u16,
    code: &str,
    kind: &str,
    pause: Option<&str>,
) -> ModelResponse {
    let body = match wire {
        ModelProtocol::OpenAi => {
            json!({"error": {"message": "sk-secret", "type": kind, "code": code}})
        }
        ModelProtocol::Anthropic => {
            json!({"type": "error", "error": {"type": kind, "message": "sk-secret"}})
        }
    };
    let headers = pause.map(|pause| ("retry-after", pause.to_owned()));
    ModelResponse::Answer(status, headers.into_iter().collect(), body.to_string())
}

fn page(status: u16) -> ModelResponse {
    let html = vec![("content-type", "text/html".to_owned())];
    ModelResponse::Answer(status, html, "<html><h1>nginx</h1></html>".to_owned())
}
