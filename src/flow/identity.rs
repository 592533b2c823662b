//! What the stored rows say of a person, in the terms of the rules.

use chrono::{DateTime, Utc};

use crate::cas::catalogue::Service;
use crate::config::University;
use crate::kernel::clock::from_micros;
use crate::people::account::{Kind, Standing};
use crate::people::attributes::{self, Affiliation, Attribute, Title};
use crate::people::birth_date::BirthDate;
use crate::people::names::Names;
use crate::store::accounts::Holder;
use crate::store::people::Person;

/// The person's names.
pub fn names(person: &Person) -> Names {
    Names {
        birth_name: person.birth_name.clone(),
        usage_name: person.usage_name.clone(),
        given_names: person
            .given_names
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        usage_given_name: person.usage_given_name.clone(),
    }
}

/// Where the account stands at `now`. A word that this version does not know counts as suspended: nothing opens.
pub fn standing(holder: &Holder, now: DateTime<Utc>) -> Standing {
    Standing::read(
        &holder.account.standing,
        holder.person.rights_end.map(from_micros),
        now,
    )
    .unwrap_or(Standing::Suspended)
}

/// What the person is to the university.
pub fn kind(person: &Person) -> Kind {
    Kind::parse(&person.kind).unwrap_or(Kind::Guest)
}

/// The birth date, which may be known in part.
pub fn birth_date(person: &Person) -> Option<BirthDate> {
    BirthDate::parse_roster(person.birth_date.as_deref()?).ok()
}

/// The affiliations, those that follow from others included.
pub fn affiliations(holder: &Holder, university: &University) -> Vec<String> {
    // What somebody is to the university does not depend on where the account stands.
    facts(holder, university, Standing::Closed)
        .affiliations()
        .into_iter()
        .map(|one| one.as_str().to_owned())
        .collect()
}

/// What `service` might be released or told: the attributes that its definition names, and no others.
pub fn attributes(
    holder: &Holder,
    service: &Service,
    university: &University,
    now: DateTime<Utc>,
) -> Vec<Attribute> {
    let mut names: Vec<&str> = service
        .release
        .iter()
        .map(crate::cas::catalogue::Release::source)
        .collect();
    names.extend(service.username_attribute.as_deref());
    names.dedup();
    if names.is_empty() {
        return Vec::new();
    }
    facts(holder, university, standing(holder, now)).asked(names, now)
}

fn facts(holder: &Holder, university: &University, standing: Standing) -> attributes::Person {
    let person = &holder.person;
    attributes::Person {
        login: holder.account.login.clone(),
        names: names(person),
        mail: holder.account.mail.clone(),
        kind: kind(person),
        reference: person.reference.clone(),
        title: person.title.as_deref().and_then(Title::parse),
        affiliations: person
            .affiliations
            .split(',')
            .filter_map(Affiliation::parse)
            .collect(),
        enrolments: serde_json::from_str(&person.enrolments).unwrap_or_default(),
        scope: university.domain.clone(),
        establishment: university.uai.clone().unwrap_or_default(),
        unlisted: false,
        ine: person.ine.clone(),
        birth_date: birth_date(person),
        standing,
    }
}
