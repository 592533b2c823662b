--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: audit_refuses(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_refuses() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END;
$$;


--
-- Name: audit_refuses_gaps(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_refuses_gaps() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.seq > coalesce((SELECT split_part(value, ' ', 1)::bigint FROM marks WHERE name = 'audit_removed'), 0) THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN OLD;
END;
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: __diesel_schema_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);


--
-- Name: accounts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts (
    id text NOT NULL,
    login text NOT NULL,
    mail text NOT NULL,
    standing text NOT NULL,
    password_hash text,
    password_kind text,
    password_since bigint,
    epoch bigint NOT NULL,
    charter_version text,
    charter_at bigint,
    activated_at bigint,
    last_login_at bigint,
    previous_login_at bigint,
    updated_at bigint NOT NULL
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    id text NOT NULL,
    at bigint NOT NULL,
    event text NOT NULL,
    account_id text,
    actor text NOT NULL,
    address text,
    service text,
    detail text NOT NULL,
    seq bigint,
    link text
);


--
-- Name: journeys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.journeys (
    digest bytea NOT NULL,
    kind text NOT NULL,
    step text NOT NULL,
    person_id text,
    typed bytea NOT NULL,
    details text NOT NULL,
    sheet bytea,
    expires_at bigint NOT NULL
);


--
-- Name: logout_messages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.logout_messages (
    id text NOT NULL,
    batch bytea NOT NULL,
    account_id text NOT NULL,
    service_key text NOT NULL,
    address text NOT NULL,
    name_id text NOT NULL,
    session_index text NOT NULL,
    queued_at bigint NOT NULL,
    next_try_at bigint NOT NULL,
    tries bigint NOT NULL,
    done_at bigint,
    outcome text NOT NULL,
    status bigint,
    latency bigint,
    retried_at bigint
);


--
-- Name: marks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.marks (
    name text NOT NULL,
    value text NOT NULL
);


--
-- Name: people; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.people (
    id text NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    birth_name text NOT NULL,
    usage_name text,
    given_names text NOT NULL,
    usage_given_name text,
    title text,
    birth_date text,
    ine text,
    personal_mail text,
    affiliations text NOT NULL,
    enrolments text NOT NULL,
    rights_start bigint,
    rights_end bigint,
    source_hash text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);


--
-- Name: proxy_grants; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.proxy_grants (
    digest bytea NOT NULL,
    session bytea NOT NULL,
    ticket bytea NOT NULL,
    service_key text NOT NULL,
    proxies text NOT NULL,
    issued_at bigint NOT NULL
);


--
-- Name: recovery_codes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.recovery_codes (
    id text NOT NULL,
    person_id text NOT NULL,
    secret text NOT NULL,
    year bigint NOT NULL,
    origin text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    tries bigint NOT NULL,
    spent_at bigint,
    revoked_at bigint
);


--
-- Name: retired_logins; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retired_logins (
    login text NOT NULL,
    year bigint NOT NULL
);


--
-- Name: revisions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.revisions (
    name text NOT NULL,
    number bigint NOT NULL
);


--
-- Name: service_tickets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.service_tickets (
    digest bytea NOT NULL,
    session bytea NOT NULL,
    kind text NOT NULL,
    service_key text NOT NULL,
    service text NOT NULL,
    from_new_login boolean NOT NULL,
    proxies text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint,
    handle text,
    asked_from text,
    presented_from text,
    presented_as text,
    refused text,
    replays bigint DEFAULT 0 NOT NULL,
    replayed_at bigint,
    replayed_from text
);


--
-- Name: services; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.services (
    key text NOT NULL,
    definition text NOT NULL,
    updated_at bigint NOT NULL
);


--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions (
    digest bytea NOT NULL,
    cookie bytea NOT NULL,
    account_id text NOT NULL,
    epoch bigint NOT NULL,
    opened_at bigint NOT NULL,
    authenticated_at bigint NOT NULL,
    used_at bigint NOT NULL,
    idle bigint NOT NULL,
    expires_at bigint NOT NULL,
    public_computer boolean NOT NULL,
    long_term boolean NOT NULL,
    device text NOT NULL,
    address text NOT NULL
);


--
-- Name: spent_forms; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.spent_forms (
    digest bytea NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: throttles; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.throttles (
    key bytea NOT NULL,
    ledger text NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Data for Name: __diesel_schema_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.__diesel_schema_migrations VALUES ('20261123000001', '2026-11-28 04:37:27.984123');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000002', '2026-11-28 04:37:28.017028');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000003', '2026-11-28 04:37:28.020747');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000005', '2026-11-28 04:37:28.021642');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000020', '2026-11-28 04:37:28.023404');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000021', '2026-11-28 04:37:28.025632');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000022', '2026-11-28 04:37:28.026967');


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts VALUES ('adiombarka', 'adiombarka', 'adiombarka@etu.univ.example', 'pending', NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 1788593400000000);
INSERT INTO public.accounts VALUES ('msuspendue', 'msuspendue', 'msuspendue@etu.univ.example', 'suspended', 'e5ec8562$argon2id$v=19$m=64,t=1,p=1$6uwBtMfngkwnDVnvKFxrNQ$wZxWZnAi70U+9aDCZO0w7fF4JcorlqMFNVT+EQzc3oI', 'chosen', 1788593400000000, 0, NULL, NULL, 1788593400000000, NULL, NULL, 1788593400000000);
INSERT INTO public.accounts VALUES ('zoeillardet', 'zoeillardet', 'zoeillardet@etu.univ.example', 'closed', 'e5ec8562$argon2id$v=19$m=64,t=1,p=1$6uwBtMfngkwnDVnvKFxrNQ$wZxWZnAi70U+9aDCZO0w7fF4JcorlqMFNVT+EQzc3oI', 'chosen', 1788593400000000, 0, NULL, NULL, 1788593400000000, NULL, NULL, 1788593400000000);
INSERT INTO public.accounts VALUES ('ptarnevoix', 'ptarnevoix', 'ptarnevoix@etu.univ.example', 'active', 'e5ec8562$argon2id$v=19$m=64,t=1,p=1$6uwBtMfngkwnDVnvKFxrNQ$wZxWZnAi70U+9aDCZO0w7fF4JcorlqMFNVT+EQzc3oI', 'chosen', 1788593400000000, 0, NULL, NULL, 1788593400000000, NULL, NULL, 1788593400000000);
INSERT INTO public.accounts VALUES ('corsonneau', 'corsonneau', 'corsonneau@etu.univ.example', 'active', 'e5ec8562$argon2id$v=19$m=64,t=1,p=1$6uwBtMfngkwnDVnvKFxrNQ$wZxWZnAi70U+9aDCZO0w7fF4JcorlqMFNVT+EQzc3oI', 'chosen', 1788593400000000, 0, NULL, NULL, 1788593400000000, 1791185400000000, NULL, 1788593400000000);
INSERT INTO public.accounts VALUES ('evaubrunel2', 'evaubrunel2', 'evaubrunel2@etu.univ.example', 'active', 'e5ec8562$argon2id$v=19$m=64,t=1,p=1$6uwBtMfngkwnDVnvKFxrNQ$wZxWZnAi70U+9aDCZO0w7fF4JcorlqMFNVT+EQzc3oI', 'chosen', 1788593400000000, 0, NULL, NULL, 1788593400000000, 1791185400000000, NULL, 1788593400000000);
INSERT INTO public.accounts VALUES ('jkerlodoc', 'jkerlodoc', 'jkerlodoc@etu.univ.example', 'active', 'e5ec8562$argon2id$v=19$m=64,t=1,p=1$f/0TCUPMrsP0HPdXjnhaww$4Vj3h6ZxE7O4vroHXaJd9IW2NNiNVbuB70zSkgBmJCU', 'generated', 1791185400000000, 1, NULL, NULL, 1791185400000000, NULL, NULL, 1791185400000000);


