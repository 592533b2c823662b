//! A person of the roster as a row of the database.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::roster::person::RosterPerson;
use crate::store::people::Person;

/// The row of `person` under `id`, first seen `now`.
pub(super) fn row(id: &str, person: &RosterPerson, now: DateTime<Utc>) -> Person {
    let affiliations: Vec<&str> = person.affiliations.iter().map(|one| one.as_str()).collect();
    Person {
        id: id.to_owned(),
        kind: person.kind.as_str().to_owned(),
        reference: person.reference.clone(),
        birth_name: person.names.birth_name.clone(),
        usage_name: person.names.usage_name.clone(),
        given_names: person.names.given_names.join(","),
        usage_given_name: person.names.usage_given_name.clone(),
        title: person.title.map(|title| title.as_str().to_owned()),
        birth_date: Some(person.birth_date.to_iso()),
        ine: person.ine.clone(),
        personal_mail: person.personal_mail.clone(),
        affiliations: affiliations.join(","),
        enrolments: serde_json::to_string(&person.enrolments).unwrap_or_else(|_| "[]".to_owned()),
        rights_start: person.rights_start.map(midnight),
        // The last day counts in full.
        rights_end: person
            .rights_end
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(midnight),
        source_hash: Some(hex::encode(person.source_hash())),
        created_at: now.timestamp_micros(),
        updated_at: now.timestamp_micros(),
    }
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}
