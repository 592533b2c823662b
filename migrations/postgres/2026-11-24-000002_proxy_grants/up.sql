-- Proxy-granting tickets: each dies with its session, and a ticket brings one at most.
CREATE TABLE proxy_grants (
    digest BYTEA PRIMARY KEY NOT NULL,
    session BYTEA NOT NULL REFERENCES sessions (digest) ON DELETE CASCADE,
    ticket BYTEA NOT NULL UNIQUE,
    service_key TEXT NOT NULL,
    proxies TEXT NOT NULL,
    issued_at BIGINT NOT NULL
);
CREATE INDEX proxy_grants_session ON proxy_grants (session);
