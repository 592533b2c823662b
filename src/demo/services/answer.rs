//! Reading what the CAS server writes: validation answers (CAS 2.0 and 3.0) and logout notices.
//!
//! With an XML reader that knows namespaces, never by searching the text: an attribute may well contain the characters
//! `<cas:user>`, and then a search finds the wrong person.

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

const CAS: &str = "http://www.yale.edu/tp/cas";
const SAML_PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// What the server says about a ticket.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The ticket was good.
    Success {
        /// Who signed in.
        user: String,
        /// What else the service may know, in the order received; a name with several values comes several times.
        attributes: Vec<(String, String)>,
    },
    /// It was not.
    Failure {
        /// A code of the protocol: `INVALID_TICKET`, `INVALID_SERVICE`…
        code: String,
        /// A sentence for the log.
        text: String,
    },
}

/// The text is not what the protocol foresees. It is then no success, whatever it looks like.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an answer of the CAS protocol")]
pub struct Unreadable;

/// Reads the answer of `/serviceValidate` or `/p3/serviceValidate`.
///
/// # Errors
/// When it is neither one success with one user nor one failure with a code.
pub fn read_answer(xml: &str) -> Result<Answer, Unreadable> {
    let mut users = Vec::new();
    let mut attributes = Vec::new();
    let mut failures = Vec::new();
    for leaf in leaves(xml, CAS)? {
        let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
        match path[..] {
            ["serviceResponse", "authenticationSuccess", "user"] => users.push(leaf.text),
            ["serviceResponse", "authenticationSuccess", "attributes", name] => {
                attributes.push((name.to_owned(), leaf.text));
            }
            ["serviceResponse", "authenticationFailure"] => {
                failures.push((leaf.code.ok_or(Unreadable)?, leaf.text));
            }
            _ => {}
        }
    }
    match (users.pop(), failures.pop()) {
        (Some(user), None) if users.is_empty() && !user.is_empty() => {
            Ok(Answer::Success { user, attributes })
        }
        (None, Some((code, text))) => Ok(Answer::Failure {
            code,
            text: text.trim().to_owned(),
        }),
        _ => Err(Unreadable),
    }
}

/// Reads a single-logout notice and returns its session index: the ticket that opened the session to end.
///
/// # Errors
/// When it is no logout notice, or names no session.
pub fn read_logout(xml: &str) -> Result<String, Unreadable> {
    let index = |leaf: &Leaf| leaf.path == ["LogoutRequest", "SessionIndex"];
    let found = leaves(xml, SAML_PROTOCOL)?
        .into_iter()
        .find(index)
        .ok_or(Unreadable)?;
    Ok(found.text)
}

/// An element that holds text rather than elements.
struct Leaf {
    path: Vec<String>,
    code: Option<String>,
    text: String,
}

/// The leaves of a document whose ancestors all belong to `namespace`. Elements of other namespaces are stepped over.
fn leaves(xml: &str, namespace: &str) -> Result<Vec<Leaf>, Unreadable> {
    let mut reader = NsReader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut leaves = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut open: Option<Leaf> = None;
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|_| Unreadable)?;
        match event {
            Event::Start(element) => {
                let ours = matches!(space, ResolveResult::Bound(Namespace(found)) if found == namespace);
                // A name no element can have, so that nothing below matches either.
                path.push(if ours {
                    local_name(&element)
                } else {
                    "?".to_owned()
                });
                if path.len() > 8 {
                    return Err(Unreadable);
                }
                open = Some(Leaf {
                    path: path.clone(),
                    code: code_of(&element)?,
                    text: String::new(),
                });
            }
            Event::End(_) => {
                path.pop();
                leaves.extend(open.take());
            }
            Event::Text(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => push(&mut open, &resolve(&reference)?),
            Event::Eof if path.is_empty() => return Ok(leaves),
            // A document type brings entities, and with them the files of whoever reads it.
            Event::DocType(_) | Event::Eof => return Err(Unreadable),
            _ => {}
        }
    }
}

fn push(open: &mut Option<Leaf>, text: &str) {
    if let Some(leaf) = open {
        leaf.text.push_str(text);
    }
}

fn local_name(element: &BytesStart<'_>) -> String {
    element.local_name().as_ref().to_owned()
}

fn code_of(element: &BytesStart<'_>) -> Result<Option<String>, Unreadable> {
    let Some(attribute) = element.try_get_attribute("code").map_err(|_| Unreadable)? else {
        return Ok(None);
    };
    let value = attribute
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|_| Unreadable)?;
    Ok(Some(value.into_owned()))
}

