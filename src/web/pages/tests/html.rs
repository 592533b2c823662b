//! What the markup of every page holds to.

use std::collections::{HashMap, HashSet};

use scraper::{Html, Selector};

use super::corpus::{faces, faces_of, pages};
use crate::web::pages::{
    AccountPage, ErrorPage, FieldError, Frame, HandOverPage, Locale, LoginPage, Page, Pages, Service, Shown,
    SignedInPage, Site, Tile, Trouble,
};

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

fn count(document: &Html, selector: &str) -> usize {
    document.select(&select(selector)).count()
}

fn login(page: &LoginPage) -> String {
    pages()
        .render(page, &Frame::new(Locale::Fr, "/cas/login"))
        .unwrap()
}

#[test]
fn every_page_says_its_language_and_has_one_heading_and_the_landmarks() {
    for face in faces() {
        let document = Html::parse_document(&face.html);

        assert_eq!(count(&document, "h1"), 1, "{}", face.name);
        for landmark in ["body > header", "main#main", "footer", "a.skip[href='#main']"] {
            assert_eq!(count(&document, landmark), 1, "{}: {landmark}", face.name);
        }
        let root = document.root_element().value();
        assert_eq!(root.attr("lang"), Some(face.locale.code()), "{}", face.name);
    }
}

#[test]
fn no_page_holds_a_style_a_script_of_its_own_or_anything_from_elsewhere() {
    for face in faces() {
        let document = Html::parse_document(&face.html);

        assert_eq!(
            count(&document, "[style], style, iframe, object, base"),
            0,
            "{}",
            face.name
        );
        assert!(
            document
                .select(&select("script"))
                .all(|script| script.inner_html().is_empty()),
            "{}",
            face.name
        );
        for loaded in document.select(&select("script, link, img, source")) {
            let address = loaded.value().attr("src").or(loaded.value().attr("href"));
            // The page after signing out calls services through images, under a policy of its own.
            let is_call = address.is_some_and(|address| address.contains("?logoutRequest="));
            assert!(
                is_call || address.is_some_and(|address| address.starts_with("/cas/assets/")),
                "{}",
                face.name
            );
        }
        for element in document.select(&select("*")) {
            for (name, value) in element.value().attrs() {
                assert!(
                    !name.starts_with("on") && !value.starts_with("javascript:"),
                    "{}: {name}",
                    face.name
                );
            }
        }
    }
}

#[test]
fn a_page_with_its_style_script_and_logo_weighs_less_than_thirty_kilobytes() {
    let shared: usize = pages().assets().all().iter().map(|asset| asset.bytes.len()).sum();
    for face in faces() {
        assert!(
            face.html.len() + shared < 30_000,
            "{}: {}",
            face.name,
            face.html.len() + shared
        );
    }
}

#[test]
fn the_assets_keep_within_their_budgets_and_are_found_by_their_names_alone() {
    let pages = pages();

    let [style, script, logo] = pages.assets().all();

    assert!(style.bytes.len() < 16_000 && script.bytes.len() < 3_000 && logo.bytes.len() < 2_000);
    assert!(pages.assets().find(&style.name).is_some());
    for name in ["style.css", "", "../style.css", "style.000000000000.css"] {
        assert!(pages.assets().find(name).is_none(), "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_every_reference_leads_somewhere() {
    for face in faces() {
        let document = Html::parse_document(&face.html);
        let ids: Vec<&str> = document
            .select(&select("[id]"))
            .filter_map(|element| element.value().id())
            .collect();
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{}: an id twice", face.name);

        for field in document.select(&select("input:not([type=hidden]):not([aria-hidden])")) {
            let id = field.value().id().unwrap_or_default();
            assert_eq!(
                count(&document, &format!("label[for='{id}']")),
                1,
                "{}: {id}",
                face.name
            );
        }
        for name in [
            "aria-describedby",
            "aria-labelledby",
            "aria-controls",
            "for",
            "data-show",
            "data-caps",
            "data-copy",
        ] {
            for element in document.select(&select(&format!("[{name}]"))) {
                for id in element.value().attr(name).unwrap().split_whitespace() {
                    assert!(known.contains(id), "{}: {name} {id}", face.name);
                }
            }
        }
        for link in document.select(&select("a[href^='#']")) {
            let target = link.value().attr("href").unwrap().trim_start_matches('#');
            assert!(known.contains(target), "{}: #{target}", face.name);
        }
    }
}

#[test]
fn every_form_is_posted_to_an_explicit_address_with_the_token_in_the_exact_bytes() {
    for face in faces()
        .iter()
        .filter(|face| face.template != HandOverPage::TEMPLATE)
    {
        let document = Html::parse_document(&face.html);
        for form in document.select(&select("form")) {
            assert_eq!(form.value().attr("method"), Some("post"), "{}", face.name);
            assert!(
                form.value().attr("action").unwrap().starts_with("/cas/"),
                "{}",
                face.name
            );
            assert!(
                face.html
                    .contains("<input type=\"hidden\" name=\"execution\" value=\""),
                "{}",
                face.name
            );
            assert!(
                face.html
                    .contains("<input type=\"hidden\" name=\"_eventId\" value=\"su"),
                "{}",
                face.name
            );
        }
    }
}

#[test]
fn l3_the_login_page_has_one_form_with_the_bytes_that_scripts_look_for() {
    for (sample, page) in LoginPage::samples() {
        let html = login(&page);
        let document = Html::parse_document(&html);

        assert_eq!(count(&document, "form"), 1, "{sample}");
        for bytes in [
            "<form action=\"/cas/login\" method=\"post\">",
            "<input type=\"hidden\" name=\"execution\" value=\"e1s1.MTIzNDU2Nzg5MDEyMzQ1Njc4OTA\"/>\n\
             <input type=\"hidden\" name=\"_eventId\" value=\"submit\"/>",
            "id=\"username\" name=\"username\"",
            "id=\"password\" name=\"password\" type=\"password\"",
            "id=\"warn\" name=\"warn\" value=\"true\"",
            "id=\"rememberMe\" name=\"rememberMe\" value=\"true\"",
            "name=\"publicComputer\" value=\"true\"",
            "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\"",
        ] {
            assert!(html.contains(bytes), "{sample}: {bytes}");
        }
        assert_eq!(
            count(&document, "input[name=service]") == 1,
            page.service.is_some(),
            "{sample}"
        );
        assert_eq!(count(&document, "input[name=renew]") == 1, page.renew, "{sample}");
        assert_eq!(
            count(&document, "input[name=method]") == 1,
            page.method.is_some(),
            "{sample}"
        );
    }
}

#[test]
fn l3_staying_signed_in_is_offered_only_where_the_site_allows_it() {
    let pages = Pages::new(Site::example()).unwrap();

    let html = pages
        .render(&LoginPage::default(), &Frame::new(Locale::Fr, "/"))
        .unwrap();

    assert!(!html.contains("rememberMe"));
}

#[test]
fn the_cursor_waits_in_the_login_field_on_the_first_display_only() {
    for (sample, page) in LoginPage::samples() {
        let first = ["first", "service", "renew-no-service"].contains(&sample);
        assert_eq!(login(&page).contains(" autofocus"), first, "{sample}");
    }
}

#[test]
fn a_mistake_is_told_in_the_tab_in_the_summary_and_at_the_field_in_the_same_words() {
    let page = LoginPage {
        username: "corsonneau".to_owned(),
        errors: FieldError::new("password", "login-err-password-missing").into(),
        ..LoginPage::default()
    };

    let html = login(&page);

    assert!(html.contains("<title>Erreur\u{a0}: Connexion"));
    assert_eq!(html.matches("Saisissez votre mot de passe").count(), 2);
    assert!(html.contains("value=\"corsonneau\""));
    assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"password-error\""));
}

