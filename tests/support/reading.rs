//! Documents, read and compared.

use serde_json::{Value, json};
use yrs::types::ToJson;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

/// A document as Yjs has it: UTF-16 offsets. Formatting is not cleaned up while
/// others' changes are applied, because what that deletes would not be sent.
pub fn new_doc(client: u64) -> Doc {
    Doc::with_options(Options {
        offset_kind: OffsetKind::Utf16,
        cleanup_formatting: false,
        ..Options::with_client_id(yrs::ClientID::new(client))
    })
}

/// A document that holds what `update` holds.
pub fn doc_of(update: &[u8]) -> Doc {
    let doc = new_doc(1);
    apply(&doc, update);
    doc
}

/// Applies an update and returns what was new in it.
pub fn apply(doc: &Doc, update: &[u8]) -> Vec<u8> {
    let update = Update::decode_v1(update).expect("an update that can be decoded");
    let mut transaction = doc.transact_mut();
    transaction
        .apply_update(update)
        .expect("an update that can be applied");
    transaction.encode_update_v1()
}

/// Writes at the end of the text in the root `content` and returns what changed.
pub fn types(doc: &Doc, words: &str) -> Vec<u8> {
    let text = doc.get_or_insert_text("content");
    let mut transaction = doc.transact_mut();
    text.push(&mut transaction, words);
    transaction.encode_update_v1()
}

/// Deletes so many letters from a place on, every second one.
pub fn deletes_every_second(doc: &Doc, from: u32, letters: u32) {
    let text = doc.get_or_insert_text("content");
    let mut transaction = doc.transact_mut();
    for place in from..from + letters {
        text.remove_range(&mut transaction, place, 1);
    }
}

/// The whole document as an update.
pub fn state(doc: &Doc) -> Vec<u8> {
    doc.transact()
        .encode_state_as_update_v1(&StateVector::default())
}

/// How much a document holds.
pub fn vector(doc: &Doc) -> StateVector {
    doc.transact().state_vector()
}

/// Whether `whole` holds everything that `part` holds, deletions included.
pub fn holds(whole: &[u8], part: &[u8]) -> bool {
    let doc = doc_of(whole);
    let news = apply(&doc, part);
    news == [0, 0] && !doc.transact().has_missing_updates()
}

/// Which changes and which deletions a document holds, in words.
pub fn extent(doc: &Doc) -> String {
    let snapshot = doc.transact().snapshot();
    let mut lines: Vec<String> = snapshot
        .state_map
        .iter()
        .map(|(client, clock)| format!("{} until {clock}", client.get()))
        .collect();
    for (client, ranges) in snapshot.delete_set.iter() {
        let deleted: Vec<_> = ranges.iter().collect();
        lines.push(format!("{} without {deleted:?}", client.get()));
    }
    lines.sort();
    lines.join("\n")
}

/// The text in the root `content`.
pub fn text(doc: &Doc) -> String {
    let transaction = doc.transact();
    let text = transaction.get_text("content");
    text.map(|text| text.get_string(&transaction))
        .unwrap_or_default()
}

/// Everything in the roots that the random stories write to.
pub fn everything(doc: &Doc) -> Value {
    let text = doc.get_or_insert_text("text");
    let map = doc.get_or_insert_map("map");
    let array = doc.get_or_insert_array("array");
    doc.get_or_insert_xml_fragment("content");
    let content = cowrite::export::format::document(doc, "content", cowrite::export::Format::Json);
    let content = content.body;
    let transaction = doc.transact();
    let runs: Vec<Value> = text
        .diff(&transaction, YChange::identity)
        .into_iter()
        .map(|run| {
            let formats = run.attributes.map(|attributes| {
                let mut formats: Vec<_> = attributes
                    .iter()
                    .map(|(name, value)| format!("{name}={}", plain(value)))
                    .collect();
                formats.sort();
                formats
            });
            json!([run.insert.to_string(&transaction), formats])
        })
        .collect();
    json!({
        "text": runs,
        "map": plain(&map.to_json(&transaction)),
        "array": plain(&array.to_json(&transaction)),
        "json": serde_json::from_str::<Value>(&content).unwrap(),
    })
}

fn plain(value: &Any) -> Value {
    serde_json::to_value(value).unwrap()
}
