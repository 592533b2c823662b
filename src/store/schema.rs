//! The tables, as both engines have them. A test compares this file with what the migrations make.
#![expect(missing_docs, reason = "the columns are told in the migrations")]

diesel::table! {
    people (id) {
        id -> Text,
        kind -> Text,
        reference -> Text,
        birth_name -> Text,
        usage_name -> Nullable<Text>,
        given_names -> Text,
        usage_given_name -> Nullable<Text>,
        title -> Nullable<Text>,
        birth_date -> Nullable<Text>,
        ine -> Nullable<Text>,
        personal_mail -> Nullable<Text>,
        affiliations -> Text,
        enrolments -> Text,
        rights_start -> Nullable<BigInt>,
        rights_end -> Nullable<BigInt>,
        source_hash -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        login -> Text,
        mail -> Text,
        standing -> Text,
        password_hash -> Nullable<Text>,
        password_kind -> Nullable<Text>,
        password_since -> Nullable<BigInt>,
        epoch -> BigInt,
        charter_version -> Nullable<Text>,
        charter_at -> Nullable<BigInt>,
        activated_at -> Nullable<BigInt>,
        last_login_at -> Nullable<BigInt>,
        previous_login_at -> Nullable<BigInt>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    retired_logins (login) {
        login -> Text,
        year -> BigInt,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> Text,
        person_id -> Text,
        secret -> Text,
        year -> BigInt,
        origin -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        tries -> BigInt,
        spent_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    services (key) {
        key -> Text,
        definition -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    revisions (name) {
        name -> Text,
        number -> BigInt,
    }
}

diesel::table! {
    sessions (digest) {
        digest -> Binary,
        cookie -> Binary,
        account_id -> Text,
        epoch -> BigInt,
        opened_at -> BigInt,
        authenticated_at -> BigInt,
        used_at -> BigInt,
        idle -> BigInt,
        expires_at -> BigInt,
        public_computer -> Bool,
        long_term -> Bool,
        device -> Text,
        address -> Text,
    }
}

diesel::table! {
    service_tickets (digest) {
        digest -> Binary,
        session -> Binary,
        kind -> Text,
        service_key -> Text,
        service -> Text,
        from_new_login -> Bool,
        proxies -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
        handle -> Nullable<Text>,
        asked_from -> Nullable<Text>,
        presented_from -> Nullable<Text>,
        presented_as -> Nullable<Text>,
        refused -> Nullable<Text>,
        replays -> BigInt,
        replayed_at -> Nullable<BigInt>,
        replayed_from -> Nullable<Text>,
    }
}

diesel::table! {
    proxy_grants (digest) {
        digest -> Binary,
        session -> Binary,
        ticket -> Binary,
        service_key -> Text,
        proxies -> Text,
        issued_at -> BigInt,
    }
}

diesel::table! {
    logout_messages (id) {
        id -> Text,
        batch -> Binary,
        account_id -> Text,
        service_key -> Text,
        address -> Text,
        name_id -> Text,
        session_index -> Text,
        queued_at -> BigInt,
        next_try_at -> BigInt,
        tries -> BigInt,
        done_at -> Nullable<BigInt>,
        outcome -> Text,
        status -> Nullable<BigInt>,
        latency -> Nullable<BigInt>,
        retried_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    throttles (key) {
        key -> Binary,
        ledger -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    spent_forms (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    journeys (digest) {
        digest -> Binary,
        kind -> Text,
        step -> Text,
        person_id -> Nullable<Text>,
        typed -> Binary,
        details -> Text,
        sheet -> Nullable<Binary>,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> Text,
        at -> BigInt,
        event -> Text,
        account_id -> Nullable<Text>,
        actor -> Text,
        address -> Nullable<Text>,
        service -> Nullable<Text>,
        detail -> Text,
        seq -> Nullable<BigInt>,
        link -> Nullable<Text>,
    }
}

diesel::table! {
    marks (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::joinable!(accounts -> people (id));
diesel::joinable!(sessions -> accounts (account_id));

diesel::allow_tables_to_appear_in_same_query!(
    people,
    accounts,
    retired_logins,
    recovery_codes,
    services,
    revisions,
    sessions,
    service_tickets,
    proxy_grants,
    logout_messages,
    throttles,
    spent_forms,
    journeys,
    audit,
    marks
);

/// The tables, by name.
pub(super) const TABLES: [&str; 15] = [
    "people",
    "accounts",
    "retired_logins",
    "recovery_codes",
    "services",
    "revisions",
    "sessions",
    "service_tickets",
    "proxy_grants",
    "logout_messages",
    "throttles",
    "spent_forms",
    "journeys",
    "audit",
    "marks",
];
