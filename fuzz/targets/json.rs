//! What is called JSON is JSON: serde_json and Yrs read it too, and it is no
//! deeper than was asked. What is shallow enough and Yrs reads is called JSON.
//! Depth is the only thing that a greater depth changes.

#![no_main]

use cowrite::wire::awareness::is_state;
use cowrite::wire::json::{is_json, is_shallow};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\"a\":",
    "null",
    "true",
    "-",
    "0",
    "1e",
    "999",
    "9223372036854775808",
    "\\ud83d",
    "\\ude00",
    "\\u0000",
    " ",
    "[[[[",
    "]]]]",
    "\"\"",
    ".5",
];

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let depth = tape.below(80) as u32;
    let text = if tape.rarely(2) {
        let mut text = String::new();
        while !tape.is_empty() {
            text.push_str(tape.pick(&PIECES));
        }
        text
    } else {
        String::from_utf8_lossy(tape.rest()).into_owned()
    };
    judge(&text, depth);
});

fn judge(text: &str, depth: u32) {
    let value = serde_json::from_str::<Value>(text);
    let theirs = yrs::Any::from_json(text);
    let called = is_json(text, depth);
    if called {
        let value = value.as_ref().expect("serde_json reads it");
        assert!(theirs.is_ok(), "Yrs reads it: {theirs:?}");
        assert!(is_shallow(text, depth) || matches!(text, "{}"));
        assert!(depth_of(value) <= depth.max(1));
    }
    if theirs.is_ok() && is_shallow(text, depth) {
        assert!(called, "Yrs reads it and it is shallow: {text:?}");
    }
    assert!(!called || is_json(text, depth + 1));
    assert!(!is_shallow(text, depth) || is_shallow(text, depth + 1));
    assert_eq!(is_state(text), is_json(text, 64));
}

fn depth_of(value: &Value) -> u32 {
    let deepest = match value {
        Value::Array(values) => values.iter().map(depth_of).max(),
        Value::Object(entries) => entries.values().map(depth_of).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or(0)
}
