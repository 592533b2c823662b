//! Small values the operator writes by hand: durations, networks, colours and the server's own address.

use std::fmt;
use std::net::IpAddr;

use chrono::Duration;
use ipnet::IpNet;

/// The duration written `30s`, `20m`, `2h` or `14d`; `None` for anything else and beyond ten years.
pub fn read_span(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let total = digits.parse::<i64>().ok()?.checked_mul(seconds)?;
    (total <= 3_650 * 86_400).then(|| Duration::seconds(total))
}

/// The network written `10.0.0.0/8`; a lone address is the network of that address alone.
pub fn read_network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The address people type: scheme, host, port and the prefix every path starts with (CAS calls it the context).
///
/// Absolute addresses are built from this and never from the request's `Host` (`[H-6]`, `[S-73]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    secure: bool,
    authority: String,
    host_length: usize,
    context: String,
}

/// Why an address cannot be the server's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPublicUrl {
    /// The scheme is neither of the two.
    #[error("must start with https://, or http:// on this machine")]
    Scheme,
    /// Plain http towards another machine: the cookie would travel in clear.
    #[error("must be https unless its host is localhost, 127.0.0.1 or [::1]")]
    Insecure,
    /// The host is empty or not plain lower-case ASCII.
    #[error("must name a host in lower-case letters, digits, dots and hyphens")]
    Host,
    /// The port is not one.
    #[error("has a port that is not a number from 1 to 65535")]
    Port,
    /// The prefix holds something that would need escaping.
    #[error("must have a path of plain segments such as /cas, without ? or #")]
    Context,
}

impl PublicUrl {
    /// Parses `https://sso.univ.example/cas`. A final slash is dropped, a default port too.
    pub fn parse(text: &str) -> Result<Self, BadPublicUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(BadPublicUrl::Scheme)?;
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(BadPublicUrl::Scheme),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = split_port(authority)?;
        if !secure && !is_loopback(host) {
            return Err(BadPublicUrl::Insecure);
        }
        let default = if secure { 443 } else { 80 };
        let authority = match port.filter(|port| *port != default) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let context = path.trim_end_matches('/');
        if !context.split('/').skip(1).all(is_plain_segment) {
            return Err(BadPublicUrl::Context);
        }
        Ok(Self {
            secure,
            authority,
            host_length: host.len(),
            context: context.to_owned(),
        })
    }

    /// Whether browsers reach the server by https, so that cookies may be `Secure`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, in lower case; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.authority[..self.host_length]
    }

    /// The host, with the port when it is not the scheme's own: what the `Host` header must say.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The prefix of every path, `/cas`; empty when the server has the whole host.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// Scheme, host and port: what the `Origin` header must say.
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    /// The absolute address of `path`, which starts with a slash: `/login`.
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.context)
    }
}

/// Separates host and port, and checks both.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), BadPublicUrl> {
    let host_length = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(host_length);
    let is_v6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    if !is_host(host) && !is_v6 {
        return Err(BadPublicUrl::Host);
    }
    if port.is_empty() {
        return Ok((host, None));
    }
    let number = port.strip_prefix(':').and_then(|digits| digits.parse().ok());
    match number {
        Some(0) | None => Err(BadPublicUrl::Port),
        Some(number) => Ok((host, Some(number))),
    }
}

/// Whether `text` is a host name in plain lower-case ASCII, label by label.
pub(super) fn is_host(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    text.split('.')
        .all(|label| !label.is_empty() && label.bytes().all(plain))
}

/// Whether plain http to `host` never leaves the machine.
fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_plain_segment(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
}

