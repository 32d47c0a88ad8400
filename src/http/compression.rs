//! Large answers leave compressed, for those who take that: gzip or brotli.
//!
//! Only what is there as a whole is compressed, as a whole, away from the threads of
//! sockets and few at a time: so the memory of a compressor is never taken by somebody who
//! reads slowly, and an answer still says how long it is. Streams, files that people
//! attached and what is compressed already pass as they are.
//!
//! A compressed answer is another representation and has a tag of its own: that of the
//! plain one and the coding, `"…~br"`. Who comes back with one, in `If-None-Match` or
//! `If-Match`, means the state that the plain one names; nothing behind this has to know.
//!
//! Nothing in an answer is a secret whose length could tell of it: there are no cookies
//! and no tokens in any.

use std::io::Write;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    ContentEncoding, ETAG, Encoding, Header, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    IF_NONE_MATCH, VARY,
};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::sending::{Counted, Pieces};
use crate::live::Share;

/// What is smaller is not worth it, in bytes.
const LEAST: usize = 1 << 10;

/// What is larger takes too long.
const MOST: usize = 64 << 20;

/// How many answers are compressed at once.
static TURNS: Semaphore = Semaphore::const_new(2);

/// The body of an answer, for whoever can make it smaller.
pub(super) struct Whole {
    pub bytes: Bytes,
    /// The memory that is counted for it.
    pub share: Option<Arc<Share>>,
}

/// How an answer is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// What the client likes best of what there is; of equals the smaller one.
    fn liked(headers: &HeaderMap, request: &impl HttpMessage) -> Option<Self> {
        headers.get(ACCEPT_ENCODING)?;
        let accepted = AcceptEncoding::parse(request).ok()?;
        let offered = [
            Encoding::Known(ContentEncoding::Brotli),
            Encoding::Known(ContentEncoding::Gzip),
            Encoding::Known(ContentEncoding::Identity),
        ];
        match accepted.negotiate(offered.iter())? {
            Encoding::Known(ContentEncoding::Brotli) => Some(Self::Brotli),
            Encoding::Known(ContentEncoding::Gzip) => Some(Self::Gzip),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the tag of a compressed answer ends with.
    fn mark(self) -> &'static str {
        match self {
            Self::Brotli => "~br\"",
            Self::Gzip => "~gzip\"",
        }
    }

    /// The bytes, compressed; `None` if that makes them no smaller.
    fn pack(self, bytes: &[u8]) -> Option<Bytes> {
        let mut packed = Vec::new();
        let done = match self {
            Self::Brotli => {
                let params = brotli::enc::BrotliEncoderParams {
                    quality: 4,
                    lgwin: 20,
                    size_hint: bytes.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).map(drop)
            }
            Self::Gzip => {
                let mut encoder =
                    flate2::write::GzEncoder::new(&mut packed, flate2::Compression::new(4));
                encoder.write_all(bytes).and_then(|()| encoder.try_finish())
            }
        };
        (done.is_ok() && packed.len() < bytes.len()).then(|| packed.into())
    }
}

/// The middleware: compresses what is worth it.
pub async fn compress<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let coding = Coding::liked(request.headers(), &request);
    let known = as_given(&mut request);
    let mut response = next.call(request).await?.map_into_boxed_body();
    let whole = response.response_mut().extensions_mut().remove::<Whole>();
    match response.status() {
        StatusCode::NOT_MODIFIED => {
            let headers = response.headers_mut();
            varies(headers);
            let told = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
            let told = told.and_then(|tag| variant(tag, &known));
            if let Some(tag) = told.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
                headers.insert(ETAG, tag);
            }
            return Ok(response);
        }
        StatusCode::OK => {}
        _ => return Ok(response),
    }
    if !is_compressible(response.headers(), whole.is_some()) {
        return Ok(response);
    }
    varies(response.headers_mut());
    let Some(coding) = coding else {
        return Ok(response);
    };
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let (whole, body) = match whole {
        Some(whole) => (whole, body),
        None => match body.try_into_bytes() {
            Ok(bytes) => {
                let body = Pieces::of(bytes.clone(), None).boxed();
                (Whole { bytes, share: None }, body)
            }
            Err(body) => {
                let response = response.set_body(body);
                return Ok(ServiceResponse::new(request, response));
            }
        },
    };
    let packed = match (LEAST..=MOST).contains(&whole.bytes.len()) {
        true => pack(coding, whole.bytes).await,
        false => None,
    };
    let Some(packed) = packed else {
        return Ok(ServiceResponse::new(request, response.set_body(body)));
    };
    // What is not held any more is not counted any more, unless others hold it too.
    drop(body);
    let share = whole.share.map(|share| match Arc::try_unwrap(share) {
        Ok(share) => Arc::new(share.shrunk_to(packed.len())),
        Err(shared) => shared,
    });
    let counted = Counted(share.as_ref().map_or(0, |share| share.bytes() as u64));
    let mut response = response.set_body(Pieces::of(packed, share).boxed());
    response.extensions_mut().insert(counted);
    let headers = response.headers_mut();
    let name = HeaderValue::from_static(coding.name());
    headers.insert(CONTENT_ENCODING, name);
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let tag = tag.and_then(|tag| tag.strip_suffix('"'));
    let tag = tag.map(|tag| format!("{tag}{}", coding.mark()));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(ETAG, tag);
    }
    Ok(ServiceResponse::new(request, response))
}

