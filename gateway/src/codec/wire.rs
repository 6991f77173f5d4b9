//! Reads and writes payloads in the JSON form of Protocol Buffers: `{"payloads": [{"metadata": {…},
//! "data": "…"}]}`, bytes in base64.

use std::collections::HashMap;

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Deserialize, Serialize};
use temporalio_protos::temporal::api::common::v1::Payload;

/// Padding is written, but not required.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Serialize, Deserialize)]
struct PayloadsJson {
    #[serde(default)]
    payloads: Vec<PayloadJson>,
}

#[derive(Serialize, Deserialize)]
struct PayloadJson {
    #[serde(default)]
    metadata: HashMap<String, String>,
    #[serde(default)]
    data: Option<String>,
}

/// The payloads of a body; `None` if it has another form.
pub(super) fn read(body: &[u8]) -> Option<Vec<Payload>> {
    // Without this, serde would accept an array for a struct.
    let body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
    let read: PayloadsJson = serde_json::from_value(body.into()).ok()?;
    read.payloads.into_iter().map(PayloadJson::into_payload).collect()
}

pub(super) fn write(payloads: Vec<Payload>) -> Vec<u8> {
    let payloads = payloads.into_iter().map(PayloadJson::of).collect();
    serde_json::to_vec(&PayloadsJson { payloads }).expect("strings serialize to JSON")
}

impl PayloadJson {
    fn of(payload: Payload) -> Self {
        let text = |bytes: Vec<u8>| BASE64.encode(bytes);
        let metadata = payload.metadata.into_iter();
        Self {
            metadata: metadata.map(|(name, value)| (name, text(value))).collect(),
            data: Some(text(payload.data)),
        }
    }

    fn into_payload(self) -> Option<Payload> {
        let metadata = self.metadata.into_iter();
        let metadata = metadata.map(|(name, value)| Some((name, bytes(&value)?)));
        Some(Payload {
            metadata: metadata.collect::<Option<_>>()?,
            data: bytes(&self.data.unwrap_or_default())?,
            ..Payload::default()
        })
    }
}

/// Accepts both base64 alphabets, as the Protocol Buffers specification requires.
fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_base64_alphabets_are_read_with_optional_padding() {
        for data in ["+/+/8A==", "-_-_8A==", "-_-_8A"] {
            let body = format!(
                r#"{{"payloads":[{{"metadata":{{"encoding":"eA=="}},"data":"{data}"}},{{}}]}}"#
            );
            let read = read(body.as_bytes()).expect("payloads");
            assert_eq!(read[0].data, [0xFB, 0xFF, 0xBF, 0xF0]);
            assert_eq!(read[0].metadata["encoding"], b"x");
            assert_eq!(read[1], Payload::default());
        }
        let nothing: [&[u8]; 4] = [b"", b"[]", br#"{"payloads":[{"data":"*"}]}"#, &[0xFF]];
        assert!(nothing.iter().all(|body| read(body).is_none()));
    }
}
