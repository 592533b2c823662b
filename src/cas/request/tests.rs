//! Tests of `cas::request`.

use super::*;
use crate::cas::failure::FailureCode;

fn parameters(query: &str) -> Parameters {
    Parameters::parse(query.as_bytes(), None).unwrap()
}

fn login(query: &str) -> LoginRequest {
    LoginRequest::parse(&parameters(query)).unwrap()
}

fn posted(query: &str, body: &str) -> LoginRequest {
    LoginRequest::parse(&Parameters::parse(query.as_bytes(), Some(body.as_bytes())).unwrap()).unwrap()
}

fn validate(query: &str) -> Result<ValidateRequest, Unreadable> {
    ValidateRequest::parse(&parameters(query), Dialect::Cas2)
}

fn refused(query: &str) -> (Cause, Format) {
    let why = validate(query).unwrap_err();
    assert_eq!(why.failure.code(), FailureCode::InvalidRequest);
    (why.failure.cause(), why.format)
}

#[test]
fn the_first_source_of_an_address_that_is_not_blank_wins() {
    assert_eq!(
        login("service=b&TARGET=c&targetService=a").service.as_deref(),
        Some("a")
    );
    assert_eq!(
        login("TARGET=c&service=b&targetService=+").service.as_deref(),
        Some("b")
    );
    assert_eq!(login("TARGET=c&service=").service.as_deref(), Some("c"));
    assert_eq!(login("").service, None);
    assert_eq!(
        LogoutRequest::parse(&parameters("url=a&TARGET=c"))
            .unwrap()
            .service
            .as_deref(),
        Some("c")
    );
    assert_eq!(
        LogoutRequest::parse(&parameters("url=https://a/"))
            .unwrap()
            .service,
        None
    );
}

#[test]
fn p8_only_an_address_from_target_asks_for_samlart() {
    assert_eq!(login("TARGET=c").parameter, TicketParameter::SamlArt);
    assert_eq!(login("TARGET=c&service=b").parameter, TicketParameter::Ticket);
    assert_eq!(login("targetService=a").parameter, TicketParameter::Ticket);
}

#[test]
fn d10_renew_makes_gateway_ignored() {
    assert_eq!(login("renew=true&gateway=true").prompt, Prompt::Always);
    assert_eq!(login("renew=false&gateway=1").prompt, Prompt::Never);
    assert_eq!(login("renew=1").prompt, Prompt::Always);
    assert_eq!(login("gateway=false").prompt, Prompt::WhenNeeded);
    assert!(login("renew=on").renew() && !login("renew=on&gateway=on").gateway());
}

#[test]
fn p1_l11_a_method_is_read_in_any_case_and_means_a_redirect_when_unknown() {
    for (text, method) in [
        ("POST", Method::Post),
        ("post", Method::Post),
        ("Header", Method::Header),
        ("GET", Method::Get),
        ("bogus", Method::Get),
        ("PÖST", Method::Get),
    ] {
        assert_eq!(login(&format!("method={text}")).method, Some(method), "{text}");
        assert_eq!(Method::parse(method.as_str()), method);
    }
    assert_eq!(login("method=").method, None);
}

#[test]
fn a_long_session_is_asked_for_in_the_body_only() {
    for word in ["true", "on", "yes", "1", "TRUE"] {
        assert!(posted("", &format!("rememberMe={word}")).remember_me, "{word}");
    }
    assert!(!posted("rememberMe=true", "rememberMe=maybe").remember_me);
    assert!(!login("rememberMe=true").remember_me);
    assert!(posted("", "warn=true").warn && login("warn=1").warn && !login("warn=false").warn);
}

#[test]
fn p4_a_scripted_login_takes_the_address_of_the_query() {
    let request = posted("service=https://a/&renew=true", "username=u&password=p");

    assert_eq!(request.service.as_deref(), Some("https://a/"));
    assert!(request.renew());
}

#[test]
fn p5_a_repeated_parameter_is_refused_everywhere() {
    assert!(LoginRequest::parse(&parameters("service=a&service=a")).is_err());
    assert!(LoginRequest::parse(&parameters("pgt=a&pgt=b")).is_err());
    assert!(LogoutRequest::parse(&parameters("service=a&service=b")).is_err());
    assert_eq!(
        refused("service=a&ticket=ST-1&ticket=ST-2").0,
        Cause::ParameterRepeated
    );
    assert_eq!(
        refused("service=a&ticket=ST-1&gateway=1&gateway=1").0,
        Cause::ParameterRepeated
    );
    assert_eq!(
        refused("service=a&ticket=ST-1&format=XML&format=JSON"),
        (Cause::ParameterRepeated, Format::Xml)
    );
    assert!(ProxyRequest::parse(&parameters("pgt=a&targetService=b&targetService=c")).is_err());
}

#[test]
fn a_validation_is_read_whole() {
    let request =
        validate("ticket=ST-1&renew=True&service=https%3A%2F%2Fa%2F&pgtUrl=https://b/&format=json&x=1");

    assert_eq!(
        request,
        Ok(ValidateRequest {
            service: "https://a/".to_owned(),
            ticket: "ST-1".into(),
            renew: true,
            pgt_url: Some("https://b/".to_owned()),
            format: Format::Json,
        })
    );
    assert_eq!(
        validate("targetService=b&service=a&ticket=t").unwrap().service,
        "b"
    );
}

#[test]
fn v1_a_missing_parameter_is_an_invalid_request_in_the_format_asked_for() {
    assert_eq!(refused("ticket=ST-1"), (Cause::ServiceMissing, Format::Xml));
    assert_eq!(refused("service=a"), (Cause::TicketMissing, Format::Xml));
    assert_eq!(
        refused("service=+&ticket=ST-1&format=Json"),
        (Cause::ServiceMissing, Format::Json)
    );
    assert_eq!(refused("TARGET=a&ticket=ST-1").0, Cause::ServiceMissing);
    assert_eq!(refused("Service=a&ticket=ST-1").0, Cause::ServiceMissing);
}

#[test]
fn d15_an_unknown_format_is_refused_in_xml() {
    assert_eq!(
        refused("service=a&ticket=ST-1&format=yaml"),
        (Cause::UnknownFormat, Format::Xml)
    );
    assert_eq!(
        validate("service=a&ticket=t&format=").unwrap().format,
        Format::Xml
    );
    assert_eq!(
        validate("service=a&ticket=t&format=xml").unwrap().format,
        Format::Xml
    );
}

#[test]
fn v3_cas_1_reads_neither_callback_nor_format() {
    let query = parameters("service=a&ticket=t&format=yaml&pgtUrl=https://b/&renew=1");

    let request = ValidateRequest::parse(&query, Dialect::Cas1).unwrap();

    assert_eq!(
        (request.format, request.pgt_url, request.renew),
        (Format::Xml, None, true)
    );
}

#[test]
fn d7_a_proxy_request_needs_a_grant_and_a_target() {
    let request = |query: &str| ProxyRequest::parse(&parameters(query)).map_err(|failure| failure.cause());

    assert_eq!(request("targetService=a"), Err(Cause::GrantMissing));
    assert_eq!(request("pgt=PGT-1"), Err(Cause::ServiceMissing));
    assert_eq!(
        request("pgt=PGT-1&service=imap://a&format=JSON"),
        Ok(ProxyRequest {
            pgt: "PGT-1".into(),
            target: "imap://a".to_owned()
        })
    );
}
