//! What a university says about itself on every page. Plain data, filled from the configuration.

use chrono::NaiveDate;
use serde::Serialize;

use super::locale::Locale;

/// A text in each language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Localized {
    /// The French text.
    pub fr: String,
    /// The English text.
    pub en: String,
}

impl Localized {
    /// A text and its translation.
    pub fn new(fr: &str, en: &str) -> Self {
        Self {
            fr: fr.to_owned(),
            en: en.to_owned(),
        }
    }

    /// The same text in both languages: a name, an address.
    pub fn same(text: &str) -> Self {
        Self::new(text, text)
    }

    /// The text in `locale`.
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::Fr => &self.fr,
            Locale::En => &self.en,
        }
    }
}

/// A link the university adds: a title and where it leads.
#[derive(Debug, Clone)]
pub struct Link {
    /// What the link says.
    pub label: Localized,
    /// An absolute `https` address, or a path on this host.
    pub href: Localized,
}

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// Something to mind.
    Warn,
    /// Something to act on at once.
    Alert,
}

/// A page that carries the university's notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The public home page.
    Home,
    /// The login page.
    Login,
}

/// A dated announcement.
#[derive(Debug, Clone)]
pub struct Notice {
    /// How loud.
    pub level: Level,
    /// The first day it is shown; `None`: from the start.
    pub from: Option<NaiveDate>,
    /// The last day it is shown; `None`: without end.
    pub to: Option<NaiveDate>,
    /// Where it is shown.
    pub places: Vec<Place>,
    /// Plain text.
    pub text: Localized,
    /// One link after the text.
    pub link: Option<Link>,
}

/// The conformity with the RGAA that French law obliges every page to state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Accessibility {
    /// Every criterion is met.
    Full,
    /// At least half of them are.
    Partial,
    /// Less than half, or no audit yet.
    #[default]
    None,
}

/// The university's own logo, in place of the doorway.
#[derive(Debug, Clone)]
pub struct Logo {
    /// `svg` or `png`.
    pub extension: &'static str,
    /// The image, at most 60 kB.
    pub bytes: Vec<u8>,
}

/// Everything the pages need to know about the university.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its name in full.
    pub name: Localized,
    /// Its short name, for tab titles.
    pub short: String,
    /// Scheme and authority of this server as browsers see it, without a final slash: `https://sso.univ.example`.
    pub origin: String,
    /// The context path: empty, or like `/cas`.
    pub base: String,
    /// The university's public web site.
    pub home_url: Option<String>,
    /// How to reach the registrar's office: place, hours, telephone, address.
    pub registrar: Localized,
    /// How to reach the IT help desk.
    pub support: Localized,
    /// Free-access links of the home page.
    pub links: Vec<Link>,
    /// Dated announcements.
    pub notices: Vec<Notice>,
    /// The stated conformity.
    pub accessibility: Accessibility,
    /// The form of a file number in words: `8 chiffres`.
    pub file_number_format: Localized,
    /// A file number of that form which nobody has.
    pub file_number_example: String,
    /// Whether file numbers hold letters, which a numeric keypad could not type.
    pub file_number_letters: bool,
    /// Hours between an enrolment and the account it opens.
    pub activation_delay_hours: u32,
    /// The least number of characters in a password.
    pub password_min: u32,
    /// The most.
    pub password_max: u32,
    /// Where the IT rules are; `None`: no rules to accept.
    pub charter: Option<Localized>,
    /// Whether the login page offers to stay signed in.
    pub remember_me: bool,
    /// The logo; `None`: the doorway.
    pub logo: Option<Logo>,
    /// The colour of buttons and links, `#rrggbb`; `None`: the style sheet's blue.
    pub primary: Option<String>,
    /// Who publishes this site (legal notice): person, address.
    pub publisher: Localized,
    /// Who hosts it.
    pub host: Localized,
    /// The data protection officer's address.
    pub data_protection: Localized,
}

