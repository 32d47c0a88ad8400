//! The editor, packed into the binary by `build.rs`.
//!
//! Files with a hash in their name never change and are cached for a year; the
//! page itself is asked for every time and answered with 304. Every path that is
//! no file is the page: the editor routes in the browser. Where it has nothing to
//! show but that there is nothing, programs are told so too (404).

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use percent_encoding::percent_decode_str;

use super::error::ApiError;

/// A packed file.
struct Asset {
    path: &'static str,
    raw: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

static BY_PATH: LazyLock<HashMap<&'static str, &'static Asset>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| (asset.path, asset)).collect());

const PAGE: &str = "/index.html";

/// What is served where the editor should be, when it was built without Node.
const WITHOUT_EDITOR: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>cowrite</title>\
<h1>cowrite is running, without its editor</h1>\
<p>This server was built on a machine without Node.js. Documents, WebSocket and REST work. \
To get the editor, install Node.js 20.19 or newer and run <code>cargo run --release</code> again.\
</html>";

/// Whether the editor was built into this binary.
pub fn has_editor() -> bool {
    BY_PATH.contains_key(PAGE)
}

pub(super) async fn serve(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::MethodNotAllowed("GET, HEAD"));
    }
    let path = request.path();
    if let Some(asset) = BY_PATH.get(path).filter(|asset| asset.path != PAGE) {
        return Ok(file(&request, asset));
    }
    // A hashed file of another version must not be answered with the page.
    if path.starts_with("/assets/") {
        return Err(ApiError::NoSuchRoute);
    }
    // As `routeOf` in web/src/address.ts.
    let is_document =
        |name: &str| !name.is_empty() && percent_decode_str(name).decode_utf8().is_ok();
    let is_known = path == "/" || path.strip_prefix("/d/").is_some_and(is_document);
    Ok(match BY_PATH.get(PAGE) {
        Some(page) if is_known => file(&request, page),
        Some(page) => {
            let mut response = file(&request, page);
            // Who has it already has been told.
            if response.status() == StatusCode::OK {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
        None => HttpResponse::build(match is_known {
            true => StatusCode::OK,
            false => StatusCode::NOT_FOUND,
        })
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(WITHOUT_EDITOR),
    })
}

fn file(request: &HttpRequest, asset: &Asset) -> HttpResponse {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let etag = format!(
        "\"{:08x}-{:x}\"",
        crc32c::crc32c(asset.raw),
        asset.raw.len()
    );
    let cache = if asset.path.starts_with("/assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    if header(IF_NONE_MATCH).is_some_and(|known| known.contains(&etag)) {
        return HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .insert_header((CACHE_CONTROL, cache))
            .finish();
    }
    let (body, encoding) = encoded(asset, header(ACCEPT_ENCODING).unwrap_or_default());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, content_type(asset.path)))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, etag))
        .insert_header((VARY, "Accept-Encoding"));
    if let Some(encoding) = encoding {
        response.insert_header((CONTENT_ENCODING, encoding));
    }
    response.body(body)
}

/// The smallest form that the client takes.
fn encoded(asset: &Asset, accept: &str) -> (&'static [u8], Option<&'static str>) {
    let takes = |name: &str| {
        accept.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some(name) && !parts.any(|part| part == "q=0" || part == "q=0.0")
        })
    };
    match (asset.brotli, asset.gzip) {
        (Some(brotli), _) if takes("br") => (brotli, Some("br")),
        (_, Some(gzip)) if takes("gzip") => (gzip, Some("gzip")),
        _ => (asset.raw, None),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
