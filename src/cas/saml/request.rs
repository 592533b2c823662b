//! Reads a ticket out of a SOAP envelope with a pull parser that expands nothing, fetches nothing and never recurses.

use quick_xml::NsReader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use super::{PROTOCOL, SOAP};
use crate::cas::failure::{Cause, Failure};
use crate::cas::render::xml;
use crate::kernel::secret::Unshown;

/// The most bytes a request may have ([S-56]); those of the clients in the field have less than 1 KiB.
pub const LARGEST: usize = 64 * 1024;

const DEEPEST: usize = 32;

/// Bounds what each element costs: names are compared with one another.
const MOST_ATTRIBUTES: usize = 32;

/// In characters. Clients send UUIDs or 40 hexadecimal digits; what is echoed must have an end.
const LONGEST_ID: usize = 256;

/// A ticket as it was presented in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlRequest {
    /// What the answer repeats; any text of 1 to 256 characters. Absent when the client sent none.
    pub id: Option<String>,
    /// The ticket, trimmed and not blank, not yet judged.
    pub artifact: Unshown,
}

/// A body that holds no ticket to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// More than 64 KiB.
    #[error("longer than 64 KiB")]
    TooLong,
    /// Not UTF-8, or characters that XML forbids.
    #[error("not UTF-8, or not made of characters that XML allows")]
    NotText,
    /// Not well-formed XML.
    #[error("not well-formed XML")]
    NotXml,
    /// A DOCTYPE, a processing instruction, a CDATA section, or a comment inside the artifact.
    #[error("markup that has no place in a request")]
    Markup,
    /// A reference that is none of the five that every parser knows.
    #[error("a reference to a character or an entity")]
    Reference,
    /// Elements nested more than 32 deep, or one with more than 32 attributes.
    #[error("nested too deep, or too many attributes")]
    TooMuch,
    /// An element or text where the envelope has no place for it, in a foreign namespace, or a second time.
    #[error("an element or text out of place")]
    Misplaced,
    /// A `RequestID` of more than 256 characters.
    #[error("a RequestID of more than 256 characters")]
    LongId,
    /// No artifact, or a blank one.
    #[error("no assertion artifact")]
    NoArtifact,
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::NoArtifact => Cause::ArtifactMissing.into(),
            _ => Cause::Undecodable.into(),
        }
    }
}

impl SamlRequest {
    /// Reads a body, whatever its content type says it is.
    ///
    /// `IssueInstant` is not looked at: `mod_auth_cas` sends none, python-cas a local time.
    ///
    /// # Errors
    /// When there is no ticket to be had from it without guessing.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        if body.len() > LARGEST {
            return Err(Malformed::TooLong);
        }
        let text = std::str::from_utf8(body).map_err(|_| Malformed::NotText)?;
        if !text.chars().all(xml::is_char) {
            return Err(Malformed::NotText);
        }
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        let mut walk = Walk::default();
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|_| Malformed::NotXml)?;
            match event {
                Event::Start(start) => walk.enter(&namespace, &start)?,
                Event::End(_) => {
                    walk.path.pop();
                }
                Event::Text(text) => walk.read(&text)?,
                Event::GeneralRef(name) => {
                    walk.read(resolve_predefined_entity(&name).ok_or(Malformed::Reference)?)?;
                }
                Event::Decl(declaration) => walk.declare(&declaration)?,
                // In the artifact it would be a way to hide half of a ticket from another reader.
                Event::Comment(_) if walk.path.last() != Some(&Place::Artifact) => {}
                Event::Comment(_) | Event::CData(_) | Event::PI(_) | Event::DocType(_) | Event::Empty(_) => {
                    return Err(Malformed::Markup);
                }
                Event::Eof => return walk.finish(),
            }
        }
    }
}

/// Where in the envelope the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Envelope,
    Body,
    Request,
    Artifact,
    /// Inside a header, or a child of the request that is no artifact: read for its form alone.
    Aside,
}

/// What was met so far.
#[derive(Default)]
struct Walk {
    path: Vec<Place>,
    declared: bool,
    /// Envelope, body and request, once each.
    met: Vec<Place>,
    id: Option<String>,
    artifact: Option<String>,
}

