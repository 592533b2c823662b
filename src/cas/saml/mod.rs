//! SAML 1.1 as CAS clients speak it at `/samlValidate`: a ticket in a SOAP envelope, and the assertion that answers it.

pub mod render;
pub mod request;

use super::failure::{Cause, Failure};
use super::parameters::Parameters;
use super::request::{Format, ValidateRequest};

/// The namespace of the envelope, SOAP 1.1.
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The namespace of request and response.
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:1.0:protocol";

/// The namespace of the assertion.
const ASSERTION: &str = "urn:oasis:names:tc:SAML:1.0:assertion";

/// What a validator is asked by an `artifact` that came with these parameters, which are those of the address alone.
///
/// `ticket` and `SAMLart` there are not read: `mod_auth_cas` sends an empty `ticket` along, and of two tickets in one
/// request the one in the body counts. Nor is `pgtUrl`: the answer has no place for what a callback would bring.
///
/// # Errors
/// When `TARGET` is missing, or a parameter of the protocol was given twice ([P-5]).
pub fn presented(parameters: &Parameters, artifact: &str) -> Result<ValidateRequest, Failure> {
    parameters.refuse_repeats()?;
    let service = parameters.one("TARGET")?.ok_or(Cause::TargetMissing)?;
    Ok(ValidateRequest {
        service: service.to_owned(),
        ticket: artifact.into(),
        renew: parameters.flag("renew")?,
        pgt_url: None,
        format: Format::Xml,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<ValidateRequest, Cause> {
        let parameters = Parameters::parse(query.as_bytes(), None).unwrap();
        presented(&parameters, "ST-1").map_err(|failure| failure.cause())
    }

    #[test]
    fn m9_the_address_names_the_service_and_nothing_else_of_it_is_a_ticket() {
        let asked =
            ask("TARGET=https://a/&ticket=&SAMLart=ST-2&renew=true&pgtUrl=https://a/p&format=JSON").unwrap();

        assert_eq!((asked.service.as_str(), &*asked.ticket), ("https://a/", "ST-1"));
        assert!(asked.renew);
        assert_eq!((asked.pgt_url, asked.format), (None, Format::Xml));
        assert_eq!(
            ask("TARGET=https://a/&ticket=ST-2").unwrap().ticket,
            "ST-1".into()
        );
        assert!(!ask("TARGET=https://a/&renew=false").unwrap().renew);
    }

    #[test]
    fn m7_p5_p7_a_target_that_is_missing_blank_or_double_is_named_as_such() {
        for missing in [
            "",
            "TARGET=",
            "TARGET=%20+",
            "service=https://a/",
            "target=https://a/",
        ] {
            assert_eq!(ask(missing), Err(Cause::TargetMissing), "{missing}");
        }
        for double in [
            "TARGET=https://a/&TARGET=https://a/",
            "TARGET=https://a/&SAMLart=a&SAMLart=",
        ] {
            assert_eq!(ask(double), Err(Cause::ParameterRepeated), "{double}");
        }
    }
}
