//! Whose pages may talk to this server.
//!
//! Browsers send cookies and reach loopback on behalf of any page, and a
//! WebSocket knows no same-origin rule; so the rule is kept here. A request that
//! names an `Origin` must name this server's own or one that was allowed. And a
//! server on loopback answers only to names of loopback, so that a foreign name
//! that resolves to 127.0.0.1 (DNS rebinding) is not "the same origin".

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, web};

use super::error::ApiError;

/// Fetch Metadata Request Headers, 2.3.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins that may connect.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy {
    /// Origins beside the server's own, such as `https://app.example.org`.
    pub allowed: Vec<String>,
    /// Whether the server listens on loopback only.
    pub loopback: bool,
}

impl OriginPolicy {
    /// Checks `Host` and `Origin`.
    pub(super) fn check(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let host = header(HOST).unwrap_or_default();
        // A target with a name of its own (RFC 9112, 3.2.2) must not say another.
        let target = request.uri().authority().map(|it| it.as_str());
        if target.is_some_and(|target| !target.eq_ignore_ascii_case(host)) {
            let message = "the target of the request and its Host are not the same";
            return Err(ApiError::BadRequest(message.to_owned()));
        }
        if self.loopback && !is_loopback(host) {
            let allowed = self
                .allowed
                .iter()
                .filter_map(|origin| authority(origin))
                .any(|authority| same_authority(authority, host));
            if !allowed {
                return Err(ApiError::ForbiddenOrigin(format!(
                    "this server answers to localhost only, not to {host:?}; \
                     start it with --allow-origin to put it behind another name"
                )));
            }
        }
        let Some(origin) = header(ORIGIN) else {
            // Browsers name the origin of whatever changes something; one that does
            // not, and says that it comes from another site, is not let through.
            let changes = !request.method().is_safe();
            if changes && header(SEC_FETCH_SITE) == Some("cross-site") {
                return Err(ApiError::ForbiddenOrigin(
                    "pages of other sites may not change documents".to_owned(),
                ));
            }
            return Ok(());
        };
        if request.headers().get_all(ORIGIN).count() > 1 {
            let message = "a request has one Origin";
            return Err(ApiError::BadRequest(message.to_owned()));
        }
        // Who named this server's own origin, with its scheme, means that one.
        let named = |allowed: &String| {
            authority(allowed).is_some_and(|authority| same_authority(authority, host))
        };
        let same = authority(origin).is_some_and(|authority| same_authority(authority, host))
            && !self.allowed.iter().any(named);
        if same
            || self
                .allowed
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(origin))
        {
            return Ok(());
        }
        Err(ApiError::ForbiddenOrigin(format!(
            "pages from {origin:?} may not use this server; allow them with --allow-origin"
        )))
    }
}

impl OriginPolicy {
    /// The hosts under which this server is known to who asks, with their ports, as links
    /// have them.
    pub(super) fn hosts(&self, request: &HttpRequest) -> Vec<String> {
        let asked = request.headers().get(HOST);
        let asked = asked.and_then(|value| value.to_str().ok());
        let allowed = self.allowed.iter().filter_map(|origin| authority(origin));
        asked
            .into_iter()
            .chain(allowed)
            .map(bare_authority)
            .collect()
    }
}

