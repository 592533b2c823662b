-- Proxy-granting tickets: each dies with its session, and a ticket brings one at most.
CREATE TABLE proxy_grants (
    digest BLOB PRIMARY KEY NOT NULL,
    session BLOB NOT NULL REFERENCES sessions (digest) ON DELETE CASCADE,
    ticket BLOB NOT NULL UNIQUE,
    service_key TEXT NOT NULL,
    proxies TEXT NOT NULL,
    issued_at BIGINT NOT NULL
);
CREATE INDEX proxy_grants_session ON proxy_grants (session);
