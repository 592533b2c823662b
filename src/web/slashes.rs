//! Repeated slashes in a path count as one: several clients build `/cas//serviceValidate` ([E-2]).

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

/// Merges the repeated slashes of the path of `request`. What is behind the question mark stays as it is.
///
/// Almost no path has any, so one look has to do: the middleware that HTTP servers bring for this runs a regular
/// expression over each path.
pub fn merge(request: &mut ServiceRequest) {
    if let Some(uri) = merged(request.uri()) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// The address with single slashes; `None` when it has no others.
fn merged(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains("//") {
        return None;
    }
    let mut target = String::with_capacity(uri.path_and_query()?.as_str().len());
    for character in path.chars() {
        if character != '/' || !target.ends_with('/') {
            target.push(character);
        }
    }
    if let Some(query) = uri.query() {
        target.push('?');
        target.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e2_repeated_slashes_are_one_and_the_query_stays() {
        for (given, expected) in [
            ("//", "/"),
            ("//cas///p3////serviceValidate//", "/cas/p3/serviceValidate/"),
            (
                "/cas//login?service=https://a.example//b?c//d",
                "/cas/login?service=https://a.example//b?c//d",
            ),
            ("/cas//login?", "/cas/login?"),
            (
                "http://sso.example//cas//login?x",
                "http://sso.example/cas/login?x",
            ),
        ] {
            let merged = merged(&given.parse().unwrap()).unwrap();
            assert_eq!(merged.to_string(), expected);
        }
    }

    #[test]
    fn an_address_with_single_slashes_is_left_as_it_is() {
        for given in [
            "/cas/login?service=https://a.example/",
            "/",
            "*",
            "http://a.example",
        ] {
            assert_eq!(merged(&given.parse().unwrap()), None, "{given}");
        }
    }
}
