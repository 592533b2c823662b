//! Statements whose text never changes, prepared once a connection.
//!
//! Diesel prepares each UPDATE anew, because it cannot know that the text stays the same, and sends SAVEPOINT as text; on
//! the way of every ticket that is half of the time.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

/// A statement without values: kept by its text.
pub(super) struct Word(pub(super) &'static str);

impl QueryId for Word {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Word {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for Word {}

/// Marks an unspent ticket as presented, and answers its row: the guarded statement that spends it ([T-3]).
pub(super) struct Consume<'a> {
    /// Digest of the ticket.
    pub digest: &'a [u8],
    /// When, in microseconds.
    pub at: i64,
    /// The ticket's text.
    pub handle: &'a str,
    /// The service identifier for which it is presented.
    pub service: &'a str,
    /// The address that presented it.
    pub from: Option<&'a str>,
}

impl QueryId for Consume<'_> {
    type QueryId = Consume<'static>;
}

impl<DB> QueryFragment<DB> for Consume<'_>
where
    DB: Backend,
    i64: ToSql<BigInt, DB>,
    for<'t> &'t str: ToSql<Text, DB>,
    for<'t> Option<&'t str>: ToSql<Nullable<Text>, DB>,
    for<'t> &'t [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE service_tickets SET consumed_at = ");
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(", handle = CASE service WHEN ");
        out.push_bind_param::<Text, _>(&self.service)?;
        out.push_sql(" THEN ");
        out.push_bind_param::<Text, _>(&self.handle)?;
        out.push_sql(" END");
        out.push_sql(", presented_from = ");
        out.push_bind_param::<Nullable<Text>, _>(&self.from)?;
        out.push_sql(" WHERE digest = ");
        out.push_bind_param::<Binary, _>(&self.digest)?;
        out.push_sql(
            " AND consumed_at IS NULL RETURNING session, kind, service_key, service, from_new_login, proxies, \
             issued_at, expires_at",
        );
        Ok(())
    }
}

impl Query for Consume<'_> {
    type SqlType = (Binary, Text, Text, Text, Bool, Text, BigInt, BigInt);
}

impl<C> RunQueryDsl<C> for Consume<'_> {}

/// The last tickets of a session for a service, newest first. Its LIMIT is a literal: where it is a value, SQLite makes
/// the plan anew for each value that is bound.
pub(super) struct Lately<'a> {
    /// Digest of the ticket-granting ticket.
    pub session: &'a [u8],
    /// The registered service.
    pub service_key: &'a str,
    /// Tickets issued before are left out, in microseconds.
    pub since: i64,
    /// How many.
    pub limit: u8,
}

impl QueryId for Lately<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for Lately<'_>
where
    DB: Backend,
    i64: ToSql<BigInt, DB>,
    for<'t> &'t str: ToSql<Text, DB>,
    for<'t> &'t [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(
            "SELECT digest, service, issued_at, consumed_at, refused FROM service_tickets WHERE session = ",
        );
        out.push_bind_param::<Binary, _>(&self.session)?;
        out.push_sql(" AND service_key = ");
        out.push_bind_param::<Text, _>(&self.service_key)?;
        out.push_sql(" AND issued_at >= ");
        out.push_bind_param::<BigInt, _>(&self.since)?;
        out.push_sql(" ORDER BY issued_at DESC LIMIT ");
        out.push_sql(&self.limit.to_string());
        Ok(())
    }
}

impl Query for Lately<'_> {
    type SqlType = (Binary, Text, BigInt, Nullable<BigInt>, Nullable<Text>);
}

impl<C> RunQueryDsl<C> for Lately<'_> {}
