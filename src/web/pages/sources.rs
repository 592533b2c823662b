//! The templates and messages, compiled into the program: nothing is read from disk when a page is shown.

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Every template: its name and its text.
        pub(super) const TEMPLATES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../templates/", $name)))),*
        ];
    };
}

macro_rules! messages {
    ($($name:literal),* $(,)?) => {
        /// The message files of each language, in the order of [`super::Locale`].
        pub(super) const MESSAGES: [&[(&str, &str)]; 2] = [
            &[$(($name, include_str!(concat!("../../../templates/locales/fr/", $name)))),*],
            &[$(($name, include_str!(concat!("../../../templates/locales/en/", $name)))),*],
        ];
    };
}

templates!(
    "layout.html",
    "parts/components.html",
    "parts/errors.html",
    "parts/help.html",
    "parts/identity.html",
    "parts/notices.html",
    "home.html",
    "login.html",
    "loop.html",
    "throttled.html",
    "services.html",
    "warn.html",
    "hand-over.html",
    "activation/identity.html",
    "activation/confirm.html",
    "activation/password.html",
    "recovery/identity.html",
    "recovery/code.html",
    "credentials.html",
    "stop.html",
    "account/account.html",
    "account/password.html",
    "account/sessions.html",
    "logout/confirm.html",
    "logout/done.html",
    "error.html",
    "info.html",
);

messages!(
    "common.ftl",
    "home.ftl",
    "login.ftl",
    "services.ftl",
    "activation.ftl",
    "password.ftl",
    "credentials.ftl",
    "recovery.ftl",
    "account.ftl",
    "logout.ftl",
    "errors.ftl",
    "info.ftl",
    "mail.ftl",
);
