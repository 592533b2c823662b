//! A page that is pieced together is the page that is filled.

use proptest::prelude::*;

use super::corpus::pages;
use crate::web::pages::{Frame, Level, Locale, LoginPage, NoticeView, Page, Pages, Service, Shown};

/// Asks twice: the first time fills the template and cuts it, the second pieces together.
fn assert_same(pages: &Pages, page: &LoginPage, frame: &Frame, what: &str) {
    let filled = pages.fill(page, frame).unwrap();

    for time in ["first", "second"] {
        assert_eq!(
            pages.render(page, frame).unwrap(),
            filled,
            "{what}, the {time} time"
        );
    }
}

#[test]
fn every_sample_of_the_form_is_the_same_filled_or_pieced_together() {
    let pages = pages();

    for (name, page) in LoginPage::samples() {
        for locale in Locale::ALL {
            for frame in [
                Frame::new(locale, "/cas/login"),
                Frame::new(locale, "/cas/login?service=https%3A%2F%2Fa.example%2F&x=\"><b>").signed_in(),
            ] {
                assert_same(&pages, &page, &frame, name);
            }
        }
    }
    assert!(pages.login.pieced_together() >= 8);
}

#[test]
fn an_announcement_that_looks_like_a_mark_stays_what_it_is() {
    let pages = pages();
    let page = LoginPage {
        execution: Shown::new("a-token"),
        notices: vec![NoticeView {
            level: Level::Info,
            text: "\u{E000}0\u{E000}".to_owned(),
            link: None,
        }],
        ..LoginPage::default()
    };

    assert_same(&pages, &page, &Frame::new(Locale::Fr, "/cas/login"), "a mark");
    assert_eq!(pages.login.pieced_together(), 0);
}

#[test]
fn however_many_different_forms_are_asked_for_only_so_many_stencils_are_kept() {
    let pages = pages();

    for day in 0..200 {
        let page = LoginPage {
            notices: vec![NoticeView {
                level: Level::Info,
                text: format!("day {day}"),
                link: None,
            }],
            ..LoginPage::default()
        };
        assert_same(&pages, &page, &Frame::new(Locale::En, "/cas/login"), "a day");
    }

    assert!(pages.login.pieced_together() <= 64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_service_is_called_the_form_is_the_same_filled_or_pieced_together(
        [execution, name, host, url, switch] in proptest::array::uniform5("[\\PC\u{E000}<>&\"'/%0-3]{0,12}"),
    ) {
        thread_local!(static PAGES: Pages = pages());
        let page = LoginPage {
            execution: execution.into(),
            service: Some(Service { name, host, url, field: "TARGET" }),
            ..LoginPage::default()
        };
        let frame = Frame { language_switch: switch, ..Frame::new(Locale::Fr, "/") };

        PAGES.with(|pages| assert_same(pages, &page, &frame, "a name"));
    }
}
