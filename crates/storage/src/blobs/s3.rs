//! Blobs in an S3-compatible store: `s3://bucket/prefix`, and its options.
//!
//! Options come from the standard `AWS_…` names and, if they are not secret, from the address:
//! `s3://bucket/prefix?endpoint=http://minio:9000&region=eu-west-1&path_style=false`. The address
//! takes precedence.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    prefix::PrefixStore,
};
use url::Url;

use crate::{Result, StorageError};

/// Options of an S3-compatible store, by the names of their environment variables.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct S3Options(BTreeMap<&'static str, String>);

impl S3Options {
    /// The names that are read; other programs read the same environment variables. Without a key,
    /// the machine's own credentials (a role, a container's or an instance's credentials) are used.
    pub const NAMES: &[&str] = &[
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];

    /// Calls `lookup` for each of the [names](Self::NAMES); an empty value counts as missing.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&'static str| Some((*name, lookup(name)?));
        let filled = |(_, value): &(&str, String)| !value.is_empty();
        Self(Self::NAMES.iter().filter_map(set).filter(filled).collect())
    }
}

/// Shows the names of the set options without their values: some are secrets.
impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Opens the store of `address`. Sends no request yet.
pub(super) fn open(address: &str, options: &S3Options) -> Result<Arc<dyn ObjectStore>> {
    let refused = |why: &str| StorageError::InvalidBlobsUrl(why.to_owned());
    let url =
        Url::parse(address).map_err(|error| refused(&format!("it can't be read: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "it holds a key, which belongs into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ));
    }
    let bucket = url.host_str().ok_or_else(|| refused("it names no bucket"))?;
    // The store's HTTP client panics without a TLS provider. It fails only if one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_client_options(client_options())
        .with_retry(retry_config());
    for (name, value) in &options.0 {
        let key = config_key(name).expect("the store knows every name of `NAMES`");
        builder = builder.with_config(key, value);
    }
    for (name, value) in url.query_pairs() {
        builder = from_query(builder, &name, &value)?;
    }
    // An `http://` address is an explicit choice.
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    if endpoint.as_ref().is_some_and(|endpoint| endpoint.contains('@')) {
        // The store's errors repeat the endpoint.
        return Err(refused(
            "its endpoint holds a key, which belongs into AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY",
        ));
    }
    let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    let store = builder.with_allow_http(plain).build()?;
    Ok(match url.path().trim_matches('/') {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    })
}

/// The store's key for a name. Later options override earlier ones: a `BTreeMap` iterates over
/// `AWS_DEFAULT_REGION` before `AWS_REGION`, and over the endpoint of all services before that of
/// S3.
fn config_key(name: &str) -> Option<AmazonS3ConfigKey> {
    match name {
        "AWS_DEFAULT_REGION" | "AWS_REGION" => Some(AmazonS3ConfigKey::Region),
        "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_S3" => Some(AmazonS3ConfigKey::Endpoint),
        other => other.to_ascii_lowercase().parse().ok(),
    }
}

fn from_query(builder: AmazonS3Builder, name: &str, value: &str) -> Result<AmazonS3Builder> {
    match (name, value) {
        ("endpoint", _) => Ok(builder.with_endpoint(value)),
        ("region", _) => Ok(builder.with_region(value)),
        ("path_style", "true") => Ok(builder.with_virtual_hosted_style_request(false)),
        ("path_style", "false") => Ok(builder.with_virtual_hosted_style_request(true)),
        ("path_style", _) => {
            Err(StorageError::InvalidBlobsUrl("path_style is neither true nor false".to_owned()))
        }
        (other, _) => Err(StorageError::InvalidBlobsUrl(format!(
            "it has the parameter “{}”; endpoint, region and path_style are allowed",
            other.chars().take(40).collect::<String>()
        ))),
    }
}

fn client_options() -> ClientOptions {
    ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(30))
}

/// Retries bridge short failures; the caller retries if the store is down.
fn retry_config() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 2,
        retry_timeout: Duration::from_secs(15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_knows_every_option_name() {
        for name in S3Options::NAMES {
            assert!(config_key(name).is_some(), "{name}");
        }
    }

    #[test]
    fn narrower_name_wins_and_secrets_are_hidden() {
        let options = S3Options::read(|name| Some(format!("value of {name}")));
        let last = |key_of: AmazonS3ConfigKey| {
            let mut narrowest_first = options.0.keys().rev();
            narrowest_first.find(|name| config_key(name) == Some(key_of)).copied()
        };
        assert_eq!(last(AmazonS3ConfigKey::Region), Some("AWS_REGION"));
        assert_eq!(last(AmazonS3ConfigKey::Endpoint), Some("AWS_ENDPOINT_URL_S3"));
        assert!(!format!("{options:?}").contains("value of"));
    }

    #[test]
    fn invalid_address_is_refused_with_reason() {
        for (address, said) in [
            ("s3://key:hunter2@bucket", "AWS_ACCESS_KEY_ID"),
            ("s3://bucket?endpoint=http://key:hunter2@minio:9000", "AWS_ACCESS_KEY_ID"),
            ("s3://bucket?path_style=maybe", "neither true nor false"),
            ("s3://bucket?hunter2=x", "endpoint, region and path_style"),
            ("s3://", "names no bucket"),
            ("s3://bucket:port", "can't be read"),
        ] {
            let error = open(address, &S3Options::default()).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("BLOBS_URL"), "{error}");
            assert!(!error.contains(":hunter2"), "{error}");
        }
    }
}
