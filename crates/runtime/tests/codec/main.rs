//! The codec: round trips, only with the right key; changed payloads are refused.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use temporalio_protos::temporal::api::common::v1::Payload;

use runtime::codec::{Codec, CodecError};

const ENCODING: &str = "encoding";
const ENCRYPTED: &[u8] = b"binary/encrypted";
const KEY_ID: &str = "encryption-key-id";
const BOUND: &str = "encryption-aad";

const WORDS: &[u8] = "\"Почему тесты важны\"".as_bytes();

fn codec(ids: &[&str]) -> Codec {
    let keys = ids.iter().map(|id| key(id)).collect::<Vec<_>>();
    Codec::parse(&keys.join(",")).unwrap()
}

fn key(id: &str) -> String {
    let bytes: Vec<u8> = id.bytes().cycle().take(32).collect();
    format!("{id}={}", STANDARD.encode(bytes))
}

fn payload(data: &[u8]) -> Payload {
    Payload {
        metadata: HashMap::from([(ENCODING.to_owned(), b"json/plain".to_vec())]),
        data: data.to_vec(),
        ..Payload::default()
    }
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

#[test]
fn encrypted_payloads_name_their_key_and_hide_the_rest() {
    let sent = codec(&["new", "old"]).encrypt(payload(WORDS)).unwrap();
    assert_eq!(sent.metadata[ENCODING], ENCRYPTED);
    assert_eq!(sent.metadata[KEY_ID], b"new");
    assert!(!holds(&sent.data, &WORDS[1..9]) && !holds(&sent.data, b"json/plain"));
    let again = codec(&["new", "old"]).encrypt(payload(WORDS)).unwrap();
    assert_ne!(sent.data, again.data, "a nonce is used once");
}

#[test]
fn rotation_reads_old_payloads_until_key_is_removed() {
    let old = codec(&["old"]).encrypt(payload(WORDS)).unwrap();
    let [both_old_first, both_new_first, new_alone] =
        [codec(&["old", "new"]), codec(&["new", "old"]), codec(&["new"])];
    assert_eq!(both_old_first.decrypt(old.clone()), Ok(payload(WORDS)));
    assert_eq!(both_new_first.decrypt(old.clone()), Ok(payload(WORDS)));
    let new = both_new_first.encrypt(payload(WORDS)).unwrap();
    assert_eq!(both_old_first.decrypt(new.clone()), Ok(payload(WORDS)));
    assert_eq!(new_alone.decrypt(new), Ok(payload(WORDS)));
    let missing = new_alone.decrypt(old).unwrap_err();
    assert_eq!(missing, CodecError::MissingKey("old".to_owned()));
    assert!(missing.to_string().contains("“old”"), "{missing}");
}

#[test]
fn other_key_with_same_id_is_refused() {
    let sent = codec(&["k"]).encrypt(payload(WORDS)).unwrap();
    let other = Codec::parse(&key("j").replacen('j', "k", 1)).unwrap();
    assert_eq!(other.decrypt(sent), Err(CodecError::Refused("k".to_owned())));
}

#[test]
fn changed_payload_is_refused() {
    let codec = codec(&["a", "b"]);
    let sent = codec.encrypt(payload(WORDS)).unwrap();
    let refused = |changed: Payload| codec.decrypt(changed).unwrap_err();
    for at in 0..sent.data.len() {
        let mut changed = sent.clone();
        changed.data[at] ^= 1;
        assert_eq!(refused(changed), CodecError::Refused("a".to_owned()), "byte {at}");
    }
    for length in 0..sent.data.len() {
        let mut cut = sent.clone();
        cut.data.truncate(length);
        assert_eq!(refused(cut), CodecError::Refused("a".to_owned()), "{length} bytes");
    }
    let with = |name: &str, value: Option<&[u8]>| {
        let mut changed = sent.clone();
        match value {
            Some(value) => changed.metadata.insert(name.to_owned(), value.to_vec()),
            None => changed.metadata.remove(name),
        };
        refused(changed)
    };
    assert_eq!(with(KEY_ID, Some(b"b")), CodecError::Refused("b".to_owned()));
    assert_eq!(with(KEY_ID, Some(b"c")), CodecError::MissingKey("c".to_owned()));
    assert_eq!(with(KEY_ID, None), CodecError::NoKeyId);
    assert_eq!(with(KEY_ID, Some(&[0xFF, b'\n'])), CodecError::NoKeyId);
    assert_eq!(with(BOUND, None), CodecError::Refused("a".to_owned()));
}

#[test]
fn without_keys_payloads_stay_plain() {
    let (none, some) = (Codec::default(), codec(&["k"]));
    assert_eq!(some.decrypt(payload(WORDS)), Ok(payload(WORDS)));
    assert_eq!(none.encrypt(payload(WORDS)), Ok(payload(WORDS)));
    let sent = some.encrypt(payload(WORDS)).unwrap();
    assert_eq!(none.decrypt(sent), Err(CodecError::MissingKey("k".to_owned())));
    assert!(!none.encrypts() && some.encrypts());
    assert!(!Codec::parse(" , ").unwrap().encrypts());
}

/// Created by Python's `cryptography` with `golden.py`: once in our layout, once in that of
/// Temporal's samples.
#[test]
fn payloads_of_another_implementation_are_decrypted() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("golden.json")).unwrap();
    let codec = Codec::parse(golden["keys"].as_str().unwrap()).unwrap();
    for name in ["ours", "sample"] {
        let bytes = |value: &serde_json::Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
        let metadata = golden[name]["metadata"].as_object().unwrap();
        let sent = Payload {
            metadata: metadata.iter().map(|(name, value)| (name.clone(), bytes(value))).collect(),
            data: bytes(&golden[name]["data"]),
            ..Payload::default()
        };
        assert_eq!(codec.decrypt(sent), Ok(payload(WORDS)), "{name}");
    }
}

proptest! {
    #[test]
    fn any_payload_round_trips(
        data in proptest::collection::vec(any::<u8>(), 0..2_000),
        metadata in proptest::collection::hash_map(".{0,20}", proptest::collection::vec(any::<u8>(), 0..50), 0..4),
    ) {
        let sent = Payload { metadata, data, ..Payload::default() };
        let codec = codec(&["k"]);
        let encrypted = codec.encrypt(sent.clone()).unwrap();
        prop_assert_eq!(codec.decrypt(encrypted), Ok(sent));
    }

    #[test]
    fn any_bytes_are_refused_and_never_panic(
        data in proptest::collection::vec(any::<u8>(), 0..200),
        id in proptest::collection::vec(any::<u8>(), 0..70),
        bound in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..10)),
    ) {
        let mut metadata = HashMap::from([
            (ENCODING.to_owned(), ENCRYPTED.to_vec()),
            (KEY_ID.to_owned(), id),
        ]);
        metadata.extend(bound.map(|bound| (BOUND.to_owned(), bound)));
        let hostile = Payload { metadata, data, ..Payload::default() };
        prop_assert!(codec(&["k"]).decrypt(hostile).is_err());
    }
}
