//! What the configuration says of the university, as the pages want it.

use super::pages::{Accessibility, Localized, Site};
use crate::config::{self, Bilingual, Config};
use crate::people::password::MAX_LENGTH;

/// The site of this configuration.
pub fn of(config: &Config) -> Site {
    let university = &config.university;
    let digits = config.identifiers.file_number_digits;
    let local = |text: &Bilingual| Localized {
        fr: text.fr.clone(),
        en: text.en.clone(),
    };
    let name = local(&university.name);
    Site {
        origin: config.server.public_url.origin(),
        base: config.server.public_url.context().to_owned(),
        home_url: university.home_url.clone(),
        registrar: university.registrar.as_ref().map_or_else(registrar, local),
        support: university.support.as_ref().map_or_else(support, local),
        links: Vec::new(),
        notices: Vec::new(),
        accessibility: match university.accessibility {
            config::Accessibility::None => Accessibility::None,
            config::Accessibility::Partial => Accessibility::Partial,
            config::Accessibility::Full => Accessibility::Full,
        },
        file_number_format: Localized {
            fr: format!("{digits} chiffres"),
            en: format!("{digits} digits"),
        },
        file_number_example: "22601234".chars().cycle().take(digits).collect(),
        file_number_letters: false,
        activation_delay_hours: u32::try_from(config.activation.available_after.num_hours()).unwrap_or(24),
        password_min: u32::try_from(config.password.min_length).unwrap_or(12),
        password_max: u32::try_from(MAX_LENGTH).unwrap_or(128),
        charter: config.activation.charter.as_ref().map(local),
        remember_me: config.sessions.remember_me.is_some(),
        logo: None,
        primary: Some(university.primary.to_string()),
        publisher: name.clone(),
        host: name.clone(),
        data_protection: Localized {
            fr: format!("dpo@{}", university.domain),
            en: format!("dpo@{}", university.domain),
        },
        name,
        short: university.short.clone(),
    }
}

fn registrar() -> Localized {
    Localized::new(
        "le service de scolarité de votre composante",
        "your department’s registrar’s office",
    )
}

fn support() -> Localized {
    Localized::new(
        "l’assistance informatique de l’université",
        "the university’s IT help desk",
    )
}
