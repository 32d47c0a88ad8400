//! What a receiver does not know yet of a document, as the body of a delivery.

use std::time::SystemTime;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::hook::{Hook, Kind};
use super::queue::{Message, Told};
use crate::id::{DocumentId, Seq};
use crate::live::{DocumentError, Documents, Stand, Version, Visitor};

/// The next thing to tell.
pub(super) enum News {
    /// Nothing; and this is what is known.
    Nothing(Told),
    /// Something that this receiver does not want to hear of; then it counts as told.
    Unwanted(Told),
    /// This.
    Message(Message),
}

/// Compares what the store says of a document with what a receiver was told. What came
/// first is told first, as far as that can be seen: that it is back, what was written, a
/// version, that it was deleted. `None`: the store never heard of it.
pub(super) async fn news(
    documents: &Documents,
    hook: &Hook,
    id: &DocumentId,
    told: Option<Told>,
) -> Result<Option<News>, DocumentError> {
    let Some(stand) = documents.stand(id).await? else {
        return Ok(None);
    };
    let unheard_of = || Told {
        row: Some(0),
        version: Some(0),
        ..Told::default()
    };
    let told = told.unwrap_or_else(unheard_of);
    let row = match told.row {
        Some(row) => row,
        None => documents.row_at(id, of_micros(told.updated)).await?.0,
    };
    let mut then = Told {
        row: Some(row),
        ..told.clone()
    };
    let is_new = |version: &Version| match told.version {
        Some(known) => version.id > known,
        None => version.row.0 > row,
    };
    let version = stand.version.clone().filter(is_new);
    let is_deleted = stand.record.deleted.is_some();
    let (kind, data) = if told.deleted && !is_deleted {
        then.deleted = false;
        (Kind::Restored, None)
    } else if stand.row.0 != row {
        then.updated = micros(stand.record.updated);
        let (reached, data) = match hook.wants(Kind::Change) {
            true => change(documents, id, Seq(row), &stand).await?,
            false => (stand.row, Value::Null),
        };
        then.row = Some(reached.0);
        (Kind::Change, Some(data))
    } else if let Some(version) = version {
        then.version = Some(version.id);
        (Kind::Versioned, Some(of_version(id, &version)))
    } else if is_deleted && !told.deleted {
        then.deleted = true;
        (Kind::Deleted, None)
    } else {
        then.updated = micros(stand.record.updated);
        then.version = told.version.or(stand.version.map(|version| version.id));
        return Ok(Some(News::Nothing(then)));
    };
    if !hook.wants(kind) {
        return Ok(Some(News::Unwanted(then)));
    }
    let body = json!({
        "type": format!("document.{}", kind.name()),
        "timestamp": shown(SystemTime::now()),
        "data": data.unwrap_or_else(|| json!({ "document": id.as_str() })),
    });
    Ok(Some(News::Message(Message {
        id: format!("msg_{:032x}", fastrand::u128(..)),
        kind: kind.name().to_owned(),
        body: body.to_string().into_bytes(),
        attempts: 0,
        told: then,
    })))
}

/// What was written after a row; if that is not known any more, that it is not.
async fn change(
    documents: &Documents,
    id: &DocumentId,
    after: Seq,
    stand: &Stand,
) -> Result<(Seq, Value), DocumentError> {
    let asked = documents.change(id, after, stand.row, Visitor::UNKNOWN);
    match asked.await {
        Ok(change) => {
            let data = json!({
                "document": id.as_str(),
                "row": change.row.0,
                "rows": change.rows,
                "bytes": change.bytes,
                "at": shown(change.at),
                "authors": change.authors,
                "unnamed": change.unnamed,
            });
            Ok((change.row, data))
        }
        Err(DocumentError::Forgotten(_) | DocumentError::NotYet(_) | DocumentError::Lost(_)) => {
            let data = json!({
                "document": id.as_str(),
                "row": stand.row.0,
                "at": shown(stand.record.updated),
                "gap": true,
            });
            Ok((stand.row, data))
        }
        Err(error) => Err(error),
    }
}

fn of_version(id: &DocumentId, version: &Version) -> Value {
    json!({
        "document": id.as_str(),
        "id": version.id,
        "name": version.name,
        "row": version.row.0,
        "at": shown(version.at),
    })
}

/// Now, in seconds, as deliveries are signed with.
pub(super) fn seconds() -> i64 {
    OffsetDateTime::from(SystemTime::now()).unix_timestamp()
}

/// A moment in microseconds since 1970, which is as exact as stores are.
pub(super) fn micros(moment: SystemTime) -> i64 {
    let nanos = OffsetDateTime::from(moment).unix_timestamp_nanos();
    i64::try_from(nanos.div_euclid(1_000)).unwrap_or(i64::MAX)
}

fn of_micros(micros: i64) -> SystemTime {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
    moment.unwrap_or(OffsetDateTime::UNIX_EPOCH).into()
}

fn shown(moment: SystemTime) -> String {
    let moment = OffsetDateTime::from(moment);
    moment.format(&Rfc3339).unwrap_or_default()
}
