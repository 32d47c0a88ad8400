//! `GET /api/documents/{name}/events`: what happens to a document, as server-sent events.
//!
//! A stream holds one place: the row up to which it has told. What was written since is
//! looked up when the reader takes it, so a slow one gets fewer events and makes nothing
//! grow, and one that comes back with `Last-Event-ID` goes on where it was. The connection
//! counts as any other and holds a place in the document. Content that is on its way out is
//! watched like any other large answer; between events a stream may rest for ever.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderMap};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until};
use utoipa::IntoParams;

use super::documents::{Answer, moment};
use super::entrance::{Entrance, Guest};
use super::error::ApiError;
use super::idleness::Eye;
use super::names::name;
use super::not_allowed;
use super::openapi::schemas::{EventId, FormatTold};
use super::query::query;
use super::turnstile::{Pass, Place};
use crate::id::{DocumentId, Seq};
use crate::live::{
    Content, DocumentError, Documents, FeedSettings, Following, Format, Share, Version, Visitor,
    Written,
};

/// The formats that an event can carry, for people.
pub(super) const FORMATS: &str = "json, markdown, html, text, delta";

/// After so long a reader whose connection broke is to come back, in milliseconds.
const RETRY: u64 = 2_000;

/// The size of a piece, in bytes.
const PIECE: usize = 32 << 10;

/// What an event takes, for each byte of the text in it: JSON escapes some.
const COPIED: usize = 2;

/// What keeps a connection awake.
const HEARTBEAT: &[u8] = b":\n\n";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/{name}/events")
            .get(events)
            .default_service(not_allowed("GET")),
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventParameters {
    /// The format in which the content is told too, after each pause.
    #[param(value_type = FormatTold, required = false, inline)]
    content: Option<String>,
    /// With `content`: the root; the one where the content is if it is left out.
    root: Option<String>,
    /// The `id` of the last event that was taken, where `Last-Event-ID` cannot be said.
    #[param(value_type = EventId, required = false, inline)]
    after: Option<String>,
}

async fn events(
    request: HttpRequest,
    documents: web::Data<Documents>,
    entrance: web::Data<Entrance>,
) -> Answer {
    let parameters: EventParameters = query(&request)?;
    let format = parameters.content.map(format).transpose()?;
    let after = after(request.headers(), parameters.after)?;
    let id = name(&request)?;
    let pass = entrance.enter(Place::Document(id.clone()))?;
    let (following, row) = documents.follow(&id).await?;
    let mut stream = Stream {
        settings: documents.feed_settings(),
        documents: documents.as_ref().clone(),
        id,
        by: Guest::of(&request).visitor,
        content: format.map(|format| (format, parameters.root)),
        deletions: following.begun().deletions,
        version: following.begun().version.as_deref().map(number_and_name),
        told: after.unwrap_or(row),
        row,
        // Who was here before, or wants the content, is told at once.
        changed: (after.is_some_and(|after| after != row) || format.is_some())
            .then(Changing::long_ago),
        following,
        outgoing: Outgoing::new(Entrance::eye(&request)),
        ended: false,
        _pass: pass,
    };
    let mut hello = format!("retry: {RETRY}\n");
    if after.is_none() {
        // An event without data only says where to go on.
        let _ = writeln!(hello, "id: {row}");
    }
    hello.push('\n');
    stream.outgoing.put(hello.into(), None);
    let pieces = stream::unfold(stream, |mut stream| async {
        let piece = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), stream))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // nginx would gather them.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(pieces))
}

fn format(name: String) -> Result<Format, ApiError> {
    match Format::parse(&name) {
        Some(format) if !format.is_state() => Ok(format),
        _ => Err(ApiError::UnknownFormat(name, FORMATS)),
    }
}

/// The row that a reader knows of already. What a browser remembers of the stream counts
/// before what the page began with.
fn after(headers: &HeaderMap, parameter: Option<String>) -> Result<Option<Seq>, ApiError> {
    let header = headers.get("Last-Event-ID");
    let header = header.map(|value| value.to_str().unwrap_or_default().to_owned());
    let header = header.filter(|value| !value.is_empty());
    let Some(text) = header.or(parameter) else {
        return Ok(None);
    };
    text.parse().map(|row| Some(Seq(row))).map_err(|_| {
        ApiError::BadRequest(
            "Last-Event-ID, or after, must be the id of an event of this document".to_owned(),
        )
    })
}

