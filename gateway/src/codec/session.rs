//! Browser sessions: a cookie with its expiry time, signed with the token. A new token ends all
//! sessions.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use ring::hmac;
use runtime::settings::Secret;

const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
const NAME: &str = "codec";

pub(super) struct BrowserSessions(hmac::Key);

impl BrowserSessions {
    pub(super) fn new(token: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, token.expose().as_bytes()))
    }

    /// A cookie that is valid from `now`; `secure` restricts it to TLS. It is not sent with
    /// requests from other sites, and scripts can't read it.
    pub(super) fn create_cookie(&self, now: SystemTime, secure: bool) -> String {
        let ends = seconds(now + SESSION_LIFETIME);
        let tag = hmac::sign(&self.0, &signed_message(ends));
        let tag: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let secure = if secure { "; Secure" } else { "" };
        format!(
            "{NAME}={ends}.{tag}; Path=/codec; Max-Age={}; HttpOnly; SameSite=Strict{secure}",
            SESSION_LIFETIME.as_secs()
        )
    }

    /// Whether one of these cookies is valid at `now`.
    pub(super) fn has_valid_cookie(&self, cookies: &HeaderValue, now: SystemTime) -> bool {
        let cookies = cookies.to_str().unwrap_or_default().split(';');
        let named =
            |cookie: &str| cookie.trim().strip_prefix(NAME)?.strip_prefix('=').map(str::to_owned);
        cookies
            .filter_map(named)
            .any(|value| self.is_valid(&value, seconds(now)).unwrap_or_default())
    }

    fn is_valid(&self, value: &str, now: u64) -> Option<bool> {
        let (ends, tag) = value.split_once('.')?;
        let ends: u64 = ends.parse().ok()?;
        let tag = unhex(tag)?;
        let signed = hmac::verify(&self.0, &signed_message(ends), &tag).is_ok();
        Some(signed && now < ends)
    }
}

fn signed_message(ends: u64) -> Vec<u8> {
    format!("codec session until {ends}").into_bytes()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: &u8| char::from(*c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_expires_and_requires_its_token() {
        let sessions = BrowserSessions::new(&Secret::new("0123456789abcdef"));
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let cookie = sessions.create_cookie(now, true);
        assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Secure"));
        let value = cookie.split(';').next().unwrap_or_default().to_owned();
        let holds = |sessions: &BrowserSessions, value: &str, now| {
            sessions.has_valid_cookie(&HeaderValue::from_str(value).expect("a header"), now)
        };
        assert!(holds(&sessions, &format!("a=b; {value}"), now));
        let late = now + SESSION_LIFETIME;
        assert!(!holds(&sessions, &value, late), "it ends");
        let longer = value.replacen("104", "105", 1);
        assert_ne!(longer, value);
        assert!(!holds(&sessions, &longer, now), "its end is signed");
        let other = BrowserSessions::new(&Secret::new("another-token-0123"));
        assert!(!holds(&other, &value, now), "another token ends it");
        for junk in ["codec=", "codec=1.", "codec=9999999999.zz", "codec=é", "x"] {
            let junk = HeaderValue::from_bytes(junk.as_bytes()).expect("a header");
            assert!(!sessions.has_valid_cookie(&junk, now));
        }
    }
}
