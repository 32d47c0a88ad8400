//! What a writer writes: updates, made before they are needed.

use bytes::Bytes;
use cowrite::wire::lib0::Writer;
use cowrite::wire::ysync::{MESSAGE_SYNC, SYNC_UPDATE};
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, Transact, Update};

use super::Trouble;
use crate::trace::{Trace, client, update};

/// What stands around the number of a line, so that whoever reads the bytes
/// knows how far the writer was without holding the document.
const MARK: u8 = b'#';

/// Digits of a mark.
const DIGITS: usize = 7;

/// What fills up a line of about 200 bytes on the wire.
const FILLING: &str = "Whoever reads this line has waited for it as long as the number at its \
    beginning says, and nobody ever waited in vain, or so one hopes on a quiet day in the \
    autumn of a year without wars.";

/// The updates of one writer, in order, each as a message.
#[derive(Debug)]
pub struct Script {
    /// The messages.
    pub messages: Vec<Bytes>,
    /// How much there is of the writer's after each.
    pub clocks: Vec<u32>,
}

impl Script {
    /// Lines of about 200 bytes, each with a mark.
    pub fn lines(count: usize) -> Self {
        let (mut messages, mut clocks) = (Vec::new(), Vec::new());
        let mut clock = 0;
        for number in 0..count {
            let line = format!("\n#{number:0DIGITS$}# {FILLING}");
            let update = update::append(client::AUTHOR, clock, &line);
            clock += line.len() as u32;
            messages.push(message(SYNC_UPDATE, &update));
            clocks.push(clock);
        }
        Self { messages, clocks }
    }

    /// Somebody types, a character an update, without marks.
    pub fn keystrokes(count: usize) -> Result<Self, Trouble> {
        let trace = Trace::typed(1, count);
        let updates = client::updates(&trace).map_err(|error| error.to_string())?;
        let author = ClientID::new(client::AUTHOR);
        let doc = Doc::new();
        let (mut messages, mut clocks) = (Vec::new(), Vec::new());
        for update in updates {
            let mut transaction = doc.transact_mut();
            transaction.apply_update(Update::decode_v1(&update)?)?;
            messages.push(message(SYNC_UPDATE, &update));
            clocks.push(transaction.state_vector().get(&author));
        }
        Ok(Self { messages, clocks })
    }
}

/// The highest mark in a message: lines come in order, so everything before it
/// is there too.
pub fn last_mark(message: &[u8]) -> Option<usize> {
    let mut rest = message;
    loop {
        let end = rest.iter().rposition(|byte| *byte == MARK)?;
        rest = &rest[..end];
        if let Some((before, digits)) = rest.split_last_chunk::<DIGITS>()
            && before.last() == Some(&MARK)
            && digits.iter().all(u8::is_ascii_digit)
        {
            return std::str::from_utf8(digits).ok()?.parse().ok();
        }
    }
}

/// A sync message.
pub fn message(kind: u64, body: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(body.len() + 8);
    let mut message = Writer::new(&mut bytes);
    message.var_uint(MESSAGE_SYNC);
    message.var_uint(kind);
    message.buf(body);
    bytes.into()
}