/// The text of `&amp;` or `&#233;`.
fn resolve(reference: &BytesRef<'_>) -> Result<String, Unreadable> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string()),
        Ok(None) => resolve_predefined_entity(reference)
            .map(str::to_owned)
            .ok_or(Unreadable),
        Err(_) => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn success(inside: &str) -> String {
        format!(
            "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n  <cas:authenticationSuccess>\n    \
             {inside}\n  </cas:authenticationSuccess>\n</cas:serviceResponse>\n"
        )
    }

    #[test]
    fn a_success_names_the_user_and_every_value_of_every_attribute() {
        let answer = read_answer(&success(
            "<cas:user>corsonneau2</cas:user>\n<cas:attributes>\n\
             <cas:displayName>Zo&#xEB; &amp; C&lt;o</cas:displayName>\
             <cas:memberOf>a</cas:memberOf> <cas:memberOf>b</cas:memberOf><cas:empty/></cas:attributes>",
        ));

        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let attributes = vec![
            pair("displayName", "Zoë & C<o"),
            pair("memberOf", "a"),
            pair("memberOf", "b"),
            pair("empty", ""),
        ];
        assert_eq!(
            answer,
            Ok(Answer::Success {
                user: "corsonneau2".to_owned(),
                attributes
            })
        );
    }

    #[test]
    fn a_failure_gives_its_code() {
        let answer = read_answer(
            "<r:serviceResponse xmlns:r='http://www.yale.edu/tp/cas'><r:authenticationFailure code='INVALID_TICKET'>\n \
             ticket not recognized\n</r:authenticationFailure></r:serviceResponse>",
        );

        let failure = Answer::Failure {
            code: "INVALID_TICKET".to_owned(),
            text: "ticket not recognized".to_owned(),
        };
        assert_eq!(answer, Ok(failure));
    }

    #[test]
    fn what_only_looks_like_a_success_is_none() {
        let both = "<c:serviceResponse xmlns:c='http://www.yale.edu/tp/cas'><c:authenticationFailure code='X'>no\
                    </c:authenticationFailure><c:authenticationSuccess><c:user>eve</c:user>\
                    </c:authenticationSuccess></c:serviceResponse>";
        let refused = [
            String::new(),
            "<html>502 Bad Gateway</html>".to_owned(),
            both.to_owned(),
            success("<cas:user>a</cas:user>").replace("yale", "evil"),
            success("<cas:user>a</cas:user>").replace("</cas:serviceResponse>", ""),
            success("<cas:user>a</cas:user><cas:user>b</cas:user>"),
            success("<cas:user></cas:user>"),
            success("<x:user xmlns:x='urn:other'>eve</x:user>"),
            success("<cas:attributes><cas:user>eve</cas:user></cas:attributes>"),
            success("<!-- <cas:user>eve</cas:user> -->"),
            success("<cas:user>&file;</cas:user>"),
            format!(
                "<!DOCTYPE a [<!ENTITY e 'eve'>]>{}",
                success("<cas:user>&e;</cas:user>")
            ),
            format!("<!DOCTYPE a>{}", success("<cas:user>a</cas:user>")),
            "<cas:authenticationSuccess xmlns:cas='http://www.yale.edu/tp/cas'><cas:user>eve</cas:user>\
             </cas:authenticationSuccess>"
                .to_owned(),
        ];
        for xml in refused {
            assert_eq!(read_answer(&xml), Err(Unreadable), "{xml}");
        }
    }

    #[test]
    fn o10_a_logout_notice_names_the_ticket_of_the_session() {
        let notice = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
                      xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"LR-1\" Version=\"2.0\">\
                      <saml:NameID>jdupont</saml:NameID><samlp:SessionIndex>ST-12-a</samlp:SessionIndex>\
                      </samlp:LogoutRequest>";

        assert_eq!(read_logout(notice), Ok("ST-12-a".to_owned()));
        assert_eq!(
            read_logout(&notice.replace("2.0:protocol", "1.0:protocol")),
            Err(Unreadable)
        );
        assert_eq!(read_logout("logoutRequest"), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn no_text_whatever_breaks_the_reader(text in ".{0,200}") {
            let _ = read_answer(&text);
            let _ = read_answer(&success(&text));
        }

        #[test]
        fn no_attribute_value_can_become_the_user(value in "[ -~]{0,60}") {
            let escaped = quick_xml::escape::escape(&value);
            let answer = read_answer(&success(&format!(
                "<cas:user>me</cas:user><cas:attributes><cas:a>{escaped}</cas:a></cas:attributes>"
            )));
            let attributes = vec![("a".to_owned(), value)];
            prop_assert_eq!(answer, Ok(Answer::Success { user: "me".to_owned(), attributes }));
        }
    }
}
