//! What a browser that brings no credentials to `/login` gets: the decision table of the protocol, row by row.

use super::request::Prompt;

/// What is known of the application that a browser comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceCase {
    /// None was named.
    None,
    /// One was named that is not registered, disabled, or no acceptable address.
    Refused,
    /// One was named that may use this server.
    Admitted {
        /// Whether it takes part in single sign-on.
        sso: bool,
    },
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// 403, no redirect.
    RefuseService,
    /// 200, "you are signed in".
    AlreadySignedIn,
    /// 200, the form.
    AskCredentials,
    /// 200, "do you want to go on to …?"
    Confirm,
    /// A ticket.
    Grant,
    /// 302 to the application, unchanged and without ticket ([L-1]).
    PassThrough,
}

/// Decides the step. `session`: whether the browser's cookie names a live session; `warn`: whether it also carries
/// the wish to confirm each sign-on.
pub fn decide(service: ServiceCase, session: bool, prompt: Prompt, warn: bool) -> Step {
    let sso = match service {
        // Before all else, gateway included, or gateway would be an open redirector ([S-4]).
        ServiceCase::Refused => return Step::RefuseService,
        ServiceCase::None if session && prompt != Prompt::Always => return Step::AlreadySignedIn,
        ServiceCase::None => return Step::AskCredentials,
        ServiceCase::Admitted { sso } => sso,
    };
    match prompt {
        Prompt::Always => Step::AskCredentials,
        _ if session && sso && warn => Step::Confirm,
        _ if session && sso => Step::Grant,
        Prompt::Never => Step::PassThrough,
        Prompt::WhenNeeded => Step::AskCredentials,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: ServiceCase = ServiceCase::Admitted { sso: true };
    const NO_SSO: ServiceCase = ServiceCase::Admitted { sso: false };
    const PROMPTS: [Prompt; 3] = [Prompt::WhenNeeded, Prompt::Always, Prompt::Never];

    fn all(service: ServiceCase, sessions: &[bool], prompts: &[Prompt], expected: Step) {
        for &session in sessions {
            for &prompt in prompts {
                for warn in [false, true] {
                    let step = decide(service, session, prompt, warn);
                    assert_eq!(step, expected, "{service:?} {session} {prompt:?} warn {warn}");
                }
            }
        }
    }

    #[test]
    fn row_1_s4_an_unauthorised_service_is_refused_whatever_else_is_asked() {
        all(
            ServiceCase::Refused,
            &[false, true],
            &PROMPTS,
            Step::RefuseService,
        );
    }

    #[test]
    fn row_2_without_service_a_session_is_greeted() {
        all(
            ServiceCase::None,
            &[true],
            &[Prompt::WhenNeeded, Prompt::Never],
            Step::AlreadySignedIn,
        );
    }

    #[test]
    fn row_3_without_service_renew_shows_the_form() {
        all(
            ServiceCase::None,
            &[true],
            &[Prompt::Always],
            Step::AskCredentials,
        );
    }

    #[test]
    fn row_4_without_service_and_session_gateway_is_ignored() {
        all(ServiceCase::None, &[false], &PROMPTS, Step::AskCredentials);
    }

    #[test]
    fn row_5_renew_asks_for_credentials_with_and_without_session() {
        all(OK, &[false, true], &[Prompt::Always], Step::AskCredentials);
        all(NO_SSO, &[false, true], &[Prompt::Always], Step::AskCredentials);
    }

    #[test]
    fn row_6_l2_a_session_yields_a_ticket_or_a_question_also_with_gateway() {
        for prompt in [Prompt::WhenNeeded, Prompt::Never] {
            assert_eq!(decide(OK, true, prompt, false), Step::Grant);
            assert_eq!(decide(OK, true, prompt, true), Step::Confirm);
        }
    }

    #[test]
    fn row_7_without_sso_gateway_goes_back_without_ticket() {
        all(NO_SSO, &[true], &[Prompt::Never], Step::PassThrough);
    }

    #[test]
    fn row_8_without_sso_the_form_is_shown() {
        all(NO_SSO, &[true], &[Prompt::WhenNeeded], Step::AskCredentials);
    }

    #[test]
    fn row_9_l1_without_session_gateway_goes_back_without_ticket() {
        all(OK, &[false], &[Prompt::Never], Step::PassThrough);
        all(NO_SSO, &[false], &[Prompt::Never], Step::PassThrough);
    }

    #[test]
    fn row_10_without_session_the_form_is_shown() {
        all(OK, &[false], &[Prompt::WhenNeeded], Step::AskCredentials);
        all(NO_SSO, &[false], &[Prompt::WhenNeeded], Step::AskCredentials);
    }
}
