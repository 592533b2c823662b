//! What a request asks for, once its parameters are decoded: precedence is decided here and nowhere else.

use serde::{Deserialize, Serialize};

use super::failure::{Cause, Failure};
use super::parameters::{Duplicate, MalformedParameters, Parameters};
use super::service::TicketParameter;
use crate::kernel::secret::Unshown;

/// How a ticket is handed to the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A redirect.
    #[default]
    Get,
    /// A form that submits itself.
    Post,
    /// Two response headers.
    Header,
}

impl Method {
    /// Reads a `method` parameter in any case; what is unknown means a redirect ([P-1], [L-11]).
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            text if text.eq_ignore_ascii_case("POST") => Self::Post,
            text if text.eq_ignore_ascii_case("HEADER") => Self::Header,
            _ => Self::Get,
        }
    }

    /// The parameter's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Header => "HEADER",
        }
    }
}

/// When credentials are asked for. One value, because `gateway` is ignored when `renew` is set as well: one
/// Shibboleth bridge really sends both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// When there is no session.
    #[default]
    WhenNeeded,
    /// `renew`: even when there is one.
    Always,
    /// `gateway`: not even when there is none.
    Never,
}

/// What `/login` was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoginRequest {
    /// The application's address as it was sent, not yet judged.
    pub service: Option<String>,
    /// The parameter in which that application gets its ticket.
    pub parameter: TicketParameter,
    /// Whether credentials are asked for.
    pub prompt: Prompt,
    /// How the ticket is handed over, when the request says so.
    pub method: Option<Method>,
    /// Whether future sign-ons are to be confirmed.
    pub warn: bool,
    /// Whether a long session is wished for.
    pub remember_me: bool,
}

impl LoginRequest {
    /// The `method` to ask for again, where a form or a link repeats the request: a redirect needs no asking.
    pub fn method_beyond_get(&self) -> Option<&'static str> {
        self.method
            .filter(|method| *method != Method::Get)
            .map(Method::as_str)
    }

    /// Reads a request to `/login`.
    pub fn parse(parameters: &Parameters) -> Result<Self, Duplicate> {
        parameters.refuse_repeats()?;
        let service = parameters.first(&["targetService", "service", "TARGET"])?;
        let parameter = match service {
            Some(("TARGET", _)) => TicketParameter::SamlArt,
            _ => TicketParameter::Ticket,
        };
        let prompt = match (parameters.flag("renew")?, parameters.flag("gateway")?) {
            (true, _) => Prompt::Always,
            (false, true) => Prompt::Never,
            (false, false) => Prompt::WhenNeeded,
        };
        Ok(Self {
            service: service.map(|(_, text)| text.to_owned()),
            parameter,
            prompt,
            method: parameters.one("method")?.map(Method::parse),
            warn: parameters.flag("warn")?,
            remember_me: parameters.one("rememberMe")?.is_some_and(means_remember),
        })
    }

    /// Whether credentials are asked for despite a session.
    pub fn renew(&self) -> bool {
        self.prompt == Prompt::Always
    }

    /// Whether no form is ever shown.
    pub fn gateway(&self) -> bool {
        self.prompt == Prompt::Never
    }
}

/// What `/logout` was asked. `url` is not read: CAS 3.0 forbids it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogoutRequest {
    /// The address to go to afterwards, not yet judged.
    pub service: Option<String>,
}

impl LogoutRequest {
    /// Reads a request to `/logout`.
    pub fn parse(parameters: &Parameters) -> Result<Self, Duplicate> {
        parameters.refuse_repeats()?;
        let service = parameters.first(&["targetService", "service", "TARGET"])?;
        Ok(Self {
            service: service.map(|(_, text)| text.to_owned()),
        })
    }
}

/// How a validation is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// XML, also when nothing is said.
    #[default]
    Xml,
    /// JSON.
    Json,
}

/// Which family of validators was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `/validate`: lines of text, neither `pgtUrl` nor `format`.
    Cas1,
    /// `/serviceValidate`, `/proxyValidate` and their `/p3` forms.
    Cas2,
}

/// What a validator was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidateRequest {
    /// The address that the application takes for its own.
    pub service: String,
    /// The ticket, not yet judged.
    pub ticket: Unshown,
    /// Whether only a ticket from presented credentials will do.
    pub renew: bool,
    /// Where a proxy-granting ticket is to be delivered.
    pub pgt_url: Option<String>,
    /// How to answer.
    pub format: Format,
}

/// A validation that cannot even be looked at, and the format in which to say so. No ticket is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// The format of the answer.
    pub format: Format,
    /// The reason.
    pub failure: Failure,
}

impl ValidateRequest {
    /// Reads a request to a validator.
    pub fn parse(parameters: &Parameters, dialect: Dialect) -> Result<Self, Unreadable> {
        let format = match dialect {
            Dialect::Cas1 => Format::Xml,
            Dialect::Cas2 => format(parameters).map_err(|failure| Unreadable {
                format: Format::Xml,
                failure,
            })?,
        };
        Self::read(parameters, dialect, format).map_err(|failure| Unreadable { format, failure })
    }

    fn read(parameters: &Parameters, dialect: Dialect, format: Format) -> Result<Self, Failure> {
        parameters.refuse_repeats()?;
        let (_, service) = parameters
            .first(&["targetService", "service"])?
            .ok_or(Cause::ServiceMissing)?;
        let ticket = parameters.one("ticket")?.ok_or(Cause::TicketMissing)?;
        let pgt_url = match dialect {
            Dialect::Cas1 => None,
            Dialect::Cas2 => parameters.one("pgtUrl")?.map(str::to_owned),
        };
        Ok(Self {
            service: service.to_owned(),
            ticket: ticket.into(),
            renew: parameters.flag("renew")?,
            pgt_url,
            format,
        })
    }
}

/// What `/proxy` was asked. `format` is not read: the answer is always XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyRequest {
    /// The proxy-granting ticket, not yet judged.
    pub pgt: Unshown,
    /// The address or name that the proxy ticket is wanted for, not yet judged.
    pub target: String,
}

impl ProxyRequest {
    /// Reads a request to `/proxy`.
    pub fn parse(parameters: &Parameters) -> Result<Self, Failure> {
        parameters.refuse_repeats()?;
        let pgt = parameters.one("pgt")?.ok_or(Cause::GrantMissing)?;
        let (_, target) = parameters
            .first(&["targetService", "service"])?
            .ok_or(Cause::ServiceMissing)?;
        Ok(Self {
            pgt: pgt.into(),
            target: target.to_owned(),
        })
    }
}

impl From<Duplicate> for Failure {
    fn from(_: Duplicate) -> Self {
        Cause::ParameterRepeated.into()
    }
}

impl From<MalformedParameters> for Failure {
    fn from(_: MalformedParameters) -> Self {
        Cause::Undecodable.into()
    }
}

fn format(parameters: &Parameters) -> Result<Format, Failure> {
    match parameters.one("format")?.map(str::trim) {
        None => Ok(Format::Xml),
        Some(text) if text.eq_ignore_ascii_case("XML") => Ok(Format::Xml),
        Some(text) if text.eq_ignore_ascii_case("JSON") => Ok(Format::Json),
        Some(_) => Err(Cause::UnknownFormat.into()),
    }
}

pub(super) fn means_remember(value: &str) -> bool {
    ["true", "on", "yes", "1"]
        .iter()
        .any(|word| value.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
