//! What a PostgreSQL server says of itself when a connection is made, and whether that will do.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::store::conn::PgConnection;
use crate::store::schema::TABLES;

/// The oldest server, as `server_version_num` has it.
const OLDEST: i64 = 150_000;

/// A server as it presents itself.
#[derive(Debug, Clone, QueryableByName)]
pub struct Standing {
    /// 150018 is 15.18.
    #[diesel(sql_type = BigInt)]
    version: i64,
    /// In the server's own words.
    #[diesel(sql_type = Text)]
    version_name: String,
    /// How text is stored.
    #[diesel(sql_type = Text)]
    encoding: String,
    /// Whether it repeats what another server does.
    #[diesel(sql_type = Bool)]
    standby: bool,
    /// Whether it accepts no writes for another reason.
    #[diesel(sql_type = Bool)]
    read_only: bool,
}

impl Standing {
    /// Asks the server.
    pub fn of(conn: &mut PgConnection) -> QueryResult<Self> {
        diesel::sql_query(
            "SELECT current_setting('server_version_num')::bigint AS version,
                    current_setting('server_version') AS version_name,
                    current_setting('server_encoding') AS encoding,
                    pg_is_in_recovery() AS standby,
                    current_setting('transaction_read_only')::boolean AS read_only",
        )
        .get_result(conn)
    }

    /// Why this server cannot be used, in words that end a line.
    ///
    /// # Errors
    /// When it is old, stores another encoding, or accepts no writes.
    pub fn judge(&self) -> Result<(), String> {
        if self.version < OLDEST {
            return Err(format!(
                "it is PostgreSQL {}: 15 or newer is needed",
                self.version_name
            ));
        }
        if self.encoding != "UTF8" {
            return Err(format!("its encoding is {}: UTF8 is needed", self.encoding));
        }
        if self.standby {
            return Err("it is a standby: the server that accepts writes is needed".into());
        }
        if self.read_only {
            return Err("it accepts no writes (default_transaction_read_only)".into());
        }
        Ok(())
    }
}

/// What the role may do where the tables are, or will be.
#[derive(QueryableByName)]
pub struct Rights {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Nullable<Text>)]
    schema: Option<String>,
    #[diesel(sql_type = Bool)]
    create: bool,
    #[diesel(sql_type = Nullable<Text>)]
    closed: Option<String>,
}

impl Rights {
    /// Asks the server.
    pub fn of(conn: &mut PgConnection) -> QueryResult<Self> {
        let tables = TABLES.map(|table| format!("'{table}'")).join(", ");
        diesel::sql_query(format!(
            "SELECT current_user::text AS role, current_schema()::text AS schema,
                    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS create,
                    (SELECT min(tablename::text) FROM pg_tables
                     WHERE schemaname = current_schema() AND tablename IN ({tables})
                       AND NOT (has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
                            AND has_table_privilege(format('%I.%I', schemaname, tablename), 'INSERT')
                            AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE')
                            AND has_table_privilege(format('%I.%I', schemaname, tablename), 'DELETE'))) AS closed"
        ))
        .get_result(conn)
    }

    /// Why this role cannot be used, in words that end a line; `to_make` tells whether tables are missing.
    ///
    /// # Errors
    /// When it may not make the tables that are missing, or not read and write those that are there.
    pub fn judge(&self, to_make: bool) -> Result<(), String> {
        let role = &self.role;
        let Some(schema) = &self.schema else {
            return Err(format!("the role {role} sees no schema there (search_path)"));
        };
        if to_make && !self.create {
            return Err(format!(
                "the role {role} may not make tables there: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
            ));
        }
        match &self.closed {
            Some(table) => Err(format!(
                "the role {role} may not read and write the table {table}"
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Standing {
        Standing {
            version: 150_018,
            version_name: "15.18 (Debian 15.18-0+deb12u1)".into(),
            encoding: "UTF8".into(),
            standby: false,
            read_only: false,
        }
    }

    #[test]
    fn a_server_that_will_not_do_is_refused_with_what_is_wrong() {
        assert_eq!(sound().judge(), Ok(()));

        let old = Standing {
            version: 140_022,
            version_name: "14.22".into(),
            ..sound()
        };
        assert_eq!(
            old.judge().unwrap_err(),
            "it is PostgreSQL 14.22: 15 or newer is needed"
        );
        let latin = Standing {
            encoding: "LATIN1".into(),
            ..sound()
        };
        assert_eq!(
            latin.judge().unwrap_err(),
            "its encoding is LATIN1: UTF8 is needed"
        );
        let standby = Standing {
            standby: true,
            read_only: true,
            ..sound()
        };
        assert!(standby.judge().unwrap_err().starts_with("it is a standby"));
        let closed = Standing {
            read_only: true,
            ..sound()
        };
        assert!(closed.judge().unwrap_err().starts_with("it accepts no writes"));
    }
}
