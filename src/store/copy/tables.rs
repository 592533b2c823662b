//! Every table, in an order that foreign keys allow, with its rows as both engines give them.
//!
//! The columns are written out here a second time, and that is the point: a column that `schema.rs` has and this list
//! has not does not compile, and a table that is missing fails a test.

use diesel::prelude::*;

use super::checksum::{Field, Fields};
use crate::store::conn::on;
use crate::store::{Conn, StoreError, schema};

/// Rows that are read at once and written in one transaction. A row has 18 columns at most, and one statement of
/// SQLite takes 32,766 values, one of PostgreSQL 65,535.
pub(super) const PAGE: usize = 1_000;

/// A row of one table.
pub(super) trait Row: Sized {
    /// The table.
    const TABLE: &'static str;

    /// How many rows there are.
    fn count(conn: &mut Conn) -> Result<u64, StoreError>;

    /// Reads up to [`PAGE`] rows behind a position, in the order of the key as this database has it; none is the end.
    fn page(conn: &mut Conn, after: Option<&str>) -> Result<Vec<Self>, StoreError>;

    /// Adds rows, of which none may be there yet.
    fn write(conn: &mut Conn, rows: &[Self]) -> Result<(), StoreError>;

    /// Where the row stands: its key.
    fn position(&self) -> String;

    /// Tells every column.
    fn tell(&self, fields: &mut Fields);
}

/// A key, as it is noted.
trait Key: Sized {
    fn noted(&self) -> String;
    fn of_note(note: &str) -> Option<Self>;
}

impl Key for String {
    fn noted(&self) -> String {
        self.clone()
    }

    fn of_note(note: &str) -> Option<Self> {
        Some(note.to_owned())
    }
}

impl Key for Vec<u8> {
    fn noted(&self) -> String {
        hex::encode(self)
    }

    fn of_note(note: &str) -> Option<Self> {
        hex::decode(note).ok()
    }
}

fn read_key<K: Key>(table: &'static str, note: &str) -> Result<K, StoreError> {
    K::of_note(note).ok_or_else(|| StoreError::Corrupt {
        table: super::unfinished::TABLE,
        column: "position",
        row: table.to_owned(),
    })
}

macro_rules! tables {
    ($($table:ident: $row:ident by $key:ident, $kind:ty { $($column:ident: $type:ty),+ $(,)? })+) => {
        $(
            #[derive(Queryable, Insertable)]
            #[diesel(table_name = schema::$table, treat_none_as_default_value = false)]
            pub(super) struct $row {
                $($column: $type,)+
            }

            impl Row for $row {
                const TABLE: &'static str = stringify!($table);

                fn count(conn: &mut Conn) -> Result<u64, StoreError> {
                    let rows: i64 = on!(conn, c => schema::$table::table.count().get_result(c))?;
                    Ok(rows.unsigned_abs())
                }

                fn page(conn: &mut Conn, after: Option<&str>) -> Result<Vec<Self>, StoreError> {
                    use schema::$table::{$key as key, table};
                    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
                    Ok(match after {
                        None => on!(conn, c => table.order(key).limit(limit).load(c))?,
                        Some(note) => {
                            let after: $kind = read_key(Self::TABLE, note)?;
                            on!(conn, c => table
                                .filter(key.gt(after))
                                .order(key)
                                .limit(limit)
                                .load(c))?
                        }
                    })
                }

                fn write(conn: &mut Conn, rows: &[Self]) -> Result<(), StoreError> {
                    on!(conn, c => diesel::insert_into(schema::$table::table).values(rows).execute(c))?;
                    Ok(())
                }

                fn position(&self) -> String {
                    self.$key.noted()
                }

                fn tell(&self, fields: &mut Fields) {
                    $(self.$column.tell(fields);)+
                }
            }
        )+

        /// Every table.
        pub(super) const TABLES: &[super::Table] = &[$(super::Table::of::<$row>()),+];
    };
}