/// A colour of the page, sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    const WHITE: Self = Self([0xFF; 3]);
    /// The surface of a card in the dark scheme.
    const DARK_CARD: Self = Self([0x1B, 0x21, 0x28]);

    /// Reads `#1F4E79`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut channels = [0; 3];
        hex::decode_to_slice(text.strip_prefix('#')?, &mut channels).ok()?;
        Some(Self(channels))
    }

    /// Says what is wrong when white text on this colour would be hard to read: WCAG 2.1 §1.4.3 asks a contrast of 4.5.
    pub fn readable(self) -> Result<(), String> {
        let ratio = self.contrast(Self::WHITE);
        if ratio >= 4.5 {
            return Ok(());
        }
        let nearest = self.towards([0; 3], |colour| colour.contrast(Self::WHITE) >= 4.5);
        Err(format!(
            "is too pale: its contrast with white is {ratio:.1} and must be 4.5; the nearest colour that passes is {nearest}"
        ))
    }

    /// The same colour, lightened until it stands out on a dark card (contrast 7).
    pub fn for_dark(self) -> Self {
        self.towards([0xFF; 3], |colour| colour.contrast(Self::DARK_CARD) >= 7.0)
    }

    /// The first colour that is `enough` on the way to `end`, in steps of one percent.
    fn towards(self, end: [u8; 3], enough: impl Fn(Self) -> bool) -> Self {
        let mix = |from: u8, to: u8, percent: u16| {
            let sum = u16::from(from) * (100 - percent) + u16::from(to) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        let at = |percent| Self(std::array::from_fn(|i| mix(self.0[i], end[i], percent)));
        (0..=100)
            .map(at)
            .find(|colour| enough(*colour))
            .unwrap_or(Self(end))
    }

    /// The contrast between two colours, 1 to 21 (WCAG 2.1, "contrast ratio").
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// How bright the colour is, 0 to 1 (WCAG 2.1, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02X}{green:02X}{blue:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_one_letter() {
        for (text, seconds) in [
            ("30s", 30),
            ("20m", 1_200),
            ("2h", 7_200),
            ("14d", 1_209_600),
            ("0s", 0),
        ] {
            assert_eq!(read_span(text), Some(Duration::seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "30",
            "30 s",
            "-3s",
            "+3s",
            "1h30m",
            "2w",
            "é",
            "3é",
            "99999999999999999999d",
            "3651d",
        ] {
            assert_eq!(read_span(text), None, "{text}");
        }
    }

    #[test]
    fn the_address_is_taken_apart_and_put_together_again() {
        let url = PublicUrl::parse("https://sso.univ.example:8443/ent/cas/").unwrap();

        assert_eq!(url.to_string(), "https://sso.univ.example:8443/ent/cas");
        assert_eq!(url.host(), "sso.univ.example");
        assert_eq!(url.authority(), "sso.univ.example:8443");
        assert_eq!(url.context(), "/ent/cas");
        assert_eq!(url.join("/login"), "https://sso.univ.example:8443/ent/cas/login");
        assert_eq!(
            PublicUrl::parse("https://a.example:443").unwrap().to_string(),
            "https://a.example"
        );
        assert_eq!(PublicUrl::parse("http://[::1]:80/").unwrap().authority(), "[::1]");
    }

    #[test]
    fn an_address_that_could_betray_a_password_is_refused() {
        let refused = [
            ("sso.univ.example", BadPublicUrl::Scheme),
            ("ftp://sso.univ.example", BadPublicUrl::Scheme),
            ("http://sso.univ.example/cas", BadPublicUrl::Insecure),
            ("http://localhost.evil.test/cas", BadPublicUrl::Insecure),
            ("https://user@sso.univ.example/cas", BadPublicUrl::Host),
            ("https://SSO.univ.example/cas", BadPublicUrl::Host),
            ("https:///cas", BadPublicUrl::Host),
            ("https://sso.univ.example:0/", BadPublicUrl::Port),
            ("https://sso.univ.example:http/", BadPublicUrl::Port),
            ("https://sso.univ.example/a/../b", BadPublicUrl::Context),
            ("https://sso.univ.example/a//b", BadPublicUrl::Context),
            ("https://sso.univ.example/cas?x", BadPublicUrl::Context),
        ];
        for (text, why) in refused {
            assert_eq!(PublicUrl::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_pale_colour_is_refused_with_the_nearest_that_passes() {
        assert_eq!(Colour::parse("#1F4E79").unwrap().readable(), Ok(()));

        let why = Colour::parse("#7FB2E5").unwrap().readable().unwrap_err();
        let nearest = why.rsplit(' ').next().unwrap();
        assert_eq!(Colour::parse(nearest).unwrap().readable(), Ok(()), "{why}");
    }

    #[test]
    fn the_dark_variant_stands_out_on_a_dark_card() {
        for text in ["#000000", "#1F4E79", "#B3261E"] {
            let dark = Colour::parse(text).unwrap().for_dark();
            assert!(dark.contrast(Colour::DARK_CARD) >= 7.0, "{text} became {dark}");
        }
    }
}
