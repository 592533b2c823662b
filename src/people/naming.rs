//! Logins and mail addresses: how a name becomes one, and who gets the plain form when two people share it.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::folding::{fold, fold_alphanumeric, is_apostrophe, is_invisible};
use super::names::Names;

/// A login, or whatever somebody typed in the login field: trimmed, NFKC, lower case, without invisible characters.
/// The one form that look-ups, throttles, sessions, audit and services all use (`[S-32]`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

/// The longest login that is looked up, in characters: that of a mail address (RFC 5321 §4.5.3.1).
const LONGEST_TYPED: usize = 254;

impl Login {
    /// Reads the login field. `None` when it is empty, longer than 254 characters, or holds a control, a mark of
    /// writing direction or a zero-width character.
    pub fn typed(text: &str) -> Option<Self> {
        // Nothing good is ten times too long; normalising it would be work for a stranger.
        if text.len() > LONGEST_TYPED * 10 {
            return None;
        }
        let composed: String = text.trim().nfkc().collect();
        let lower: String = composed.trim().to_lowercase().nfkc().collect();
        let sound = (1..=LONGEST_TYPED).contains(&lower.chars().count())
            && !lower.chars().any(|c| c.is_control() || is_invisible(c));
        sound.then_some(Self(lower))
    }

    /// The login as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({:?})", self.0)
    }
}

impl TryFrom<String> for Login {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::typed(&text).ok_or("not a login")
    }
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        login.0
    }
}

/// How a login is made from a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// `corsonneau`: first letter of the given name, then the surname.
    #[default]
    InitialName,
    /// `camille.orsonneau`.
    GivenDotName,
    /// `orsonneauc`: the surname, then the first letter of the given name.
    NameInitial,
}

/// The rule for new logins. Logins are never changed and never given to anybody else afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoginRule {
    /// The pattern.
    pub pattern: Pattern,
    /// The longest login, 8 to 64 characters.
    pub max_length: usize,
    /// Words that are no login, besides the reserved ones; compared whole.
    pub unwanted: Vec<String>,
}

impl Default for LoginRule {
    fn default() -> Self {
        Self {
            pattern: Pattern::default(),
            max_length: 16,
            unwanted: Vec::new(),
        }
    }
}

const SHORTEST: usize = 3;

/// Names that a person could be mistaken for a role with, or that a system keeps for itself (RFC 2142 among them).
const RESERVED: [&str; 56] = [
    "abuse",
    "accueil",
    "admin",
    "administrateur",
    "administrator",
    "anonymous",
    "apache",
    "api",
    "assistance",
    "bin",
    "cas",
    "contact",
    "daemon",
    "demo",
    "dpo",
    "ent",
    "ftp",
    "ftpuser",
    "guest",
    "help",
    "helpdesk",
    "hostmaster",
    "info",
    "invite",
    "ldap",
    "localhost",
    "login",
    "logout",
    "mail",
    "mailer",
    "moodle",
    "mysql",
    "news",
    "nobody",
    "noreply",
    "null",
    "operator",
    "postgres",
    "postmaster",
    "president",
    "public",
    "root",
    "scolarite",
    "secretariat",
    "security",
    "service",
    "sso",
    "support",
    "sys",
    "system",
    "test",
    "undefined",
    "user",
    "webmaster",
    "www",
    "wwwdata",
];

impl LoginRule {
    /// The first free login for `names`; `taken` says whether one is, or ever was, somebody's.
    ///
    /// # Panics
    /// Never in practice: when `taken` refuses four thousand million numbered forms.
    pub fn login(&self, names: &Names, taken: impl Fn(&str) -> bool) -> Login {
        let longest = self.max_length.clamp(8, 64);
        let mut base = self.base(names);
        base.truncate(longest);
        let plain = base.trim_end_matches('.').to_owned();
        let free = |candidate: &String| {
            candidate.len() >= SHORTEST && !self.is_reserved(candidate) && !taken(candidate)
        };
        // Too short a name is numbered from 1, a second bearer of a name gets 2.
        let first_number = if plain.len() < SHORTEST { 1 } else { 2_u32 };
        let numbered = (first_number..=u32::MAX).map(|number| numbered(&plain, number, longest));
        let login = std::iter::once(plain.clone()).chain(numbered).find(free);
        Login(login.expect("some numbered form is free"))
    }

