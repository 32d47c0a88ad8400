//! A comparison as JSON: blocks with what became of them and what is in them, runs of
//! text likewise. docs/history.md says how it looks.

use serde_json::{Map, Value, json};

use super::{Change, Comparison, Counts, Part, Person};
use crate::export::json::write::{attributes, mark, person};
use crate::export::tree::{Element, Mark};

/// The comparison, with `said` beside it.
pub fn write(comparison: &Comparison<'_>, said: Map<String, Value>) -> String {
    let mut json = Value::Object(said).to_string();
    // An object ends with a brace.
    json.pop();
    if json.len() > 1 {
        json.push(',');
    }
    json.push_str("\"counts\":");
    json.push_str(&counts(&comparison.counts).to_string());
    json.push_str(",\"content\":[");
    // For each open element: whether its content has begun.
    let mut open = vec![true];
    let mut is_first = true;
    for part in &comparison.parts {
        if let Part::Close = part {
            let begun = open.pop().unwrap_or_default();
            json.push_str(if begun { "]}" } else { "}" });
            is_first = false;
            continue;
        }
        match open.last_mut() {
            Some(begun @ false) => {
                *begun = true;
                json.push_str(",\"content\":[");
            }
            _ if is_first => {}
            _ => json.push(','),
        }
        is_first = false;
        match part {
            Part::Open {
                change,
                element,
                was,
                by,
            } => {
                let mut block = node(element);
                block.insert("change".to_owned(), change.word().into());
                if let Some(was) = was {
                    block.insert("was".to_owned(), Value::Object(node(was)));
                }
                tell(&mut block, by.as_ref());
                json.push_str(&Value::Object(block).to_string());
                json.pop();
                open.push(false);
            }
            Part::Run {
                change,
                text,
                marks,
                was,
                by,
            } => {
                let mut run = Map::new();
                run.insert("change".to_owned(), change.word().into());
                run.insert("text".to_owned(), text.as_str().into());
                if !marks.is_empty() {
                    run.insert("marks".to_owned(), all(marks));
                }
                if let Some(was) = was {
                    run.insert("was".to_owned(), json!({ "marks": all(was) }));
                }
                tell(&mut run, by.as_ref());
                json.push_str(&Value::Object(run).to_string());
            }
            Part::Omitted(blocks) => {
                let omitted = json!({ "change": Change::Same.word(), "blocks": blocks });
                json.push_str(&omitted.to_string());
            }
            Part::Close => {}
        }
    }
    json.push_str("]}");
    json
}

fn tell(of: &mut Map<String, Value>, by: Option<&Person>) {
    if let Some(by) = by {
        of.insert("by".to_owned(), person(by));
    }
}

fn node(element: &Element) -> Map<String, Value> {
    let mut node = Map::new();
    node.insert("type".to_owned(), Value::from(&*element.name));
    let attributes = attributes(element);
    if !attributes.is_empty() {
        node.insert("attrs".to_owned(), Value::Object(attributes));
    }
    node
}

fn all(marks: &[Mark]) -> Value {
    marks.iter().map(mark).collect()
}

fn counts(counts: &Counts) -> Value {
    json!({
        "added": { "blocks": counts.added_blocks, "characters": counts.added_characters },
        "removed": { "blocks": counts.removed_blocks, "characters": counts.removed_characters },
        "changed": {
            "blocks": counts.changed_blocks,
            "characters": counts.formatted_characters,
        },
    })
}
