-- Times are microseconds since 1970-01-01T00:00:00Z. Digests are SHA-256 or HMAC-SHA-256, 32 bytes.

-- Who somebody is, as the registry office knows it.
CREATE TABLE people (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    birth_name TEXT NOT NULL,
    usage_name TEXT,
    given_names TEXT NOT NULL,
    usage_given_name TEXT,
    title TEXT,
    birth_date TEXT,
    ine TEXT,
    personal_mail TEXT,
    affiliations TEXT NOT NULL,
    enrolments TEXT NOT NULL,
    rights_start BIGINT,
    rights_end BIGINT,
    source_hash TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (kind, reference)
);

-- How they sign in. One account a person, sharing its id.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    login TEXT NOT NULL UNIQUE,
    mail TEXT NOT NULL UNIQUE,
    standing TEXT NOT NULL,
    password_hash TEXT,
    password_kind TEXT,
    password_since BIGINT,
    epoch BIGINT NOT NULL,
    charter_version TEXT,
    charter_at BIGINT,
    activated_at BIGINT,
    last_login_at BIGINT,
    previous_login_at BIGINT,
    updated_at BIGINT NOT NULL
);

-- Logins that were ever given out: none is given to a second person.
CREATE TABLE retired_logins (
    login TEXT PRIMARY KEY NOT NULL,
    year BIGINT NOT NULL
);

-- Certificate codes and the backup codes that replace them.
CREATE TABLE recovery_codes (
    id TEXT PRIMARY KEY NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    year BIGINT NOT NULL,
    origin TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    spent_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX recovery_codes_person ON recovery_codes (person_id);

CREATE TABLE services (
    key TEXT PRIMARY KEY NOT NULL,
    definition TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Counts the changes of what servers keep in memory, so that each notices another's change.
CREATE TABLE revisions (
    name TEXT PRIMARY KEY NOT NULL,
    number BIGINT NOT NULL
);
INSERT INTO revisions (name, number) VALUES ('services', 0);

-- One row a ticket-granting ticket.
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY NOT NULL,
    cookie BLOB NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    epoch BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    public_computer BOOLEAN NOT NULL,
    long_term BOOLEAN NOT NULL,
    device TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Service tickets. A spent row is also what single logout knows of the service.
CREATE TABLE service_tickets (
    digest BLOB PRIMARY KEY NOT NULL,
    session BLOB NOT NULL,
    kind TEXT NOT NULL,
    service_key TEXT NOT NULL,
    service TEXT NOT NULL,
    from_new_login BOOLEAN NOT NULL,
    proxies TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    handle TEXT
);
CREATE INDEX service_tickets_session ON service_tickets (session);
CREATE INDEX service_tickets_expiry ON service_tickets (expires_at);

-- Single-logout messages: written with the end of the session, sent afterwards.
CREATE TABLE logout_messages (
    id TEXT PRIMARY KEY NOT NULL,
    batch BLOB NOT NULL,
    account_id TEXT NOT NULL,
    service_key TEXT NOT NULL,
    address TEXT NOT NULL,
    name_id TEXT NOT NULL,
    session_index TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    done_at BIGINT,
    outcome TEXT NOT NULL,
    status BIGINT,
    latency BIGINT
);
CREATE INDEX logout_messages_batch ON logout_messages (batch);
CREATE INDEX logout_messages_due ON logout_messages (done_at, next_try_at);

-- Failed tries, by keyed digest of what was typed or where it came from.
CREATE TABLE throttles (
    key BLOB PRIMARY KEY NOT NULL,
    ledger TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX throttles_expiry ON throttles (expires_at);

-- Form tokens that were used: each counts once.
CREATE TABLE spent_forms (
    digest BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_forms_expiry ON spent_forms (expires_at);

-- An activation or a recovery under way, held by the digest of its cookie.
CREATE TABLE journeys (
    digest BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    person_id TEXT REFERENCES people (id) ON DELETE CASCADE,
    typed BLOB NOT NULL,
    details TEXT NOT NULL,
    sheet BLOB,
    expires_at BIGINT NOT NULL
);
CREATE INDEX journeys_expiry ON journeys (expires_at);

-- What happened, for good: rows are added, never changed, and removed only when half a year old.
CREATE TABLE audit (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    account_id TEXT,
    actor TEXT NOT NULL,
    address TEXT,
    service TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_account ON audit (account_id, at);
CREATE INDEX audit_time ON audit (at);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_kept_half_a_year BEFORE DELETE ON audit
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 180 * 86400) * 1000000
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