--
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit VALUES ('01a10af8-30c0-74cb-83af-a2633dad83c3', 1791185400000000, 'signed_in', 'corsonneau', 'person', '127.0.0.1', NULL, '{}', 1, '01a9aa28.4c3f1ab83c7bbe60ad7ca825e4bbbd6da524d4050577b8d0a5bf8ad27817acfa');
INSERT INTO public.audit VALUES ('01a10af8-30c0-7f1a-9369-78faf9292976', 1791185400000000, 'proxy_granted', 'corsonneau', 'service', '127.0.0.1', 'portail', '{}', 2, '01a9aa28.c70fe87b1c72adfc2ef5e6e21fcb3820d7c42ab479a3ac2b07e1033199e71ee1');
INSERT INTO public.audit VALUES ('01a10af8-30c0-786c-951c-74ebfa9b4b97', 1791185400000000, 'signed_in', 'evaubrunel2', 'person', '127.0.0.1', NULL, '{}', 3, '01a9aa28.c9153f53b219953463a08fe5a7101a499c7b525079b0a8819ed28d6321ae0919');
INSERT INTO public.audit VALUES ('01a10af8-30c0-7110-b00d-8d081f7c10e0', 1791185400000000, 'signed_out', 'evaubrunel2', 'person', '127.0.0.1', NULL, '{}', 4, '01a9aa28.01e1f554f6b3bc8b2deff24aff596ede130f80ae1cca178ff25c78cfb24991c0');
INSERT INTO public.audit VALUES ('01a10af8-30c0-7f13-bf93-575b3c47ae8b', 1791185400000000, 'sign_in_refused', 'evaubrunel2', 'person', '127.0.0.1', NULL, '{"why":"password"}', 5, '01a9aa28.cbabc1e37e9e81eb82cc263b0cf200e43eccd3eb047b67f4c4dc1ccd438f84de');
INSERT INTO public.audit VALUES ('01a10af8-30c0-7e45-8a4b-fbaa3b07213c', 1791185400000000, 'activated', 'jkerlodoc', 'person', '127.0.0.1', NULL, '{}', 6, '01a9aa28.d280bd4baa33921050be64d5a61ce2d5d6d2039a9fc399693ebaad80e2233836');
INSERT INTO public.audit VALUES ('01a10af8-30c0-77d5-b9f6-62fcb1959d93', 1791185400000000, 'code_issued', 'jkerlodoc', 'person', '127.0.0.1', NULL, '{"origin":"backup"}', 7, '01a9aa28.0ead14d786d413f483256f04ccfc2ac3c0398ef953f32e0ba81bdc3ea68302b2');


