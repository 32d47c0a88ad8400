//! Whose a row of the journal is, as a number: NULL where the update says it.

use crate::id::Sender;

/// Stands for several, or nobody knows.
const SEVERAL: i64 = -1;

/// As it is stored.
pub(super) fn number(sender: Sender) -> Option<i64> {
    match sender {
        Sender::Unsaid => None,
        Sender::Client(client) => Some(client.cast_signed()),
        Sender::Several => Some(SEVERAL),
    }
}

/// As it was stored.
pub(super) fn sender(number: Option<i64>) -> Sender {
    match number {
        None => Sender::Unsaid,
        Some(SEVERAL) => Sender::Several,
        Some(client) => Sender::Client(client.cast_unsigned()),
    }
}