/// Since when something is to be told.
#[derive(Debug, Clone, Copy)]
struct Changing {
    /// `None`: it is to be told at once.
    since: Option<(Instant, Instant)>,
}

impl Changing {
    fn long_ago() -> Self {
        Self { since: None }
    }

    fn begins(now: Instant) -> Self {
        Self {
            since: Some((now, now)),
        }
    }

    fn goes_on(&mut self, now: Instant) {
        if let Some((_, last)) = &mut self.since {
            *last = now;
        }
    }

    /// When it is told: when nothing came for a `pause`, and after the `longest` time in
    /// any case.
    fn due(&self, pause: Duration, longest: Duration) -> Option<Instant> {
        let (first, last) = self.since?;
        Some((last + pause).min(first + longest))
    }
}

/// What is on its way to a reader.
struct Outgoing {
    bytes: Bytes,
    /// The memory that is counted for it.
    share: Option<Arc<Share>>,
    eye: Option<Eye>,
}

impl Outgoing {
    fn new(eye: Option<Eye>) -> Self {
        Self {
            bytes: Bytes::new(),
            share: None,
            eye,
        }
    }

    fn put(&mut self, bytes: Bytes, share: Option<Arc<Share>>) {
        if let Some(eye) = &self.eye {
            let counted = share.as_ref().map_or(0, |share| share.bytes() as u64);
            eye.sends(bytes.len() as u64, counted);
        }
        (self.bytes, self.share) = (bytes, share);
    }

    /// The next piece; the one before was taken.
    fn next(&mut self) -> Option<Bytes> {
        if self.bytes.is_empty() {
            self.share = None;
            self.eye.iter().for_each(Eye::rests);
            return None;
        }
        let piece = self.bytes.split_to(self.bytes.len().min(PIECE));
        self.eye.iter().for_each(|eye| eye.sent(piece.len()));
        Some(piece)
    }
}

/// One reader.
struct Stream {
    documents: Documents,
    id: DocumentId,
    by: Visitor,
    settings: FeedSettings,
    /// The format of the content that is told, and its root.
    content: Option<(Format, Option<String>)>,
    following: Following,
    /// How often the document had been deleted when this began.
    deletions: u64,
    /// The number and name of the version that was told last.
    version: Option<(u64, Option<String>)>,
    /// Up to here everything was told.
    told: Seq,
    /// Up to here it is on disk.
    row: Seq,
    changed: Option<Changing>,
    outgoing: Outgoing,
    ended: bool,
    _pass: Pass,
}

