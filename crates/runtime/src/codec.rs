//! Encrypts payloads before Temporal gets them, and decrypts what it returns.
//!
//! AES-256-GCM with a random nonce per payload, in the layout of Temporal's samples: metadata
//! `encoding: binary/encrypted` and `encryption-key-id`, data = nonce, ciphertext, tag. In
//! addition, our payloads are bound to their key's id; see `docs/security/encryption.md`. The SDK
//! calls the codec where payloads enter and leave a process, never inside workflow code, so a
//! replay sees the same values.

mod failures;

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{FutureExt as _, future::BoxFuture};
use prost::Message as _;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
};
use temporalio_client::Client;
use temporalio_common::data_converters::{
    DataConverter, DefaultFailureConverter, PayloadCodec, PayloadConversionError, PayloadConverter,
    SerializationContextData,
};
use temporalio_protos::temporal::api::common::v1::Payload;

use crate::settings::Secret;

/// The metadata key of the data's encoding.
const ENCODING: &str = "encoding";
/// Its value for encrypted payloads.
const ENCRYPTED: &[u8] = b"binary/encrypted";
/// The metadata key of the encryption key's id.
const KEY_ID: &str = "encryption-key-id";
/// The metadata key for the associated data that is authenticated with the ciphertext. Temporal's
/// samples have none.
const BOUND: &str = "encryption-aad";
/// Its only value: the associated data is the encoding, a zero byte and the key's id.
const BOUND_TO_KEY: &[u8] = b"key-id";
/// Length of a key in bytes.
const KEY_BYTES: usize = 32;
/// Longest id of a key.
const ID_BYTES: usize = 64;

/// The keys of a process. The first encrypts, all decrypt; without keys, payloads stay plain.
#[derive(Clone, Default)]
pub struct Codec {
    keys: Arc<[Key]>,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

/// Why `TEMPORAL_CODEC_KEYS` can't be used. Entries are named by position: if an id is missing, the
/// key would be in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// An entry without `=`, or with an invalid id.
    #[error(
        "entry {0} has to look like id=base64, the id 1 to {ID_BYTES} letters, digits, “.”, “_” and \
         “-”; `gateway codec-key` makes one"
    )]
    Shape(usize),
    /// A key of another length, or invalid base64.
    #[error(
        "the key of entry {0} is not {KEY_BYTES} bytes in base64; `gateway codec-key` makes one"
    )]
    Key(usize),
    #[error("entry {0} has the id of an earlier one")]
    Twice(usize),
}

/// Why a payload can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error(
        "the payload is encrypted with the key “{0}”, which this process does not have: add it to \
         TEMPORAL_CODEC_KEYS"
    )]
    MissingKey(String),
    #[error("the payload is encrypted and has no key id")]
    NoKeyId,
    #[error(
        "the payload can't be decrypted with the key “{0}”: it was changed, or another key has this id"
    )]
    Refused(String),
    #[error("the data decrypted with the key “{0}” is not a payload")]
    NoPayload(String),
    #[error("the system has no random numbers for encryption")]
    NoRandomness,
}

