//! Passwords that people have in another directory, for accounts that have none here.

use crate::people::dated_hash::DatedHash;
use crate::roster::person::RosterPerson;
use crate::roster::plan::Plan;
use crate::store::people::Known;

/// The passwords that accounts already known take over, and how many of them have, or had, one of their own.
pub(super) fn of_known(
    plan: &Plan,
    people: &[Option<RosterPerson>],
    known: &[Known],
) -> (Vec<(String, DatedHash)>, usize) {
    let (mut adopted, mut kept) = (Vec::new(), 0);
    let back = plan.back.iter().map(|back| (back.person, back.existing));
    let pairs = plan.changed.iter().chain(&plan.unchanged);
    for (person, existing) in pairs.map(|pair| (pair.person, pair.existing)).chain(back) {
        let Some(hash) = people[person].as_ref().and_then(|person| person.password.clone()) else {
            continue;
        };
        if known[existing].standing == "pending" {
            adopted.push((known[existing].id.clone(), hash));
        } else {
            kept += 1;
        }
    }
    (adopted, kept)
}