impl Stream {
    /// The next piece for the reader; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.outgoing.next() {
                return Some(piece);
            }
            if self.ended {
                return None;
            }
            self.look().await;
        }
    }

    /// Waits for something to tell, and puts it on its way.
    async fn look(&mut self) {
        let standing = self.following.standing();
        let deleted = standing.deletions != self.deletions;
        if standing.row > self.row {
            self.row = standing.row;
            let now = Instant::now();
            let changed = self.changed.get_or_insert_with(|| Changing::begins(now));
            changed.goes_on(now);
        }
        let is_new = |version: &Arc<Version>| self.version != Some(number_and_name(version));
        let new = standing.version.filter(is_new);
        let due = self.changed.map(|changed| match &self.content {
            Some(_) => changed.due(self.settings.pause, self.settings.longest),
            None => changed.due(self.settings.gather, self.settings.gather),
        });
        let is_due = due.is_some_and(|due| due.is_none_or(|due| due <= Instant::now()));
        // What came before is told before.
        let version_waits = new.as_ref().is_some_and(|it| it.row > self.told);
        if self.changed.is_some() && (is_due || deleted || version_waits) {
            self.changed = None;
            return self.tell(deleted).await;
        }
        if let Some(version) = new {
            self.version = Some(number_and_name(&version));
            return self.outgoing.put(self.versioned(&version), None);
        }
        if deleted {
            self.ended = true;
            let data = json!({ "document": self.id.as_str() });
            return self.outgoing.put(event("deleted", None, &data), None);
        }
        let heartbeat = Instant::now() + self.settings.heartbeat;
        let until = due.flatten().map_or(heartbeat, |due| due.min(heartbeat));
        tokio::select! {
            goes_on = self.following.stirs() => self.ended = !goes_on,
            () = sleep_until(until) => {
                if until == heartbeat {
                    self.outgoing.put(Bytes::from_static(HEARTBEAT), None);
                }
            }
        }
    }

    /// Tells what was written since the last time.
    async fn tell(&mut self, deleted: bool) {
        let (documents, id) = (&self.documents, &self.id);
        let (told, row) = (self.told, self.row);
        let (kind, reached, mut data) = match told.cmp(&row) {
            std::cmp::Ordering::Equal => ("change", row, self.nothing()),
            // It knows more than there is: another document, or an older copy of this.
            std::cmp::Ordering::Greater => ("gap", row, self.gap()),
            std::cmp::Ordering::Less => {
                let following = &self.following;
                let asked = documents.followed_change(id, following, told, row);
                match asked.await {
                    Ok(change) => ("change", change.row, self.change(&change)),
                    Err(error) => {
                        log::debug!(
                            "what was written in {id:?} after {told} is told as a gap: {error}"
                        );
                        ("gap", row, self.gap())
                    }
                }
            }
        };
        let mut share = None;
        // Not before: the memory for one would be held while it waits for the other.
        if let (Some((format, root)), false) = (&self.content, deleted) {
            let mut content = documents.read(id, *format, root.as_deref(), self.by).await;
            if let Ok(content) = &mut content {
                // The event has a copy of its own, and holds it as long as its reader takes.
                // What was read is shared.
                content.share = None;
                let bytes = content.body.len().saturating_mul(COPIED);
                share = documents
                    .room_for_export(bytes, self.by)
                    .await
                    .map(Arc::new);
            }
            add(&mut data, *format, content);
        }
        self.told = reached;
        self.row = self.row.max(reached);
        let event = event(kind, Some(reached), &Value::Object(data));
        self.outgoing.put(event, share);
    }

    fn nothing(&self) -> Map<String, Value> {
        let mut data = Map::new();
        data.insert("document".to_owned(), json!(self.id.as_str()));
        data.insert("row".to_owned(), json!(self.row.0));
        data.insert("rows".to_owned(), json!(0));
        data
    }

    fn change(&self, change: &Written) -> Map<String, Value> {
        let mut data = self.nothing();
        for (name, value) in [
            ("row", json!(change.row.0)),
            ("rows", json!(change.rows)),
            ("bytes", json!(change.bytes)),
            ("at", json!(moment(change.at))),
            ("authors", json!(change.authors)),
            ("unnamed", json!(change.unnamed)),
        ] {
            data.insert(name.to_owned(), value);
        }
        data
    }

    fn gap(&self) -> Map<String, Value> {
        let mut data = self.nothing();
        data.remove("rows");
        data.insert("after".to_owned(), json!(self.told.0));
        let message =
            "what was written in between is not kept any more, or too much; read the content";
        data.insert("message".to_owned(), json!(message));
        data
    }

    fn versioned(&self, version: &Version) -> Bytes {
        let data = json!({
            "document": self.id.as_str(),
            "id": version.id,
            "name": version.name,
            "row": version.row.0,
            "at": moment(version.at),
        });
        event("versioned", None, &data)
    }
}

fn number_and_name(version: &Version) -> (u64, Option<String>) {
    (version.id, version.name.clone())
}

/// Adds the content, or why there is none.
fn add(data: &mut Map<String, Value>, format: Format, content: Result<Content, DocumentError>) {
    data.insert("format".to_owned(), json!(format.name()));
    match content {
        Ok(content) => {
            let etag = format!("\"{}-{}\"", content.fingerprint, format.name());
            data.insert("etag".to_owned(), json!(etag));
            let text = String::from_utf8_lossy(&content.body);
            data.insert("content".to_owned(), json!(text));
        }
        Err(error) => {
            data.insert("content".to_owned(), Value::Null);
            data.insert("message".to_owned(), json!(error.to_string()));
        }
    }
}

/// JSON has no line breaks, so one line holds it.
fn event(kind: &str, id: Option<Seq>, data: &Value) -> Bytes {
    let mut text = format!("event: {kind}\n");
    if let Some(id) = id {
        let _ = writeln!(text, "id: {id}");
    }
    let _ = write!(text, "data: {data}\n\n");
    text.into()
}