impl Codec {
    /// Parses `id=base64,id2=base64`; an empty text means no keys.
    ///
    /// # Errors
    /// [`KeysError`] for the first wrong entry.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let mut keys: Vec<Key> = Vec::new();
        let entries = text.split(',').map(str::trim);
        for (at, entry) in (1..).zip(entries).filter(|(_, entry)| !entry.is_empty()) {
            let (id, key) = entry.split_once('=').ok_or(KeysError::Shape(at))?;
            if !is_id(id.as_bytes()) {
                return Err(KeysError::Shape(at));
            }
            if keys.iter().any(|known| known.id == id) {
                return Err(KeysError::Twice(at));
            }
            let bytes = STANDARD.decode(key).unwrap_or_default();
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| KeysError::Key(at))?;
            keys.push(Key { id: id.to_owned(), key: LessSafeKey::new(key) });
        }
        Ok(Self { keys: keys.into() })
    }

    /// A new key with this `id`, in the format of [`Codec::parse`]. `None` if `id` is invalid, or
    /// the system has no random numbers.
    pub fn new_key(id: &str) -> Option<Secret> {
        let mut key = [0; KEY_BYTES];
        SystemRandom::new().fill(&mut key).ok()?;
        is_id(id.as_bytes()).then(|| Secret::new(format!("{id}={}", STANDARD.encode(key))))
    }

    pub fn encrypts(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The converter for clients, workers and replayers. Our own failure messages stay readable: an
    /// operator needs them, and none contains text of a user or a model.
    pub fn converter(&self) -> DataConverter {
        let payloads = PayloadConverter::default();
        if self.encrypts() {
            DataConverter::new(payloads, failures::FailureRedactor, self.clone())
        } else {
            let readable = DefaultFailureConverter::new(false);
            DataConverter::new(payloads, readable, self.clone())
        }
    }

    /// Encrypts with the first key.
    pub fn encrypt(&self, payload: Payload) -> Result<Payload, CodecError> {
        let Some(Key { id, key }) = self.keys.first() else {
            return Ok(payload);
        };
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| CodecError::NoRandomness)?;
        let mut sealed = payload.encode_to_vec();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce_used, Aad::from(bound(id)), &mut sealed)
            .map_err(|_| CodecError::NoRandomness)?;
        let metadata = [(ENCODING, ENCRYPTED), (KEY_ID, id.as_bytes()), (BOUND, BOUND_TO_KEY)];
        Ok(Payload {
            metadata: metadata.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            data: [&nonce[..], &sealed].concat(),
            ..Payload::default()
        })
    }

    /// Decrypts. A plain payload is returned unchanged, so that histories from before encryption
    /// was switched on stay readable.
    ///
    /// # Errors
    /// [`CodecError`]. No payload causes a panic.
    pub fn decrypt(&self, payload: Payload) -> Result<Payload, CodecError> {
        if payload.metadata.get(ENCODING).map(Vec::as_slice) != Some(ENCRYPTED) {
            return Ok(payload);
        }
        let id = payload.metadata.get(KEY_ID).filter(|id| is_id(id));
        let id = String::from_utf8_lossy(id.ok_or(CodecError::NoKeyId)?).into_owned();
        let Some(Key { key, .. }) = self.keys.iter().find(|key| key.id == id) else {
            return Err(CodecError::MissingKey(id));
        };
        let aad = match payload.metadata.get(BOUND).map(Vec::as_slice) {
            None => Vec::new(),
            Some(_) => bound(&id),
        };
        let Some((nonce, sealed)) = payload.data.split_first_chunk::<NONCE_LEN>() else {
            return Err(CodecError::Refused(id));
        };
        let (nonce, mut sealed) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
        match key.open_in_place(nonce, Aad::from(aad), &mut sealed) {
            Ok(opened) => Payload::decode(&*opened).map_err(|_| CodecError::NoPayload(id)),
            Err(_) => Err(CodecError::Refused(id)),
        }
    }
}

/// Whether this client's payloads are encrypted. If so, texts that Temporal shows unencrypted, such
/// as static summaries, must not contain a user's text.
pub async fn encrypts(client: &Client) -> bool {
    let codec = client.options().data_converter.codec();
    let probe = vec![Payload::default()];
    let encoded = codec.encode(&SerializationContextData::None, probe).await;
    encoded.map_or(true, |payloads| {
        payloads.iter().any(|payload| payload.metadata.contains_key(KEY_ID))
    })
}

fn bound(id: &str) -> Vec<u8> {
    [ENCRYPTED, b"\0", id.as_bytes()].concat()
}

fn is_id(id: &[u8]) -> bool {
    let allowed = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
    (1..=ID_BYTES).contains(&id.len()) && id.iter().all(allowed)
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

impl PayloadCodec for Codec {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let encrypted = payloads.into_iter().map(|payload| self.encrypt(payload));
        ready(encrypted.collect())
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let decrypted = payloads.into_iter().map(|payload| self.decrypt(payload));
        ready(decrypted.collect())
    }
}

fn ready(
    done: Result<Vec<Payload>, CodecError>,
) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
    let done = done.map_err(|error| PayloadConversionError::EncodingError(Box::new(error)));
    std::future::ready(done).boxed()
}