async fn pack(coding: Coding, bytes: Bytes) -> Option<Bytes> {
    // It is never closed.
    // Nobody waits for those who ask for much: then it goes out as it is.
    let turn = TURNS.try_acquire().ok()?;
    // To the end, whether or not somebody waits.
    let packed = web::block(move || {
        let _turn = turn;
        coding.pack(&bytes)
    })
    .await;
    packed.ok().flatten()
}

/// Whether an answer is of a type that is worth it, and nobody has done it.
fn is_compressible(headers: &HeaderMap, is_known: bool) -> bool {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    if headers.contains_key(CONTENT_ENCODING)
        || text(CACHE_CONTROL).is_some_and(|it| it.contains("no-transform"))
    {
        return false;
    }
    let content_type = text(CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence {
        "text/event-stream" => false,
        "application/json" | "application/xml" | "application/javascript" | "image/svg+xml" => true,
        // An update, and not what people attached.
        "application/octet-stream" => is_known,
        other => other.starts_with("text/") || other.ends_with("+json") || other.ends_with("+xml"),
    }
}

/// Says that the answer depends on what the client takes.
fn varies(headers: &mut HeaderMap) {
    let said: Vec<&str> = headers
        .get_all(VARY)
        .filter_map(|value| value.to_str().ok())
        .collect();
    let said = said.join(", ");
    let names = |name: &str| name.trim().eq_ignore_ascii_case("accept-encoding");
    if said.split(',').any(names) {
        return;
    }
    let all = match said.is_empty() {
        true => "Accept-Encoding".to_owned(),
        false => format!("{said}, Accept-Encoding"),
    };
    if let Ok(value) = HeaderValue::from_str(&all) {
        headers.insert(VARY, value);
    }
}

/// Puts plain tags in the place of those of compressed answers, and gives what
/// `If-None-Match` said before.
fn as_given(request: &mut ServiceRequest) -> String {
    let mut known = String::new();
    for name in [IF_NONE_MATCH, IF_MATCH] {
        let values: Vec<String> = request
            .headers()
            .get_all(&name)
            .filter_map(|value| value.to_str().ok())
            .map(str::to_owned)
            .collect();
        let said = values.join(", ");
        if Coding::ALL
            .iter()
            .all(|coding| !said.contains(coding.mark()))
        {
            continue;
        }
        let mut plain = said.clone();
        for coding in Coding::ALL {
            plain = plain.replace(coding.mark(), "\"");
        }
        if let Ok(value) = HeaderValue::from_str(&plain) {
            request.headers_mut().insert(name.clone(), value);
        }
        if name == IF_NONE_MATCH {
            known = said;
        }
    }
    known
}

/// The tag of the compressed answer that the client has, if it has one of this state.
fn variant(tag: &str, known: &str) -> Option<String> {
    let state = tag.strip_suffix('"')?;
    let variants = Coding::ALL.map(|coding| format!("{state}{}", coding.mark()));
    let has = |variant: &String| known.split(',').any(|tag| tag.trim() == variant);
    variants.into_iter().find(has)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_client_says_how() {
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("gzip", Some(Coding::Gzip)),
            ("gzip;q=1.0, br;q=0.5", Some(Coding::Gzip)),
            ("br;q=0, gzip;q=0", None),
            ("identity", None),
            ("*", None),
            ("zstd", None),
            ("identity;q=0", None),
            ("", None),
            ("nonsense;q=many", None),
        ] {
            let request = TestRequest::get().insert_header((ACCEPT_ENCODING, accept));
            let request = request.to_http_request();
            assert_eq!(
                Coding::liked(request.headers(), &request),
                coding,
                "{accept}"
            );
        }
        let silent = TestRequest::get().to_http_request();
        assert_eq!(Coding::liked(silent.headers(), &silent), None);
    }

    #[test]
    fn tags_of_compressed_answers_name_the_plain_state() {
        let said = "\"a-json~br\", W/\"b~gzip\", \"c\"";
        let request = TestRequest::get().insert_header((IF_NONE_MATCH, said));
        let mut request = request.to_srv_request();
        assert_eq!(as_given(&mut request), said);
        let plain = request.headers().get(IF_NONE_MATCH).unwrap();
        assert_eq!(plain, "\"a-json\", W/\"b\", \"c\"");
        assert_eq!(variant("\"a-json\"", said).unwrap(), "\"a-json~br\"");
        assert_eq!(variant("\"c\"", said), None);
    }
}