tables! {
    people: People by id, String {
        id: String,
        kind: String,
        reference: String,
        birth_name: String,
        usage_name: Option<String>,
        given_names: String,
        usage_given_name: Option<String>,
        title: Option<String>,
        birth_date: Option<String>,
        ine: Option<String>,
        personal_mail: Option<String>,
        affiliations: String,
        enrolments: String,
        rights_start: Option<i64>,
        rights_end: Option<i64>,
        source_hash: Option<String>,
        created_at: i64,
        updated_at: i64,
    }
    accounts: Accounts by id, String {
        id: String,
        login: String,
        mail: String,
        standing: String,
        password_hash: Option<String>,
        password_kind: Option<String>,
        password_since: Option<i64>,
        epoch: i64,
        charter_version: Option<String>,
        charter_at: Option<i64>,
        activated_at: Option<i64>,
        last_login_at: Option<i64>,
        previous_login_at: Option<i64>,
        updated_at: i64,
    }
    retired_logins: RetiredLogins by login, String {
        login: String,
        year: i64,
    }
    recovery_codes: RecoveryCodes by id, String {
        id: String,
        person_id: String,
        secret: String,
        year: i64,
        origin: String,
        issued_at: i64,
        expires_at: i64,
        tries: i64,
        spent_at: Option<i64>,
        revoked_at: Option<i64>,
    }
    services: Services by key, String {
        key: String,
        definition: String,
        updated_at: i64,
    }
    revisions: Revisions by name, String {
        name: String,
        number: i64,
    }
    marks: Marks by name, String {
        name: String,
        value: String,
    }
    sessions: Sessions by digest, Vec<u8> {
        digest: Vec<u8>,
        cookie: Vec<u8>,
        account_id: String,
        epoch: i64,
        opened_at: i64,
        authenticated_at: i64,
        used_at: i64,
        idle: i64,
        expires_at: i64,
        public_computer: bool,
        long_term: bool,
        device: String,
        address: String,
    }
    service_tickets: ServiceTickets by digest, Vec<u8> {
        digest: Vec<u8>,
        session: Vec<u8>,
        kind: String,
        service_key: String,
        service: String,
        from_new_login: bool,
        proxies: String,
        issued_at: i64,
        expires_at: i64,
        consumed_at: Option<i64>,
        handle: Option<String>,
        asked_from: Option<String>,
        presented_from: Option<String>,
        presented_as: Option<String>,
        refused: Option<String>,
        replays: i64,
        replayed_at: Option<i64>,
        replayed_from: Option<String>,
    }
    proxy_grants: ProxyGrants by digest, Vec<u8> {
        digest: Vec<u8>,
        session: Vec<u8>,
        ticket: Vec<u8>,
        service_key: String,
        proxies: String,
        issued_at: i64,
    }
    logout_messages: LogoutMessages by id, String {
        id: String,
        batch: Vec<u8>,
        account_id: String,
        service_key: String,
        address: String,
        name_id: String,
        session_index: String,
        queued_at: i64,
        next_try_at: i64,
        tries: i64,
        done_at: Option<i64>,
        outcome: String,
        status: Option<i64>,
        latency: Option<i64>,
        retried_at: Option<i64>,
    }
    throttles: Throttles by key, Vec<u8> {
        key: Vec<u8>,
        ledger: String,
        expires_at: i64,
    }
    spent_forms: SpentForms by digest, Vec<u8> {
        digest: Vec<u8>,
        expires_at: i64,
    }
    journeys: Journeys by digest, Vec<u8> {
        digest: Vec<u8>,
        kind: String,
        step: String,
        person_id: Option<String>,
        typed: Vec<u8>,
        details: String,
        sheet: Option<Vec<u8>>,
        expires_at: i64,
    }
    audit: Audit by id, String {
        id: String,
        at: i64,
        event: String,
        account_id: Option<String>,
        actor: String,
        address: Option<String>,
        service: Option<String>,
        detail: String,
        seq: Option<i64>,
        link: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::TABLES;

    #[test]
    fn every_table_of_the_schema_is_copied() {
        let text = include_str!("../schema.rs");
        let declared = text.split("diesel::table! {").skip(1);
        let mut declared: Vec<&str> = declared
            .filter_map(|rest| rest.trim_start().split_once(" ("))
            .map(|(name, _)| name)
            .collect();
        let mut copied: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        declared.sort_unstable();
        copied.sort_unstable();

        assert_eq!(copied, declared);
    }
}
