//! Presence on the wire: who is here, and what they show of themselves.
//!
//! `n | n × ( clientID varUint | clock varUint | JSON varString )`, where the
//! JSON text `null` says that the client is gone (y-protocols `awareness.js`).
//! Reading does not look into the JSON: most entries that arrive are stale
//! copies of what is known, and are dropped by their clock alone. Whoever
//! keeps an entry asks [`is_state`] first.

use super::json::is_json;
use super::lib0::{Reader, Writer, buf_len, var_uint_len};
use super::malformed::{Malformed, Rule};
use crate::label;

/// The JSON text of a client that is gone.
const GONE: &str = "null";

/// How deeply a presence state may be nested.
const STATE_DEPTH: u32 = 64;

/// What a presence message may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries in one message. A stock client repeats what it heard of others.
    pub entries: usize,
    /// Bytes of one state.
    pub state_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 10_000,
            state_bytes: 64 << 10,
        }
    }
}

/// What one client shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The client.
    pub client: u64,
    /// Rises with each change of the state; the higher one counts.
    pub clock: u32,
    /// JSON text, not yet looked at, or `None` when the client is gone.
    pub state: Option<&'a str>,
}

/// Reads all entries of an awareness update, which must be all of `bytes`.
pub fn decode<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Entry<'a>>, Malformed> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(3)?;
    if count > limits.entries {
        return Err(Malformed::new(Rule::TooManyPresenceEntries, 0));
    }
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let client = reader.var_uint()?;
        let clock = reader.var_u32()?;
        let start = reader.position();
        let state = reader.str()?;
        if state.len() > limits.state_bytes {
            return Err(Malformed::new(Rule::PresenceTooLarge, start));
        }
        entries.push(Entry {
            client,
            clock,
            state: (state != GONE).then_some(state),
        });
    }
    reader.finish()?;
    Ok(entries)
}

/// Whether `state` is JSON that may be kept and shown to others.
pub fn is_state(state: &str) -> bool {
    is_json(state, STATE_DEPTH)
}

/// The name in a state such as `{"user":{"name":"Ada","color":"#2f6fed"}}`, which is
/// how editors show who they are: without control characters, and without space
/// around it. `None` when there is none.
pub fn user_name(state: &str) -> Option<String> {
    tidied(&user(state)?.name)
}

/// How somebody shows who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guise {
    /// Without control characters, and of at most [`LONGEST_GUISE`] letters.
    pub name: String,
    /// Such as `#2f6fed`, in small letters; `None` when it is no such colour.
    pub color: Option<String>,
}

/// So many letters of a name are shown in a list.
pub const LONGEST_GUISE: usize = 40;

