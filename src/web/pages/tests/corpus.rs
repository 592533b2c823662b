//! The pages under test: all samples, rendered.

use crate::web::pages::{
    AccountPage, ActivationConfirmPage, ActivationIdentityPage, ChoosePasswordPage, CredentialsPage,
    ErrorPage, Frame, HandOverPage, HomePage, InfoPage, Locale, LoginPage, LogoutConfirmPage, LogoutDonePage,
    LoopPage, Page, Pages, PasswordPage, RecoveryCodePage, RecoveryIdentityPage, SessionsPage, SignedInPage,
    Site, StopPage, ThrottledPage, WarnPage,
};

/// One rendered sample.
pub(super) struct Face {
    /// Template, sample and language, for the message of a failed test.
    pub(super) name: String,
    /// The template.
    pub(super) template: &'static str,
    /// The language.
    pub(super) locale: Locale,
    /// The page.
    pub(super) html: String,
}

/// The pages of the example university, with everything switched on.
pub(super) fn pages() -> Pages {
    Pages::new(Site {
        remember_me: true,
        ..Site::example()
    })
    .unwrap()
}

/// Every sample in both languages.
pub(super) fn faces() -> Vec<Face> {
    faces_of(&pages())
}

/// Every sample of these pages in both languages.
pub(super) fn faces_of(pages: &Pages) -> Vec<Face> {
    let mut faces = Vec::new();
    collect::<HomePage>(pages, &mut faces);
    collect::<LoginPage>(pages, &mut faces);
    collect::<ThrottledPage>(pages, &mut faces);
    collect::<SignedInPage>(pages, &mut faces);
    collect::<WarnPage>(pages, &mut faces);
    collect::<LoopPage>(pages, &mut faces);
    collect::<HandOverPage>(pages, &mut faces);
    collect::<ActivationIdentityPage>(pages, &mut faces);
    collect::<ActivationConfirmPage>(pages, &mut faces);
    collect::<ChoosePasswordPage>(pages, &mut faces);
    collect::<CredentialsPage>(pages, &mut faces);
    collect::<RecoveryIdentityPage>(pages, &mut faces);
    collect::<RecoveryCodePage>(pages, &mut faces);
    collect::<StopPage>(pages, &mut faces);
    collect::<AccountPage>(pages, &mut faces);
    collect::<PasswordPage>(pages, &mut faces);
    collect::<SessionsPage>(pages, &mut faces);
    collect::<LogoutConfirmPage>(pages, &mut faces);
    collect::<LogoutDonePage>(pages, &mut faces);
    collect::<ErrorPage>(pages, &mut faces);
    collect::<InfoPage>(pages, &mut faces);
    faces
}

fn collect<P: Page>(pages: &Pages, faces: &mut Vec<Face>) {
    for (sample, page) in P::samples() {
        for locale in Locale::ALL {
            let name = format!("{} ({sample}, {})", P::TEMPLATE, locale.code());
            let html = pages
                .render(&page, &Frame::new(locale, "/cas/login?service=x").signed_in())
                .unwrap_or_else(|error| panic!("{name}: {error}: {:?}", std::error::Error::source(&error)));
            faces.push(Face {
                name,
                template: P::TEMPLATE,
                locale,
                html,
            });
        }
    }
}