--
-- Data for Name: journeys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.journeys VALUES ('\x885701192de27d1381f5e78fe22d42f23e05b3c1b3173d3631d2a9ff8345be2e', 'activation', 'sheet', 'jkerlodoc', '\x', '{}', '\xd5014d34b92ade4669fdcaa7124ccfe451c33b5f3b499c9fdeecf569b668a7f4ef5d58706c0cdfed46d93aff010a07a8426b544e0b2e0961886a3d5410b503c6aeed95aa96c989e129ded5d4062e292f3210a18d1d01d499994e732c1966b07afd7110815474986814cdb3f2621ace90c30b8abd9b8b9781c8ecac3b2cc2fc0d6afc9bc6e630', 1791186000000000);
INSERT INTO public.journeys VALUES ('\x22302e009c65844a31f08650987df53de5b02f7df4601148ec19f4fbe180b0ae', 'recovery', 'code', 'corsonneau', '\x18877a7f70b0ac3986ead9303ddc95a7f47ba355b6dc14eaf0114db4fb5fef7d', '{}', NULL, 1791187200000000);


--
-- Data for Name: logout_messages; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.logout_messages VALUES ('LR-01a10af830c07b2a8d5f231cdd416e92', '\x93ab07e9c52e9d8f7a6f621ecf6cc6515c99742ba39d7b9e184dcbb04e0f4d32', 'evaubrunel2', 'deaf', 'http://127.0.0.1:9/', 'evaubrunel2', 'ST-01a10af830c0-vJ0mv5hhYTqCNw0lklLl59rQc7b23WD9', 1791185400000000, 1791185402000000, 1, NULL, 'pending', NULL, 237, NULL);


--
-- Data for Name: marks; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.marks VALUES ('key', '91f584f3491921121086f2162a77bd11859169966e07cdeba41314205a522744');
INSERT INTO public.marks VALUES ('audit_head', '7 01a9aa28.0ead14d786d413f483256f04ccfc2ac3c0398ef953f32e0ba81bdc3ea68302b2 01a9aa28.1fc5896f7a21a5409c5f2ee2a57e749bfefc1a1f24f01a25ecace677e23e8571');