    fn base(&self, names: &Names) -> String {
        let given = fold_alphanumeric(names.given_name());
        let surname = fold_alphanumeric(names.surname());
        let base = match (given.is_empty(), surname.is_empty(), self.pattern) {
            // One name: all of it.
            (true, _, _) => surname,
            (_, true, _) => given,
            (.., Pattern::InitialName) => given[..1].to_owned() + &surname,
            (.., Pattern::GivenDotName) => given + "." + &surname,
            (.., Pattern::NameInitial) => surname + &given[..1],
        };
        let base = base.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        // A name with no letter of ours at all still needs a login.
        if base.is_empty() {
            "compte".to_owned()
        } else {
            base.to_owned()
        }
    }

    fn is_reserved(&self, login: &str) -> bool {
        RESERVED.binary_search(&login).is_ok() || self.unwanted.iter().any(|word| fold(word) == login)
    }
}

/// Returns `base` and `number`, the former cut so that both fit in `longest`.
fn numbered(base: &str, number: u32, longest: usize) -> String {
    let digits = number.to_string();
    let kept = base.len().min(longest.saturating_sub(digits.len()));
    format!("{}{digits}", &base[..kept])
}

/// Returns the first free address `prenom.nom@domain` for `names`, ASCII only; a second bearer gets `prenom.nom2`.
///
/// # Panics
/// Never in practice: when `taken` refuses four thousand million numbered forms.
pub fn mail_address(names: &Names, domain: &str, taken: impl Fn(&str) -> bool) -> String {
    // RFC 5321 §4.5.3.1.1: 64 octets before the at sign.
    const LONGEST: usize = 64;
    let parts = [names.given_name(), names.surname()].map(mail_word);
    let mut local = parts
        .iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(".");
    local.truncate(LONGEST);
    let local = local.trim_end_matches(['.', '-']);
    let local = if local.is_empty() { "compte" } else { local };
    std::iter::once(local.to_owned())
        .chain((2..=u32::MAX).map(|number| numbered(local, number, LONGEST)))
        .map(|local| format!("{local}@{domain}"))
        .find(|address| !taken(address))
        .expect("some numbered form is free")
}

