//! The two languages of the pages: choosing one, and writing dates in it.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde::Serialize;

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A language the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// French, the language of a reader who has said nothing.
    #[default]
    Fr,
    /// English.
    En,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// The language subtag (BCP 47), as in `<html lang>`, `?lang=` and the language cookie.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The other one: what the switch in the header offers.
    pub fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// The language of a tag such as `fr`, `en-GB` or `EN_us`; `None` for any other language.
    pub fn parse(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|locale| language.eq_ignore_ascii_case(locale.code()))
    }

    /// The reader's language: the first of the query's, the cookie's and the browser's wishes that is ours,
    /// or else French.
    pub fn negotiate(query: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        query
            .and_then(Self::parse)
            .or_else(|| cookie.and_then(Self::parse))
            .or_else(|| accept_language.and_then(best_accepted))
            .unwrap_or_default()
    }

    /// `day` in words: `1er septembre 2026`, `1 September 2026`.
    pub fn date(self, day: NaiveDate) -> String {
        let month = day.month0() as usize;
        match self {
            Self::Fr if day.day() == 1 => format!("1er {} {}", MONTHS_FR[month], day.year()),
            Self::Fr => format!("{} {} {}", day.day(), MONTHS_FR[month], day.year()),
            Self::En => format!("{} {} {}", day.day(), MONTHS_EN[month], day.year()),
        }
    }

    /// `moment` in words, to the minute: `12 septembre 2026 à 8 h 04`, `12 September 2026 at 08:04`.
    pub fn moment(self, moment: NaiveDateTime) -> String {
        let (day, hour, minute) = (self.date(moment.date()), moment.hour(), moment.minute());
        match self {
            Self::Fr => format!("{day} à {hour}\u{a0}h\u{a0}{minute:02}"),
            Self::En => format!("{day} at {hour:02}:{minute:02}"),
        }
    }
}

/// The language of ours with the highest weight in an `Accept-Language` header (RFC 9110 §12.5.4); the first
/// named wins a tie, a weight of 0 excludes.
fn best_accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(f32, Locale)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        if let Some(locale) = Locale::parse(tag)
            && weight > best.map_or(0.0, |(highest, _)| highest)
        {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

/// The address of the same page in the other language: `path_and_query` with `lang` set, everything else
/// (a `service` above all) left byte for byte.
pub fn switch(path_and_query: &str, to: Locale) -> String {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let mut address = format!("{path}?lang={}", to.code());
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && *pair != "lang" && !pair.starts_with("lang="));
    for pair in kept {
        address.push('&');
        address.push_str(pair);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        let browser = Some("en-GB,en;q=0.9,fr;q=0.2");

        assert_eq!(Locale::negotiate(Some("fr"), Some("en"), browser), Locale::Fr);
        assert_eq!(Locale::negotiate(Some("xx"), Some("fr"), browser), Locale::Fr);
        assert_eq!(Locale::negotiate(None, None, browser), Locale::En);
        assert_eq!(Locale::negotiate(None, None, None), Locale::Fr);
    }

    #[test]
    fn the_heaviest_language_of_ours_is_chosen_from_the_browser_s_list() {
        for (header, expected) in [
            ("de, es;q=0.8", None),
            ("de, en;q=0.3, fr;q=0.7", Some(Locale::Fr)),
            ("en;q=0, fr;q=0.1", Some(Locale::Fr)),
            ("EN_us", Some(Locale::En)),
            ("fr-CA, en", Some(Locale::Fr)),
            (";;,q=1,,", None),
        ] {
            assert_eq!(best_accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn switching_language_keeps_the_service_byte_for_byte() {
        let here = "/cas/login?service=https%3A%2F%2Fa.example%2F%3Fx%3D1&lang=fr&renew=true";

        assert_eq!(
            switch(here, Locale::En),
            "/cas/login?lang=en&service=https%3A%2F%2Fa.example%2F%3Fx%3D1&renew=true"
        );
        assert_eq!(switch("/", Locale::En), "/?lang=en");
    }

    #[test]
    fn dates_are_written_the_way_each_language_says_them() {
        let first = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
        let moment = first.and_hms_opt(8, 4, 59).unwrap();

        assert_eq!(Locale::Fr.date(first), "1er septembre 2026");
        assert_eq!(Locale::Fr.moment(moment), "1er septembre 2026 à 8\u{a0}h\u{a0}04");
        assert_eq!(Locale::En.moment(moment), "1 September 2026 at 08:04");
    }
}
