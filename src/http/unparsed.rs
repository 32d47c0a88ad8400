//! What the HTTP library says itself, said as every other error is.
//!
//! No route hears of a request whose head cannot be parsed, is too long or does not come in
//! time: the library writes a bare answer and hangs up. The first is most often an address
//! with letters in it that are no ASCII, which somebody typed. So the gate puts an answer
//! with a reason in the place of that one.

use actix_web::ResponseError;
use actix_web::body::MessageBody;
use bytes::Bytes;

use super::error::ApiError;
use super::headers::SecurityHeaders;

const MESSAGE: &str = "the request is no HTTP that is understood: in an address everything but \
     ASCII is percent-encoded (ü is %C3%BC)";

/// What the library's own answer has, and no other: ours say what they are.
const BARE: [&str; 3] = ["content-length: 0", "connection: close", "date: "];

/// What takes the place of these bytes, if they are a bare answer of the library.
pub(super) fn instead_of(bytes: &[u8]) -> Option<Bytes> {
    let head = bytes
        .strip_prefix(b"HTTP/1.1 4")?
        .strip_suffix(b"\r\n\r\n")?;
    let (status, rest) = std::str::from_utf8(head).ok()?.split_once("\r\n")?;
    let refused = match status.get(..2)? {
        "00" => ApiError::BadRequest(MESSAGE.to_owned()),
        "08" => ApiError::HeadTooSlow,
        "31" => ApiError::HeadTooLarge,
        _ => return None,
    };
    let date = date_of(rest)?;
    let refused = refused.error_response();
    let status = refused.status();
    let mut answer = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in refused.headers() {
        answer.push_str(&format!("{name}: {}\r\n", value.to_str().ok()?));
    }
    for (name, value) in SecurityHeaders::EACH {
        answer.push_str(&format!("{}: {value}\r\n", name.to_lowercase()));
    }
    let body = refused.into_body().try_into_bytes().ok()?;
    let length = body.len();
    let end = format!("content-length: {length}\r\nconnection: close\r\n{date}\r\n\r\n");
    answer.push_str(&end);
    Some([answer.as_bytes(), &body].concat().into())
}

/// The line that says when a bare answer was made. `None`: there is more in its head.
fn date_of(head: &str) -> Option<&str> {
    let is_bare = |line: &str| BARE.iter().any(|bare| line.starts_with(bare));
    let mut lines = head.split("\r\n");
    match lines.clone().all(is_bare) {
        true => lines.find(|line| line.starts_with("date: ")),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_answers_are_replaced() {
        let head = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n";
        let date = "date: Sat, 28 Nov 2026 07:00:00 GMT\r\n";
        let bare = format!("{head}connection: close\r\n{date}\r\n");
        let said = instead_of(bare.as_bytes()).unwrap();
        let said = std::str::from_utf8(&said).unwrap();
        assert!(said.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{said}");
        assert!(said.contains(date.trim_end()), "{said}");
        for (status, code) in [
            ("408 Request Timeout", "head_too_slow"),
            ("431 Request Header Fields Too Large", "head_too_large"),
        ] {
            let said = instead_of(bare.replace("400 Bad Request", status).as_bytes()).unwrap();
            let said = std::str::from_utf8(&said).unwrap();
            assert!(
                said.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{said}"
            );
            assert!(said.contains(code), "{said}");
        }
        for other in [
            format!("{head}content-type: text/plain\r\n{date}\r\n"),
            format!("{head}{date}"),
            bare.replace("400 Bad Request", "404 Not Found"),
            format!("{bare}{{}}"),
            String::new(),
        ] {
            assert_eq!(instead_of(other.as_bytes()), None, "{other}");
        }
    }
}