/// Returns `name` for an address: apostrophes vanish, words are joined by hyphens.
fn mail_word(name: &str) -> String {
    let folded: String = fold(name).chars().filter(|c| !is_apostrophe(*c)).collect();
    let words = folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Gives logins as an import does: one after the other, none twice.
    fn logins(people: &[(&str, &str)]) -> Vec<String> {
        let taken = RefCell::new(HashSet::new());
        let rule = LoginRule::default();
        let give = |(given, surname): &(&str, &str)| {
            let login = rule.login(&Names::new(given, surname), |login| {
                taken.borrow().contains(login)
            });
            taken.borrow_mut().insert(login.to_string());
            login.to_string()
        };
        people.iter().map(give).collect()
    }

    #[test]
    fn the_fixed_cast_gets_its_logins() {
        let cast = [
            ("Éloïse", "Vaubrunel", "evaubrunel"),
            ("Émile", "Vaubrunel", "evaubrunel2"),
            ("Léa", "Brivanchet", "lbrivanchet"),
            ("Léo", "Brivanchet", "lbrivanchet2"),
            ("Camille", "Orsonneau", "corsonneau"),
            ("Camille", "Orsonneau", "corsonneau2"),
            ("Noémie", "d’Aigueperle", "ndaigueperle"),
            ("N'Golo", "Tabourendo", "ntabourendo"),
            ("Jean-Baptiste", "Kerlodoc-Saint-Évroult", "jkerlodocsaintev"),
            ("Zoë", "Œillardet", "zoeillardet"),
            ("Mehdi", "El Mazoual", "melmazoual"),
            ("Yasmine", "Ben Ouardane", "ybenouardane"),
            ("Thị Hồng Hạnh", "Nguyễn-Vertaire", "tnguyenvertaire"),
            ("Søren", "Bjælkegård", "sbjaelkegard"),
            ("Łucja", "Żwirkoszewska", "lzwirkoszewska"),
            ("O", "Y", "oy1"),
            ("", "Maheswari", "maheswari"),
            (
                "Anne-Sophie",
                "de La Roche-Tanguerel de Montfaubrun",
                "adelarochetangue",
            ),
            ("Ana María", "Quintanedo y Valsoto", "aquintanedoyvals"),
            ("Aïssatou", "Diombarka", "adiombarka"),
            ("Rutendo", "Chimbwira", "rchimbwira"),
            ("Aleksandr", "Vorontsalin", "avorontsalin"),
            ("Alex", "Tarnevoix", "atarnevoix"),
            ("Margaux", "Delmourier", "mdelmourier"),
            ("Root", "Admin", "radmin"),
        ];
        let people: Vec<(&str, &str)> = cast
            .iter()
            .map(|(given, surname, _)| (*given, *surname))
            .collect();

        let expected: Vec<&str> = cast.iter().map(|(.., login)| *login).collect();
        assert_eq!(logins(&people), expected);
    }

    #[test]
    fn a_number_takes_the_place_of_the_last_letters() {
        assert_eq!(
            logins(&[
                ("Jean", "Kerlodoc-Saint-Évroult"),
                ("Jade", "Kerlodoc-Saint-Évroult")
            ]),
            ["jkerlodocsaintev", "jkerlodocsainte2"]
        );
    }

    #[test]
    fn reserved_and_unwanted_words_are_nobodys_login() {
        assert!(RESERVED.is_sorted());
        assert_eq!(logins(&[("", "Root"), ("T", "Est")]), ["root2", "test2"]);

        let rule = LoginRule {
            unwanted: vec!["Pastis".to_owned()],
            ..LoginRule::default()
        };
        assert_eq!(
            rule.login(&Names::new("Paul", "Astis"), |_| false).as_str(),
            "pastis2"
        );
    }

    #[test]
    fn other_patterns_are_a_matter_of_configuration() {
        let names = Names::new("Camille", "Orsonneau");
        let with = |pattern| LoginRule {
            pattern,
            max_length: 32,
            ..LoginRule::default()
        };

        assert_eq!(
            with(Pattern::GivenDotName).login(&names, |_| false).as_str(),
            "camille.orsonneau"
        );
        assert_eq!(
            with(Pattern::NameInitial).login(&names, |_| false).as_str(),
            "orsonneauc"
        );
    }

    #[test]
    fn mail_addresses_are_ascii_and_numbered_from_two() {
        let address = |given: &str, surname: &str| {
            mail_address(&Names::new(given, surname), "etu.univ.example", |taken| {
                taken == "camille.orsonneau@etu.univ.example"
            })
        };

        assert_eq!(
            address("Camille", "Orsonneau"),
            "camille.orsonneau2@etu.univ.example"
        );
        assert_eq!(
            address("Noémie", "d’Aigueperle"),
            "noemie.daigueperle@etu.univ.example"
        );
        assert_eq!(
            address("Mehdi", "El Mazoual"),
            "mehdi.el-mazoual@etu.univ.example"
        );
        assert_eq!(address("", "Maheswari"), "maheswari@etu.univ.example");
        assert_eq!(address("Дарья", ""), "compte@etu.univ.example");
    }

    #[test]
    fn s32_a_typed_login_has_one_canonical_form() {
        for typed in [
            "corsonneau2",
            " COrsonneau2\t",
            "ｃｏｒｓｏｎｎｅａｕ２",
            "CORSONNEAU2 ",
        ] {
            assert_eq!(
                Login::typed(typed).map(String::from).as_deref(),
                Some("corsonneau2"),
                "{typed}"
            );
        }
    }

    #[test]
    fn s32_what_cannot_be_seen_is_refused() {
        let long = "a".repeat(255);
        for typed in [
            "",
            "  ",
            "a\0b",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{feff}b",
            "a\nb",
            "a\u{ad}b",
            &long,
        ] {
            assert_eq!(Login::typed(typed), None, "{typed:?}");
        }
        assert!(Login::typed(&"a".repeat(254)).is_some());
    }

    proptest! {
        #[test]
        fn s32_a_canonical_login_is_its_own_canonical_form(typed in "\\PC{0,40}") {
            if let Some(login) = Login::typed(&typed) {
                prop_assert_eq!(Login::typed(login.as_str()), Some(login));
            }
        }

        #[test]
        fn every_name_gets_a_login_of_the_right_shape(given in "\\PC{0,20}", surname in "\\PC{0,30}") {
            let login = LoginRule::default().login(&Names::new(&given, &surname), |_| false).to_string();
            prop_assert!((3..=16).contains(&login.len()), "{}", login);
            prop_assert!(login.starts_with(|c: char| c.is_ascii_lowercase()), "{}", login);
            prop_assert!(login.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{}", login);
        }
    }
}
