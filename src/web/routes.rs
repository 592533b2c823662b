//! Every path of the server, once.

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Resource, Route, web};

use super::{
    Web, account, activation, assets, health, home, login, logout, password_form, proxy, recovery, rest,
    saml, sessions, validate,
};

/// Mounts every path under `context`, those of the REST protocol if it is switched on.
pub fn mount(config: &mut web::ServiceConfig, context: &str, with_rest: bool) {
    let mut scope = web::scope(context)
        .service(form("/login", login::show, login::submit))
        .service(form("/logout", logout::show, logout::submit))
        .service(form("/validate", validate::cas1, validate::cas1))
        .service(form("/serviceValidate", validate::service, validate::service))
        .service(form("/p3/serviceValidate", validate::service, validate::service))
        .service(form("/proxyValidate", validate::proxy, validate::proxy))
        .service(form("/p3/proxyValidate", validate::proxy, validate::proxy))
        .service(form("/proxy", proxy::issue, proxy::issue))
        .service(message("/samlValidate", saml::validate))
        // What rack-cas calls with its option for CAS 3.0.
        .service(message("/p3/samlValidate", saml::validate))
        .service(page("/account", account::show))
        .service(form("/account/activate", activation::show, activation::submit))
        .service(form("/account/recover", recovery::show, recovery::submit))
        .service(form(
            "/account/password",
            password_form::show,
            password_form::submit,
        ))
        .service(form("/account/sessions", sessions::show, sessions::submit))
        .service(page("/help", home::help))
        .service(page("/help/{topic}", home::help))
        .service(page("/assets/{name}", assets::show))
        .service(page("/health", health::ready))
        .service(page("/health/ready", health::ready))
        .service(page("/health/live", health::live))
        .service(page("/", home::show))
        .default_service(web::to(home::not_found));
    if with_rest {
        scope = rest::mount(scope);
    }
    if !context.is_empty() {
        config
            .service(page(context, home::enter))
            .service(page("/", home::enter));
    }
    config.service(scope).default_service(web::to(home::not_found));
}

/// A path to read.
fn page<F, Args>(path: &str, show: F) -> Resource
where
    F: Handler<Args, Output = HttpResponse> + Clone,
    Args: FromRequest + 'static,
{
    reading(web::resource(path), show).default_service(refuse("GET, HEAD"))
}

/// A path to read and to send a form to.
fn form<F, G, Args, Brgs>(path: &str, show: F, submit: G) -> Resource
where
    F: Handler<Args, Output = HttpResponse> + Clone,
    G: Handler<Brgs, Output = HttpResponse>,
    Args: FromRequest + 'static,
    Brgs: FromRequest + 'static,
{
    let resource = reading(web::resource(path), show).route(web::post().to(submit));
    resource.default_service(refuse("GET, HEAD, POST"))
}

/// A path to send something to, with nothing to be read there.
fn message<F, Args>(path: &str, submit: F) -> Resource
where
    F: Handler<Args, Output = HttpResponse>,
    Args: FromRequest + 'static,
{
    let resource = web::resource(path).route(web::post().to(submit));
    resource.default_service(refuse("POST"))
}

/// HEAD is answered like GET, without the body ([H-5]).
fn reading<F, Args>(resource: Resource, show: F) -> Resource
where
    F: Handler<Args, Output = HttpResponse> + Clone,
    Args: FromRequest + 'static,
{
    resource
        .route(web::get().to(show.clone()))
        .route(web::head().to(show))
}

/// 405, with what would be allowed. TRACE would hand cookies back to a script: it gets no page.
fn refuse(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest, web: web::Data<Web>| async move {
        if request.method() == Method::TRACE {
            return HttpResponse::MethodNotAllowed()
                .insert_header(("Allow", allowed))
                .finish();
        }
        home::wrong_method(&request, &web, allowed)
    })
}