impl Walk {
    fn enter(&mut self, namespace: &ResolveResult, start: &BytesStart) -> Result<(), Malformed> {
        if self.path.len() == DEEPEST {
            return Err(Malformed::TooMuch);
        }
        let id = request_id(start)?;
        let namespace = match namespace {
            ResolveResult::Bound(Namespace(name)) => *name,
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(_) => return Err(Malformed::NotXml),
        };
        let place = match (self.path.last(), namespace, start.local_name().as_ref()) {
            (None, SOAP, "Envelope") => self.first(Place::Envelope)?,
            (Some(Place::Envelope), SOAP, "Header") if !self.met.contains(&Place::Body) => Place::Aside,
            (Some(Place::Envelope), SOAP, "Body") => self.first(Place::Body)?,
            (Some(Place::Body), PROTOCOL, "Request") => {
                self.id = id.filter(|id| !id.trim().is_empty());
                self.first(Place::Request)?
            }
            (Some(Place::Request), PROTOCOL, "AssertionArtifact") if self.artifact.is_none() => {
                self.artifact = Some(String::new());
                Place::Artifact
            }
            // A second artifact asks for a second assertion, which no client of ours means.
            (Some(Place::Request), PROTOCOL, "AssertionArtifact") => return Err(Malformed::Misplaced),
            (Some(Place::Request | Place::Aside), ..) => Place::Aside,
            _ => return Err(Malformed::Misplaced),
        };
        self.path.push(place);
        Ok(())
    }

    fn first(&mut self, place: Place) -> Result<Place, Malformed> {
        if self.met.contains(&place) {
            return Err(Malformed::Misplaced);
        }
        self.met.push(place);
        Ok(place)
    }

    fn read(&mut self, text: &str) -> Result<(), Malformed> {
        match (self.path.last(), &mut self.artifact) {
            (Some(Place::Artifact), Some(artifact)) => artifact.push_str(text),
            (Some(Place::Aside), _) => {}
            _ if text.trim_ascii().is_empty() => {}
            _ => return Err(Malformed::Misplaced),
        }
        Ok(())
    }

    fn declare(&mut self, declaration: &BytesDecl) -> Result<(), Malformed> {
        if self.declared || !self.met.is_empty() {
            return Err(Malformed::NotXml);
        }
        self.declared = true;
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("UTF-8") => Ok(()),
            Some(Ok(_)) => Err(Malformed::NotText),
            Some(Err(_)) => Err(Malformed::NotXml),
        }
    }

    fn finish(self) -> Result<SamlRequest, Malformed> {
        if !self.path.is_empty() {
            return Err(Malformed::NotXml);
        }
        if self.id.as_ref().is_some_and(|id| id.chars().count() > LONGEST_ID) {
            return Err(Malformed::LongId);
        }
        let artifact = self.artifact.unwrap_or_default();
        // Some clients lay the element out on three lines.
        let artifact = artifact.trim_ascii();
        if artifact.is_empty() {
            return Err(Malformed::NoArtifact);
        }
        Ok(SamlRequest {
            id: self.id,
            artifact: artifact.into(),
        })
    }
}

/// The `RequestID` of an element that has one; the other attributes are read for their form alone.
fn request_id(start: &BytesStart) -> Result<Option<String>, Malformed> {
    let mut id = None;
    for (number, attribute) in start.attributes().enumerate() {
        if number == MOST_ATTRIBUTES {
            return Err(Malformed::TooMuch);
        }
        let attribute = attribute.map_err(|_| Malformed::NotXml)?;
        let raw = &attribute.value;
        if raw.contains('<') {
            return Err(Malformed::NotXml);
        }
        if raw.contains("&#") {
            return Err(Malformed::Reference);
        }
        let value = unescape(raw).map_err(|_| Malformed::Reference)?;
        if attribute.key.as_ref() == "RequestID" {
            id = Some(value.into_owned());
        }
    }
    Ok(id)
}

#[cfg(test)]
mod tests;