#[test]
fn no_password_field_is_ever_filled_in() {
    for face in faces() {
        let document = Html::parse_document(&face.html);
        assert_eq!(
            count(&document, "input[type=password][value]"),
            0,
            "{}",
            face.name
        );
    }
}

#[test]
fn l4_hostile_text_stays_text() {
    let hostile = "\"'><script>alert(1)</script>{{ base }}😀\u{202e}";
    let pages = pages();
    let frame = Frame::new(Locale::Fr, "/cas/login?x=\"><script>");
    let service = Service {
        name: hostile.to_owned(),
        host: hostile.to_owned(),
        url: hostile.to_owned(),
        field: "service",
    };
    let rendered = [
        pages.render(
            &LoginPage {
                username: hostile.to_owned(),
                service: Some(service),
                ..LoginPage::default()
            },
            &frame,
        ),
        pages.render(
            &ErrorPage::new(&Trouble::ServiceRefused(Some(hostile.to_owned())), None),
            &frame,
        ),
        pages.render(
            &AccountPage {
                name: hostile.to_owned(),
                ..AccountPage::default()
            },
            &frame,
        ),
        pages.render(
            &SignedInPage {
                name: hostile.to_owned(),
                tiles: vec![Tile {
                    name: hostile.to_owned(),
                    hint: None,
                    href: hostile.to_owned(),
                }],
                ..SignedInPage::default()
            },
            &frame,
        ),
        pages.render(
            &HandOverPage {
                name: hostile.to_owned(),
                action: hostile.to_owned(),
                parameter: "ticket",
                ticket: Shown::new(hostile),
            },
            &frame,
        ),
    ];

    for html in rendered.map(Result::unwrap) {
        let document = Html::parse_document(&html);
        assert_eq!(count(&document, "script"), 1);
        assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("😀"));
    }
}

#[test]
fn a_university_with_a_hostile_name_and_a_root_context_still_gets_sound_pages() {
    let site = Site {
        name: crate::web::pages::Localized::same("L’<b>Université</b> \"{{ x }}\" & {$y}"),
        support: crate::web::pages::Localized::same("<b>here</b>"),
        base: String::new(),
        ..Site::example()
    };

    let pages = Pages::new(site).unwrap();

    for face in faces_of(&pages) {
        let document = Html::parse_document(&face.html);
        assert_eq!(count(&document, "b"), 0, "{}", face.name);
        assert!(
            !face.html.contains("=\"//"),
            "{}: an address without its host",
            face.name
        );
    }
}

#[test]
fn two_pages_never_share_a_title() {
    let mut owners: HashMap<(Locale, String), &str> = HashMap::new();
    for face in faces() {
        let document = Html::parse_document(&face.html);
        let title = document.select(&select("title")).next().unwrap().inner_html();
        let owner = owners
            .entry((face.locale, title.clone()))
            .or_insert(face.template);
        assert_eq!(*owner, face.template, "{title}");
    }
}

#[test]
fn the_credentials_sheet_names_no_secret_in_its_tab_and_never_a_password_one_chose() {
    use crate::web::pages::CredentialsPage;

    for (sample, page) in CredentialsPage::samples() {
        let html = pages().render(&page, &Frame::new(Locale::Fr, "/")).unwrap();
        let title = html.split_once("</title>").unwrap().0;

        assert!(
            title.ends_with("Fiche d’identifiants – Université d’Exemple"),
            "{sample}"
        );
        assert_eq!(html.contains("bakt-mwez-hvdr"), sample == "generated", "{sample}");
        assert!(!format!("{page:?}").contains("bakt"), "{sample}");
    }
}
