-- What every node must agree on: the fingerprint of the key in force.
CREATE TABLE marks (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);