/// Name and colour in a state, for a list. `None` when there is no name.
pub fn guise(state: &str) -> Option<Guise> {
    let user = user(state)?;
    let name: String = tidied(&user.name)?.chars().take(LONGEST_GUISE).collect();
    let is_color = |color: &String| {
        let digits = color.strip_prefix('#').unwrap_or_default();
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let color = user.color.as_ref().and_then(|color| color.as_str());
    let color = color.map(str::to_ascii_lowercase).filter(is_color);
    let name = name.trim_end().to_owned();
    Some(Guise { name, color })
}

#[derive(serde::Deserialize)]
struct User {
    name: String,
    color: Option<serde_json::Value>,
}

fn user(state: &str) -> Option<User> {
    #[derive(serde::Deserialize)]
    struct State {
        user: User,
    }
    // Most states show a caret, or nothing.
    if !state.contains("\"user\"") {
        return None;
    }
    let State { user } = serde_json::from_str(state).ok()?;
    Some(user)
}

/// A name without what turns the direction of what stands around it, too.
fn tidied(name: &str) -> Option<String> {
    let name: String = label::letters(name).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Writes entries as an awareness update.
pub fn encode<'a, I>(entries: I) -> Vec<u8>
where
    I: IntoIterator<Item = Entry<'a>>,
    I::IntoIter: Clone,
{
    let entries = entries.into_iter();
    let (mut count, mut length) = (0u64, 0usize);
    for entry in entries.clone() {
        count += 1;
        length += var_uint_len(entry.client)
            + var_uint_len(u64::from(entry.clock))
            + buf_len(entry.state.unwrap_or(GONE).len());
    }
    let mut bytes = Vec::with_capacity(var_uint_len(count) + length);
    let mut writer = Writer::new(&mut bytes);
    writer.var_uint(count);
    for entry in entries {
        writer.var_uint(entry.client);
        writer.var_uint(u64::from(entry.clock));
        writer.str(entry.state.unwrap_or(GONE));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(bytes: &[u8]) -> Option<Rule> {
        let limits = Limits {
            entries: 2,
            state_bytes: 8,
        };
        decode(bytes, &limits).err().map(|malformed| malformed.rule)
    }

    #[test]
    fn entries_survive_the_wire() {
        let entries = [
            Entry {
                client: 1 << 40,
                clock: 300,
                state: Some("{\"é\":1}"),
            },
            Entry {
                client: 7,
                clock: 0,
                state: None,
            },
        ];
        assert_eq!(
            decode(&encode(entries), &Limits::default()).as_deref(),
            Ok(&entries[..])
        );
        assert_eq!(encode([]), [0]);
    }

    #[test]
    fn json_is_not_looked_at_until_somebody_asks() {
        let bytes = encode([Entry {
            client: 1,
            clock: 1,
            state: Some("{oops"),
        }]);
        let entries = decode(&bytes, &Limits::default()).unwrap();
        assert_eq!(entries[0].state, Some("{oops"));
        assert!(!is_state("{oops") && is_state("{\"user\":{}}"));
    }

    #[test]
    fn a_name_is_where_editors_put_it() {
        let named = |state| user_name(state);
        let ada = r##"{"cursor":null,"user":{"name":" Ada\n","color":"#2f6fed"}}"##;
        assert_eq!(named(ada).as_deref(), Some("Ada"));
        for none in [
            "{}",
            "null",
            r#"{"user":null}"#,
            r#"{"user":{"name":7}}"#,
            r#"{"user":{"name":"  "}}"#,
            r#"{"name":"Ada"}"#,
            r#"{"user":{"name":"Ada"}"#,
        ] {
            assert_eq!(named(none), None, "{none}");
        }
    }

    #[test]
    fn a_guise_is_fit_to_be_shown_whatever_was_sent() {
        let shown = |name: &str, color: serde_json::Value| {
            let state = serde_json::json!({ "user": { "name": name, "color": color } });
            guise(&state.to_string()).map(|guise| (guise.name, guise.color))
        };
        let blue = || Some("#2f6fed".to_owned());
        assert_eq!(
            shown("Ada", "#2F6FED".into()),
            Some(("Ada".to_owned(), blue()))
        );
        for wrong in ["red", "#2f6fe", "#2f6fed;x", "url(//e.org)", "#2f6feg", ""] {
            let told = shown("Ada", wrong.into());
            assert_eq!(told, Some(("Ada".to_owned(), None)), "{wrong}");
        }
        assert_eq!(shown("Ada", 7.into()), Some(("Ada".to_owned(), None)));
        let long = shown(&"é".repeat(400), "#2f6fed".into());
        assert_eq!(long, Some(("é".repeat(40), blue())));
        let turned = shown("\u{202e}A\u{0}da\u{2066}", "#2f6fed".into());
        assert_eq!(turned, Some(("Ada".to_owned(), blue())));
        assert_eq!(shown("\u{202e} ", "#2f6fed".into()), None);
    }

    #[test]
    fn what_is_no_presence_says_why() {
        assert_eq!(rule(&[1, 1, 1]), Some(Rule::CountTooLarge));
        assert_eq!(rule(&[1, 1, 1, 1]), Some(Rule::Truncated));
        assert_eq!(rule(&[1, 1, 1, 1, 0xff]), Some(Rule::NotUtf8));
        assert_eq!(rule(&[0, 0]), Some(Rule::TrailingBytes));
        assert_eq!(
            rule(&[3, 1, 1, 0, 2, 1, 0, 3, 1, 0]),
            Some(Rule::TooManyPresenceEntries)
        );
        assert_eq!(
            rule(&[1, 1, 1, 9, 32, 32, 32, 32, 32, 32, 32, 32, 32]),
            Some(Rule::PresenceTooLarge)
        );
        assert_eq!(
            rule(&[1, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0]),
            Some(Rule::NumberRange)
        );
    }
}
