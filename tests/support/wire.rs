//! The y-websocket protocol, written down a second time: what the tests say and
//! understand does not depend on the code they test.

/// A message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Step1(Vec<u8>),
    Step2(Vec<u8>),
    Update(Vec<u8>),
    Awareness(Vec<Shown>),
    Barrier(Vec<u8>),
    /// Permission denied, and why.
    Denied(String),
}

/// What an awareness message says of one client; `None` when it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub client: u64,
    pub clock: u64,
    pub state: Option<String>,
}

/// A state vector that knows nothing.
pub const KNOWS_NOTHING: &[u8] = &[0];

pub fn step1(vector: &[u8]) -> Vec<u8> {
    joined(&[0, 0], vector)
}

pub fn step2(update: &[u8]) -> Vec<u8> {
    joined(&[0, 1], update)
}

pub fn update(update: &[u8]) -> Vec<u8> {
    joined(&[0, 2], update)
}

pub fn awareness(shown: &[Shown]) -> Vec<u8> {
    let mut body = Vec::new();
    put_number(&mut body, shown.len() as u64);
    for Shown {
        client,
        clock,
        state,
    } in shown
    {
        put_number(&mut body, *client);
        put_number(&mut body, *clock);
        put_bytes(&mut body, state.as_deref().unwrap_or("null").as_bytes());
    }
    joined(&[1], &body)
}

pub fn query_awareness() -> Vec<u8> {
    vec![3]
}

pub fn barrier(token: &[u8]) -> Vec<u8> {
    joined(&[102], token)
}

fn joined(head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut message = head.to_vec();
    put_bytes(&mut message, body);
    message
}

pub fn put_number(buffer: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        buffer.push(number as u8 | 0x80);
        number >>= 7;
    }
    buffer.push(number as u8);
}

fn put_bytes(buffer: &mut Vec<u8>, bytes: &[u8]) {
    put_number(buffer, bytes.len() as u64);
    buffer.extend_from_slice(bytes);
}

/// Everything one frame of the server says.
pub fn read(frame: &[u8]) -> Vec<Heard> {
    let mut rest = Rest(frame);
    let mut heard = Vec::new();
    while !rest.0.is_empty() {
        heard.push(match rest.number() {
            0 => match rest.number() {
                0 => Heard::Step1(rest.bytes()),
                1 => Heard::Step2(rest.bytes()),
                2 => Heard::Update(rest.bytes()),
                other => panic!("the server sent a sync message of type {other}"),
            },
            1 => Heard::Awareness(read_awareness(&rest.bytes())),
            2 => match rest.number() {
                0 => Heard::Denied(String::from_utf8(rest.bytes()).unwrap()),
                other => panic!("the server sent an auth message of type {other}"),
            },
            102 => Heard::Barrier(rest.bytes()),
            other => panic!("the server sent a message of type {other}"),
        });
    }
    heard
}

fn read_awareness(body: &[u8]) -> Vec<Shown> {
    let mut rest = Rest(body);
    (0..rest.number())
        .map(|_| Shown {
            client: rest.number(),
            clock: rest.number(),
            state: Some(String::from_utf8(rest.bytes()).unwrap()).filter(|json| json != "null"),
        })
        .collect()
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn number(&mut self) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let (byte, rest) = self
                .0
                .split_first()
                .expect("the server's message ends early");
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return number;
            }
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.number() as usize;
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes.to_vec()
    }
}