--
-- Data for Name: people; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.people VALUES ('corsonneau', 'student', '22500001', 'Orsonneau', NULL, 'Camille', NULL, NULL, '2006-02-14', NULL, NULL, '', '[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);
INSERT INTO public.people VALUES ('evaubrunel2', 'student', '22500002', 'Vaubrunel', NULL, 'Émile', NULL, NULL, '2006-09-30', NULL, NULL, '', '[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);
INSERT INTO public.people VALUES ('jkerlodoc', 'student', '22601234', 'Kerlodoc', NULL, 'Jean-Baptiste', NULL, NULL, '2007-03-27', NULL, NULL, '', '[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);
INSERT INTO public.people VALUES ('adiombarka', 'student', '22601235', 'Diombarka', NULL, 'Aïssatou', NULL, NULL, '2004-00-00', NULL, NULL, '', '[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);
INSERT INTO public.people VALUES ('msuspendue', 'student', '22601236', 'Suspendue', NULL, 'Maud', NULL, NULL, '2005-01-02', NULL, NULL, '', '[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);
INSERT INTO public.people VALUES ('zoeillardet', 'student', '22601237', 'Œillardet', NULL, 'Zoë', NULL, NULL, '2005-05-05', NULL, NULL, '', '[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);
INSERT INTO public.people VALUES ('ptarnevoix', 'staff', '90000001', 'Tarnevoix', NULL, 'Paul', NULL, NULL, '1970-06-01', NULL, NULL, 'staff', '[]', NULL, NULL, NULL, 1788593400000000, 1788593400000000);


--
-- Data for Name: proxy_grants; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.proxy_grants VALUES ('\x01a10af830c006c7190349d05213cfcec3ce842cdf35c5593c0b92592292d9bc', '\x01a10af830c00b1be97cd3ca83995903c715aebeddf8a61c2bfee8d2026106fd', '\x01a10af830c0c6d5a259a0f14e33c00fa49594cfbba05a7919a518a4935adebd', 'portail', '["https://localhost:46499/portail"]', 1791185400000000);


--
-- Data for Name: recovery_codes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.recovery_codes VALUES ('code-corsonneau', 'corsonneau', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, NULL);
INSERT INTO public.recovery_codes VALUES ('code-evaubrunel2', 'evaubrunel2', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, NULL);
INSERT INTO public.recovery_codes VALUES ('code-adiombarka', 'adiombarka', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, NULL);
INSERT INTO public.recovery_codes VALUES ('code-msuspendue', 'msuspendue', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, NULL);
INSERT INTO public.recovery_codes VALUES ('code-zoeillardet', 'zoeillardet', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, NULL);
INSERT INTO public.recovery_codes VALUES ('code-ptarnevoix', 'ptarnevoix', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, NULL);
INSERT INTO public.recovery_codes VALUES ('code-jkerlodoc', 'jkerlodoc', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$7Ed6bDlw9DDR3F0Oj1Qu8g$GCYrdZ98lCsNKCCTCUJHV5ryb470uj1LpyipTWGOOKA', 2026, 'certificate', 1788593400000000, 1823153400000000, 0, NULL, 1791185400000000);
INSERT INTO public.recovery_codes VALUES ('01a10af8-30c0-7136-aa99-7ff876f3c675', 'jkerlodoc', 'e5ec8562$argon2id$v=19$m=512,t=1,p=1$H5aHCGxlPSFgHaFgVU34jA$ad1bwziE25x7BP2pGLlsWQmNTUvqlqunNtPI7i3gSuE', 2026, 'backup', 1791185400000000, 1830297600000000, 0, NULL, NULL);


--
-- Data for Name: retired_logins; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: revisions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.revisions VALUES ('services', 9);


--
-- Data for Name: service_tickets; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.service_tickets VALUES ('\x01a10af830c07c260016431751cfdda2f2bc84832038f0188053aaec1ac0a1a6', '\x01a10af830c00b1be97cd3ca83995903c715aebeddf8a61c2bfee8d2026106fd', 'ST', 'mail', 'https://mail.univ.example/', true, '[]', 1791185400000000, 1791185430000000, 1791185400000000, 'ST-01a10af830c0-IHxL8hQL9frWNPWpAaP0Pt7nF3pFRcna', '127.0.0.1', '127.0.0.1', NULL, NULL, 0, NULL, NULL);
INSERT INTO public.service_tickets VALUES ('\x01a10af830c0c6d5a259a0f14e33c00fa49594cfbba05a7919a518a4935adebd', '\x01a10af830c00b1be97cd3ca83995903c715aebeddf8a61c2bfee8d2026106fd', 'ST', 'portail', 'https://portail.univ.example/', false, '[]', 1791185400000000, 1791185430000000, 1791185400000000, 'ST-01a10af830c0-QriXjCzXRR5BBzj1ZsWtZuLDg2B2OI9x', '127.0.0.1', '127.0.0.1', NULL, NULL, 0, NULL, NULL);
INSERT INTO public.service_tickets VALUES ('\x01a10af830c0d94223869a3095bf3a5a9a5664c4ab97a27d6e88ee2aae4a7cb5', '\x01a10af830c0a0230c7ed04863a3176676b21a8ce5d00d9276dff0e50569be05', 'ST', 'deaf', 'http://127.0.0.1:9/', false, '[]', 1791185400000000, 1791185430000000, 1791185400000000, 'ST-01a10af830c0-vJ0mv5hhYTqCNw0lklLl59rQc7b23WD9', '127.0.0.1', '127.0.0.1', NULL, NULL, 0, NULL, NULL);


--
-- Data for Name: services; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.services VALUES ('mail', '{"key":"mail","name":{"fr":"Messagerie","en":"Email"},"url":"https://mail.univ.example/","enabled":true,"sso":true,"release":["displayName","mail"],"logout":{"kind":"back_channel"},"proxy":{"accepts_proxy_tickets":false},"tile":{"url":"https://mail.univ.example/","order":1}}', 1791185400000000);
INSERT INTO public.services VALUES ('courses', '{"key":"courses","name":{"fr":"Cours en ligne","en":"Online courses"},"url":"https://cours.univ.example/","aliases":["https://*.cours.univ.example/moodle"],"enabled":true,"sso":true,"release":["displayName","givenName","sn","mail","eduPersonPrimaryAffiliation","eduPersonAffiliation"],"logout":{"kind":"back_channel"},"proxy":{"accepts_proxy_tickets":false},"tile":{"url":"https://cours.univ.example/","order":2}}', 1791185400000000);
INSERT INTO public.services VALUES ('timetable', '{"key":"timetable","name":{"fr":"Emploi du temps","en":"Timetable"},"url":"https://edt.univ.example/","enabled":true,"sso":true,"username_attribute":"supannEtuId","release":[{"from":"supannEtuId","as":"numero"}],"logout":{"kind":"none"},"proxy":{"accepts_proxy_tickets":false},"tile":{"url":"https://edt.univ.example/","order":3}}', 1791185400000000);
INSERT INTO public.services VALUES ('records', '{"key":"records","name":{"fr":"Dossier de scolarité","en":"Student record"},"url":"https://scolarite.univ.example/","enabled":true,"sso":true,"logout":{"kind":"back_channel"},"proxy":{"accepts_proxy_tickets":false},"tile":{"url":"https://scolarite.univ.example/","order":4},"affiliations":["student"]}', 1791185400000000);
INSERT INTO public.services VALUES ('deaf', '{"key":"deaf","name":{"fr":"Service deaf","en":"Service deaf"},"url":"http://127.0.0.1:9/","enabled":true,"sso":true,"logout":{"kind":"back_channel"},"proxy":{"accepts_proxy_tickets":false}}', 1791185400000000);
INSERT INTO public.services VALUES ('portail', '{"key":"portail","name":{"fr":"Portail","en":"Portal"},"url":"https://portail.univ.example/","enabled":true,"sso":true,"release":["displayName"],"logout":{"kind":"none"},"proxy":{"callbacks":["https://localhost:46499/"],"accepts_proxy_tickets":false}}', 1791185400000000);
INSERT INTO public.services VALUES ('webmail', '{"key":"webmail","name":{"fr":"Webmail","en":"Webmail"},"url":"https://webmail.univ.example/","enabled":true,"sso":true,"logout":{"kind":"none"},"proxy":{"callbacks":["https://localhost:46499/"],"accepts_proxy_tickets":true}}', 1791185400000000);
INSERT INTO public.services VALUES ('imap', '{"key":"imap","name":{"fr":"IMAP","en":"IMAP"},"url":"imap://imap.univ.example","enabled":true,"sso":true,"release":["mail"],"logout":{"kind":"back_channel"},"proxy":{"accepts_proxy_tickets":true}}', 1791185400000000);
INSERT INTO public.services VALUES ('fichiers', '{"key":"fichiers","name":{"fr":"Fichiers","en":"Files"},"url":"https://fichiers.univ.example/","enabled":true,"sso":true,"logout":{"kind":"none"},"proxy":{"accepts_proxy_tickets":true},"affiliations":["student"]}', 1791185400000000);


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sessions VALUES ('\x01a10af830c00b1be97cd3ca83995903c715aebeddf8a61c2bfee8d2026106fd', '\x795c1de3540601f6f15df19d937cf399922e459131ef9751b0ed57526e6644cb', 'corsonneau', 0, 1791185400000000, 1791185400000000, 1791185400000000, 7200000000, 1791221400000000, false, false, '', '127.0.0.1');


--
-- Data for Name: spent_forms; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.spent_forms VALUES ('\x1d5e05380589f0feb1e2cffb2c58d0c774d4fd9b0585ec1483a581aba7dc9cee', 1791189000000000);
INSERT INTO public.spent_forms VALUES ('\x1144fdf19c1a8319fe4e4e8d2211401356169282f22ba93bf9f42b3b9a924a9a', 1791189000000000);
INSERT INTO public.spent_forms VALUES ('\x0690dce0c5cc9427f80ef4a18ec92aec5518366490f1d1d75e976c4cac4f421e', 1791189000000000);
INSERT INTO public.spent_forms VALUES ('\x01d7fdf8828320b9f265377d2969f25b1156366a337dbe4dc3237c57701b939e', 1791189000000000);
INSERT INTO public.spent_forms VALUES ('\x58cd72997a571c21d35dedffbc50bc60653a7a3c0e6df1beb37d26f304e1347b', 1791189000000000);


--
-- Data for Name: throttles; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.throttles VALUES ('\x3f86d7ea9986e8f9b85efb950da6bb0116968c3bba4718864b3ef300fbaca5d4', '{"n":0}', 1793863800000000);
INSERT INTO public.throttles VALUES ('\xf15c6883b8de342b54143913cd9f547cb00c75ba9c304c8ddcfc04815cdd4535', '{"f":[[1791185400,9038291]],"n":1}', 1793863800000000);
INSERT INTO public.throttles VALUES ('\xbc8ed365650f24f82039a27addb11489206dc4a3d804d935d8771a5731a7de06', '{"f":[[1791185400,2235819322]],"n":1}', 1793863800000000);
INSERT INTO public.throttles VALUES ('\x8bb38435c5e4c18feec370305345f9b6ea61c7d7ce78766b4b1745a2d11be299', '{"h":[[497551,1]],"u":null}', 1793863800000000);
INSERT INTO public.throttles VALUES ('\x84410c1a2ede827a4b346b9e559c3d113562ef86341eb170385235cd39035cde', '{"n":0}', 1793863800000000);
INSERT INTO public.throttles VALUES ('\x4257430d9c049e742e28fc58608a56b5e2cfe55073655705ce764b8a90cab0e9', '{"n":0}', 1793863800000000);
INSERT INTO public.throttles VALUES ('\xdca661d5b07bfbdacd1a179f0cf46e5a7554d4ecf2df247dc29c27575b63e005', '{"b":[{"n":2985309,"t":1,"f":0}],"u":null,"c":false}', 1793863800000000);


--
-- Name: __diesel_schema_migrations __diesel_schema_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);


--
-- Name: accounts accounts_login_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_login_key UNIQUE (login);


--
-- Name: accounts accounts_mail_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_mail_key UNIQUE (mail);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);


--
-- Name: journeys journeys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.journeys
    ADD CONSTRAINT journeys_pkey PRIMARY KEY (digest);


--
-- Name: logout_messages logout_messages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.logout_messages
    ADD CONSTRAINT logout_messages_pkey PRIMARY KEY (id);


--
-- Name: marks marks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marks
    ADD CONSTRAINT marks_pkey PRIMARY KEY (name);


--
-- Name: people people_kind_reference_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_kind_reference_key UNIQUE (kind, reference);


--
-- Name: people people_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);


--
-- Name: proxy_grants proxy_grants_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.proxy_grants
    ADD CONSTRAINT proxy_grants_pkey PRIMARY KEY (digest);


--
-- Name: proxy_grants proxy_grants_ticket_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.proxy_grants
    ADD CONSTRAINT proxy_grants_ticket_key UNIQUE (ticket);


--
-- Name: recovery_codes recovery_codes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (id);


--
-- Name: retired_logins retired_logins_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retired_logins
    ADD CONSTRAINT retired_logins_pkey PRIMARY KEY (login);


--
-- Name: revisions revisions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (name);


--
-- Name: service_tickets service_tickets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.service_tickets
    ADD CONSTRAINT service_tickets_pkey PRIMARY KEY (digest);


--
-- Name: services services_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.services
    ADD CONSTRAINT services_pkey PRIMARY KEY (key);


--
-- Name: sessions sessions_cookie_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_cookie_key UNIQUE (cookie);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (digest);


--
-- Name: spent_forms spent_forms_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.spent_forms
    ADD CONSTRAINT spent_forms_pkey PRIMARY KEY (digest);


--
-- Name: throttles throttles_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.throttles
    ADD CONSTRAINT throttles_pkey PRIMARY KEY (key);


--
-- Name: audit_account; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_account ON public.audit USING btree (account_id, at);


--
-- Name: audit_chain; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX audit_chain ON public.audit USING btree (seq);


--
-- Name: audit_loose; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_loose ON public.audit USING btree (at, id) WHERE (seq IS NULL);


--
-- Name: audit_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_time ON public.audit USING btree (at);


--
-- Name: journeys_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX journeys_expiry ON public.journeys USING btree (expires_at);


--
-- Name: logout_messages_batch; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX logout_messages_batch ON public.logout_messages USING btree (batch);


--
-- Name: logout_messages_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX logout_messages_due ON public.logout_messages USING btree (done_at, next_try_at);


--
-- Name: logout_messages_queued; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX logout_messages_queued ON public.logout_messages USING btree (queued_at);


--
-- Name: proxy_grants_session; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX proxy_grants_session ON public.proxy_grants USING btree (session);


--
-- Name: recovery_codes_person; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX recovery_codes_person ON public.recovery_codes USING btree (person_id);


--
-- Name: service_tickets_session; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX service_tickets_session ON public.service_tickets USING btree (session, service_key, issued_at);


--
-- Name: sessions_account; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_account ON public.sessions USING btree (account_id);


--
-- Name: sessions_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_expiry ON public.sessions USING btree (expires_at);


--
-- Name: spent_forms_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX spent_forms_expiry ON public.spent_forms USING btree (expires_at);


--
-- Name: throttles_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX throttles_expiry ON public.throttles USING btree (expires_at);


--
-- Name: audit audit_is_kept_half_a_year; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_kept_half_a_year BEFORE DELETE ON public.audit FOR EACH ROW WHEN ((old.at > (((EXTRACT(epoch FROM now()))::bigint - (180 * 86400)) * 1000000))) EXECUTE FUNCTION public.audit_refuses();


--
-- Name: audit audit_is_never_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON public.audit FOR EACH ROW WHEN (((old.seq IS NOT NULL) OR (old.link IS NOT NULL) OR ((((((((new.id IS DISTINCT FROM old.id) OR (new.at IS DISTINCT FROM old.at)) OR (new.event IS DISTINCT FROM old.event)) OR (new.account_id IS DISTINCT FROM old.account_id)) OR (new.actor IS DISTINCT FROM old.actor)) OR (new.address IS DISTINCT FROM old.address)) OR (new.service IS DISTINCT FROM old.service)) OR (new.detail IS DISTINCT FROM old.detail)))) EXECUTE FUNCTION public.audit_refuses();


--
-- Name: audit audit_is_never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuses();


--
-- Name: audit audit_loses_its_beginning_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_loses_its_beginning_only BEFORE DELETE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.audit_refuses_gaps();


--
-- Name: accounts accounts_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_id_fkey FOREIGN KEY (id) REFERENCES public.people(id) ON DELETE CASCADE;


--
-- Name: journeys journeys_person_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.journeys
    ADD CONSTRAINT journeys_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;


--
-- Name: proxy_grants proxy_grants_session_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.proxy_grants
    ADD CONSTRAINT proxy_grants_session_fkey FOREIGN KEY (session) REFERENCES public.sessions(digest) ON DELETE CASCADE;


--
-- Name: recovery_codes recovery_codes_person_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;


--
-- Name: sessions sessions_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