impl Site {
    /// The university every test and the demonstration speak of.
    pub fn example() -> Self {
        Self {
            name: Localized::new("Université d’Exemple", "University of Example"),
            short: "UnivEx".to_owned(),
            origin: "https://sso.univ.example".to_owned(),
            base: "/cas".to_owned(),
            home_url: Some("https://www.univ.example".to_owned()),
            registrar: Localized::new(
                "bâtiment A, du lundi au vendredi de 9 h à 16 h, 04 00 00 00 01, scolarite@univ.example",
                "building A, Monday to Friday 9:00 to 16:00, +33 4 00 00 00 01, scolarite@univ.example",
            ),
            support: Localized::new(
                "04 00 00 00 02, assistance@univ.example",
                "+33 4 00 00 00 02, assistance@univ.example",
            ),
            links: vec![
                Link {
                    label: Localized::new("Plan du campus", "Campus map"),
                    href: Localized::same("https://www.univ.example/plan"),
                },
                Link {
                    label: Localized::new("Calendrier universitaire", "Academic calendar"),
                    href: Localized::same("https://www.univ.example/calendrier"),
                },
            ],
            notices: vec![Notice {
                level: Level::Info,
                from: None,
                to: None,
                places: vec![Place::Home],
                text: Localized::new(
                    "Rentrée : les comptes ouvrent 24 h après l’inscription.",
                    "New term: accounts open 24 h after enrolment.",
                ),
                link: None,
            }],
            accessibility: Accessibility::None,
            file_number_format: Localized::new("8 chiffres", "8 digits"),
            file_number_example: "22601234".to_owned(),
            file_number_letters: false,
            activation_delay_hours: 24,
            password_min: 12,
            password_max: 256,
            charter: Some(Localized::new(
                "https://www.univ.example/charte",
                "https://www.univ.example/en/it-rules",
            )),
            remember_me: false,
            logo: None,
            primary: None,
            publisher: Localized::new(
                "La présidente de l’Université d’Exemple, 1 place de l’Université",
                "The president of the University of Example, 1 place de l’Université",
            ),
            host: Localized::new(
                "Université d’Exemple, direction du numérique",
                "University of Example, IT department",
            ),
            data_protection: Localized::same("dpo@univ.example"),
        }
    }

    /// The notices shown at `place` on `today`, in `locale`.
    pub fn notices_at(&self, place: Place, today: NaiveDate, locale: Locale) -> Vec<NoticeView> {
        self.notices
            .iter()
            .filter(|notice| notice.places.contains(&place))
            .filter(|notice| notice.from.is_none_or(|from| from <= today))
            .filter(|notice| notice.to.is_none_or(|to| today <= to))
            .map(|notice| NoticeView {
                level: notice.level,
                text: notice.text.text(locale).to_owned(),
                link: notice.link.as_ref().map(|link| LinkView::of(link, locale)),
            })
            .collect()
    }

    pub(super) fn view(&self, locale: Locale) -> SiteView {
        SiteView {
            name: self.name.text(locale).to_owned(),
            short: self.short.clone(),
            home_url: self.home_url.clone(),
            links: self.links.iter().map(|link| LinkView::of(link, locale)).collect(),
            accessibility: self.accessibility,
            file_number_letters: self.file_number_letters,
            charter: self
                .charter
                .as_ref()
                .map(|charter| charter.text(locale).to_owned()),
            remember_me: self.remember_me,
        }
    }

    /// The values every message may name without being given them.
    pub(super) fn terms(&self, locale: Locale) -> Vec<(&'static str, String)> {
        let authority = self
            .origin
            .split_once("://")
            .map_or(self.origin.as_str(), |(_, rest)| rest);
        let root = format!("{}{}", self.origin, self.base);
        vec![
            ("university", self.name.text(locale).to_owned()),
            ("short", self.short.clone()),
            // With its final slash: "https://sso.univ.example" is also how "https://sso.univ.example.evil" begins.
            ("origin", format!("{root}/")),
            ("signin", format!("{root}/login")),
            ("here", authority.to_owned()),
            ("registrar", self.registrar.text(locale).to_owned()),
            ("support", self.support.text(locale).to_owned()),
            ("format", self.file_number_format.text(locale).to_owned()),
            ("example", self.file_number_example.clone()),
            ("delay", self.activation_delay_hours.to_string()),
            ("min", self.password_min.to_string()),
            ("max", self.password_max.to_string()),
            ("publisher", self.publisher.text(locale).to_owned()),
            ("hosting", self.host.text(locale).to_owned()),
            ("dpo", self.data_protection.text(locale).to_owned()),
        ]
    }
}

/// The site in one language, as templates see it.
#[derive(Debug, Serialize)]
pub(super) struct SiteView {
    name: String,
    short: String,
    home_url: Option<String>,
    links: Vec<LinkView>,
    accessibility: Accessibility,
    file_number_letters: bool,
    charter: Option<String>,
    remember_me: bool,
}

/// A link in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl LinkView {
    fn of(link: &Link, locale: Locale) -> Self {
        Self {
            label: link.label.text(locale).to_owned(),
            href: link.href.text(locale).to_owned(),
        }
    }
}

/// A notice in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeView {
    /// How loud.
    pub level: Level,
    /// The text.
    pub text: String,
    /// The link after it.
    pub link: Option<LinkView>,
}
