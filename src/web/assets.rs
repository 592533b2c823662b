//! The style sheet, the script and the logo: named after their content, so they may be kept for ever.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::answer::Answer;
use super::pages::Trouble;
use super::request::Browser;

/// `GET /assets/{name}`.
pub async fn show(request: HttpRequest, web: web::Data<Web>, name: web::Path<String>) -> HttpResponse {
    match web.pages.assets().find(&name) {
        Some(asset) => HttpResponse::Ok()
            .content_type(asset.content_type)
            .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
            .body(asset.bytes.clone()),
        None => Answer::new(&web, &Browser::of(&request, &web)).trouble(&Trouble::NotFound),
    }
}
