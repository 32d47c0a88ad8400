//! Headers that every answer carries.

use actix_web::middleware::DefaultHeaders;

/// What the editor's page may load and who may frame it. The editor has no
/// inline script and talks to its own origin only; inline style *attributes* are
/// how text alignment and selection colours are drawn.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
     form-action 'self'";

/// The security headers.
#[derive(Debug)]
pub struct SecurityHeaders;

impl SecurityHeaders {
    /// All of them, for what passes no middleware.
    pub(super) const EACH: [(&'static str, &'static str); 4] = [
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ];

    /// A middleware that adds them.
    pub fn middleware() -> DefaultHeaders {
        let headers = DefaultHeaders::new();
        Self::EACH.into_iter().fold(headers, DefaultHeaders::add)
    }
}
