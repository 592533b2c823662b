//! Looks at a database that no server has opened yet, and changes nothing in it.

use super::migrate::Schema;
use super::open::Target;
use super::pulse::{Ailment, compare_clocks, compare_with_registry};
use super::{Conn, Place, StoreError, Unopened, accounts, marks, migrate, services};
use crate::kernel::clock::Clock;

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Survey {
    /// No database yet, or an empty one: opening it makes the tables.
    New,
    /// A database of this program.
    There(Content),
}

/// What a database holds, as far as a start depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The schema it has.
    pub schema: Schema,
    /// How many accounts there are.
    pub accounts: i64,
    /// The definitions of the registered services, by key.
    pub services: Vec<(String, String)>,
    /// The fingerprint of the key that it is used with; `None` before the first start.
    pub key: Option<String>,
    /// What keeps servers from using it: its clock, if it has one.
    pub ailment: Option<Ailment>,
}

/// Looks at the database at `target`, and holds its clock against `clock`.
///
/// # Errors
/// When it cannot be reached, is damaged, or was written by a newer version.
pub fn survey(target: &Target, clock: &dyn Clock) -> Result<Survey, Unopened> {
    if target.is_to_be_made()? {
        return Ok(Survey::New);
    }
    // On a thread of its own, as where it is opened to be used.
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut link = target.connect()?;
            look(&mut link.conn, clock).map_err(|error| target.refused(error))
        });
        looking
            .join()
            .unwrap_or_else(|_| Err(target.refused(StoreError::Unavailable(None))))
    })
}

/// Looks whether sessions and tickets can be kept at `place`.
///
/// # Errors
/// When they cannot, its clock included.
pub fn survey_registry(place: &Place, clock: &dyn Clock) -> Result<(), Unopened> {
    match compare_with_registry(place, clock)? {
        None => Ok(()),
        Some(ailment) => Err(Unopened::Unusable {
            place: place.name(),
            ailment,
        }),
    }
}

fn look(conn: &mut Conn, clock: &dyn Clock) -> Result<Survey, StoreError> {
    let Some(schema) = migrate::schema(conn)? else {
        return Ok(Survey::New);
    };
    let key = if migrate::has_table(conn, "marks")? {
        marks::key(conn)?
    } else {
        None
    };
    // The other tables that are read here have been there since the first schema.
    Ok(Survey::There(Content {
        accounts: accounts::count(conn)?,
        services: services::all(conn)?,
        key,
        ailment: compare_clocks(conn, clock)?,
        schema,
    }))
}
