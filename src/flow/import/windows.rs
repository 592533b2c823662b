//! Whose time to activate begins again: students who still wait and whom the roster of a new academic year names. Without
//! that, whoever enrols again a year after an account that was never opened could not open it any more.

use chrono::{DateTime, Utc};

use super::{Known, Plan};
use crate::kernel::clock::from_micros;
use crate::people::account::{Kind, academic_year};
use crate::people::attributes::Enrolment;
use crate::roster::person::RosterPerson;

/// The identifiers of those whose time begins again.
pub(super) fn again(
    plan: &Plan,
    people: &[Option<RosterPerson>],
    known: &[Known],
    now: DateTime<Utc>,
) -> Vec<String> {
    let named = plan
        .changed
        .iter()
        .chain(&plan.unchanged)
        .filter_map(|pair| Some((people[pair.person].as_ref()?, &known[pair.existing])));
    named
        .filter(|(person, known)| {
            let enrolments: Vec<Enrolment> = serde_json::from_str(&known.enrolments).unwrap_or_default();
            person.kind == Kind::Student
                && known.standing == "pending"
                && year(&person.enrolments, now) > year(&enrolments, from_micros(known.created_at))
        })
        .map(|(_, known)| known.id.clone())
        .collect()
}

/// The year that a roster is of: the newest that it gives or, when it gives none, the one in which it was imported.
fn year(enrolments: &[Enrolment], imported: DateTime<Utc>) -> i32 {
    let given = enrolments.iter().map(|enrolment| i32::from(enrolment.year)).max();
    given
        .filter(|year| *year > 0)
        .unwrap_or_else(|| academic_year(imported.date_naive()))
}
