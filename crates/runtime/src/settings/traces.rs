//! Settings of traces: the standard `OTEL_*` variables.

use std::str::FromStr;

use super::{PrivateUrl, Secret, text};
use crate::env::{Env, SettingsErrors};

/// Where traces are sent, and which.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    /// The base address of an OTLP receiver; traces go to its path `v1/traces`.
    pub endpoint: PrivateUrl,
    /// Headers of each request, often a key.
    pub headers: Vec<(String, Secret)>,
    /// `service.name`, if set.
    pub service: Option<String>,
    /// Attributes of the process.
    pub attributes: Vec<(String, String)>,
    pub sampler: TraceSampler,
    /// The `environment` attribute of every event.
    pub environment: String,
}

/// Which traces are exported. A span of a trace that began elsewhere follows that decision, except
/// with `Always*` and `Ratio` where `follows_parent` is false.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceSampler {
    pub follows_parent: bool,
    /// The share of traces, 0 to 1.
    pub ratio: f64,
}

/// A value of `OTEL_TRACES_SAMPLER`.
#[derive(Clone, Copy)]
enum SamplerName {
    AlwaysOn,
    AlwaysOff,
    Ratio,
}

struct NamedSampler {
    follows_parent: bool,
    name: SamplerName,
}

impl FromStr for NamedSampler {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (follows_parent, rest) = match text.strip_prefix("parentbased_") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let name = match rest {
            "always_on" => SamplerName::AlwaysOn,
            "always_off" => SamplerName::AlwaysOff,
            "traceidratio" => SamplerName::Ratio,
            _ => {
                return Err("choose always_on, always_off or traceidratio, with or without \
                            parentbased_ before it");
            }
        };
        Ok(Self { follows_parent, name })
    }
}

/// A share, 0 to 1.
struct Ratio(f64);

impl FromStr for Ratio {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        share.map(Self).ok_or("choose a number from 0 to 1")
    }
}

/// The only supported value of `OTEL_EXPORTER_OTLP_PROTOCOL`.
struct Protobuf;

impl FromStr for Protobuf {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "http/protobuf" => Ok(Self),
            _ => Err("only http/protobuf is supported, usually on port 4318"),
        }
    }
}

/// `None` if no receiver is set.
pub(super) fn read(problems: &mut SettingsErrors, env: &Env) -> Option<TraceSettings> {
    let sampler = problems.read::<NamedSampler>(env, super::OTEL_TRACES_SAMPLER);
    let ratio = problems.read::<Ratio>(env, super::OTEL_TRACES_SAMPLER_ARG);
    problems.read::<Protobuf>(env, super::OTEL_EXPORTER_OTLP_PROTOCOL);
    let headers = read_pairs(problems, env, super::OTEL_EXPORTER_OTLP_HEADERS);
    let attributes = read_pairs(problems, env, super::OTEL_RESOURCE_ATTRIBUTES);
    let endpoint = problems.read::<PrivateUrl>(env, super::OTEL_EXPORTER_OTLP_ENDPOINT)?;
    if !matches!(endpoint.expose().scheme(), "http" | "https") {
        let name = super::OTEL_EXPORTER_OTLP_ENDPOINT.name;
        problems.add(format!("{name}: it has to look like http://host:4318"));
    }
    let sampler = sampler?;
    Some(TraceSettings {
        endpoint,
        headers: headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect(),
        service: text(env, super::OTEL_SERVICE_NAME),
        attributes,
        sampler: TraceSampler {
            follows_parent: sampler.follows_parent,
            ratio: match sampler.name {
                SamplerName::AlwaysOn => 1.0,
                SamplerName::AlwaysOff => 0.0,
                SamplerName::Ratio => ratio.map_or(1.0, |ratio| ratio.0),
            },
        },
        environment: text(env, super::ENVIRONMENT).unwrap_or_default(),
    })
}

/// `name=value,name=value`. Values are not repeated in errors.
fn read_pairs(
    problems: &mut SettingsErrors,
    env: &Env,
    variable: crate::env::Variable,
) -> Vec<(String, String)> {
    let listed = text(env, variable).unwrap_or_default();
    let parts = listed.split(',').map(str::trim).filter(|part| !part.is_empty());
    let mut pairs = Vec::new();
    for part in parts {
        match part.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                pairs.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            Some(_) | None => {
                problems.add(format!("{}: it has to look like name=value,…", variable.name));
                break;
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{super::Settings, *};

    fn read_all(pairs: &[(&'static str, &'static str)]) -> Option<TraceSettings> {
        let receiver = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://jaeger:4318");
        let env = Env::of([receiver].iter().chain(pairs).copied());
        Settings::read(&env).unwrap().traces
    }

    #[test]
    fn traces_are_off_without_a_receiver() {
        assert!(Settings::read(&Env::of([("OTEL_SERVICE_NAME", "x")])).unwrap().traces.is_none());
    }

    #[test]
    fn samplers_have_their_standard_names() {
        let read = |name, arg| {
            let sampler = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", arg)];
            let sampler = read_all(&sampler).unwrap().sampler;
            (sampler.follows_parent, sampler.ratio)
        };
        assert_eq!(read("", ""), (true, 1.0));
        assert_eq!(read("parentbased_traceidratio", "0.1"), (true, 0.1));
        assert_eq!(read("traceidratio", "0.1"), (false, 0.1));
        assert_eq!(read("always_off", "0.1"), (false, 0.0));
    }

    #[test]
    fn headers_and_attributes_are_pairs() {
        let read = read_all(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer a=b, x=y"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
        ]);
        let read = read.unwrap();
        let first = &read.headers[0];
        assert_eq!((first.0.as_str(), first.1.expose()), ("authorization", "Bearer a=b"));
        assert_eq!(read.headers.len(), 2);
        assert_eq!(read.attributes[0].1, "test");
        assert!(!format!("{read:?}").contains("Bearer"));
    }

    #[test]
    fn unusable_values_are_errors() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://jaeger"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_TRACES_SAMPLER_ARG", "10"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ] {
            let said = Settings::read(&Env::of([(name, value)])).unwrap_err().to_string();
            assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
        }
    }
}