/// Asks a page of another site to stay away.
pub(super) async fn check_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let origins = request.app_data::<web::Data<OriginPolicy>>();
    let checked = origins.map_or(Ok(()), |origins| origins.check(request.request()));
    // As an answer, not as an error: what is held until it was sent is held then too.
    if let Err(error) = checked {
        return Ok(request.error_response(error).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Host and port of an origin.
fn authority(origin: &str) -> Option<&str> {
    origin.split_once("://").map(|(_, authority)| authority)
}

fn same_authority(a: &str, b: &str) -> bool {
    bare_authority(a) == bare_authority(b)
}

/// In small letters, and without a port that goes without saying.
fn bare_authority(authority: &str) -> String {
    let text = authority.to_ascii_lowercase();
    let port = text
        .strip_suffix(":80")
        .or_else(|| text.strip_suffix(":443"));
    port.map(str::to_owned).unwrap_or(text)
}

fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) => (name, port),
            None => return false,
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::Method;
    use actix_web::test::TestRequest;

    fn check(policy: &OriginPolicy, host: &str, origin: Option<&str>) -> bool {
        let mut request = TestRequest::get().insert_header((HOST, host));
        if let Some(origin) = origin {
            request = request.insert_header((ORIGIN, origin));
        }
        policy.check(&request.to_http_request()).is_ok()
    }

    #[test]
    fn a_server_on_loopback_answers_to_loopback_names_only() {
        let policy = OriginPolicy {
            allowed: vec![],
            loopback: true,
        };
        for host in [
            "127.0.0.1:8080",
            "localhost:8080",
            "[::1]:8080",
            "a.localhost",
        ] {
            assert!(check(&policy, host, None), "{host}");
        }
        for host in [
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
            "[::1].evil.example",
            "[::1",
            "localhost:evil",
            "127.0.0.1:80:80",
        ] {
            assert!(!check(&policy, host, None), "{host}");
        }
        assert!(!check(
            &policy,
            "evil.example:8080",
            Some("http://evil.example:8080")
        ));
    }

    #[test]
    fn pages_of_other_sites_are_refused_unless_allowed() {
        let policy = OriginPolicy {
            allowed: vec!["https://app.example.org".into()],
            loopback: false,
        };
        assert!(check(
            &policy,
            "docs.example.org",
            Some("https://docs.example.org")
        ));
        assert!(check(
            &policy,
            "docs.example.org:443",
            Some("https://docs.example.org")
        ));
        assert!(check(
            &policy,
            "docs.example.org",
            Some("https://app.example.org")
        ));
        assert!(check(&policy, "docs.example.org", None));
        assert!(!check(
            &policy,
            "docs.example.org",
            Some("https://evil.example")
        ));
        assert!(!check(&policy, "docs.example.org", Some("null")));
        assert!(!check(
            &policy,
            "127.0.0.1:8080",
            Some("http://127.0.0.1:9999")
        ));
    }

    #[test]
    fn a_page_of_another_site_changes_nothing_even_without_an_origin() {
        let policy = OriginPolicy::default();
        let from = |method: Method, site: &str| {
            let request = TestRequest::default().method(method);
            let request = request.insert_header((SEC_FETCH_SITE, site.to_owned()));
            policy.check(&request.to_http_request()).is_ok()
        };
        assert!(!from(Method::POST, "cross-site"));
        assert!(!from(Method::DELETE, "cross-site"));
        assert!(from(Method::GET, "cross-site"), "a link to an export");
        assert!(from(Method::POST, "same-origin"));
        assert!(from(Method::POST, "none"));
    }

    #[test]
    fn a_target_with_another_name_than_its_host_is_refused() {
        let policy = OriginPolicy {
            allowed: vec![],
            loopback: true,
        };
        let to = |target: &str| {
            let request = TestRequest::with_uri(target).insert_header((HOST, "127.0.0.1:8080"));
            policy.check(&request.to_http_request()).is_ok()
        };
        assert!(to("/api/documents"));
        assert!(to("http://127.0.0.1:8080/api/documents"));
        assert!(!to("http://evil.example/api/documents"));
    }

    #[test]
    fn whose_own_origin_is_named_with_a_scheme_has_no_other() {
        let policy = OriginPolicy {
            allowed: vec!["https://app.example.org".into()],
            loopback: true,
        };
        let origin = |origin| check(&policy, "app.example.org", Some(origin));
        assert!(origin("https://app.example.org"));
        assert!(!origin("http://app.example.org"));
        assert!(check(&policy, "APP.example.org", None), "names ignore case");
        let two = TestRequest::get()
            .insert_header((HOST, "localhost"))
            .append_header((ORIGIN, "http://localhost"))
            .append_header((ORIGIN, "http://evil.example"));
        assert!(policy.check(&two.to_http_request()).is_err());
    }
}
