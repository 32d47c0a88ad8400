//! Somebody who writes: a real Yrs document behind a real WebSocket, speaking
//! y-websocket as its provider does.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{self, Message};
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, ReadTxn, StateVector, Text, Transact, TransactionMut};

use super::rest::encoded;
use super::wire::{self, Heard, Shown};
use super::{in_time, reading};

/// A person with a document open.
pub struct Client {
    name: String,
    address: SocketAddr,
    document: String,
    desk: Arc<Desk>,
    line: Option<Line>,
    /// What the kernel may take in for this client, in bytes.
    pipe: Option<u32>,
}

/// A connection and who reads from it.
struct Line {
    say: mpsc::UnboundedSender<Message>,
    reader: JoinHandle<()>,
}

struct Desk {
    seen: Mutex<Seen>,
    changed: watch::Sender<()>,
    /// Whether what arrives is left lying.
    dawdles: watch::Sender<bool>,
}

/// All that a client has seen.
pub struct Seen {
    /// The document as this client has it.
    pub doc: Doc,
    /// The document as the server told it on this connection, and nothing else.
    pub told: Doc,
    /// Everybody's presence.
    pub people: BTreeMap<u64, Person>,
    /// The server's messages of this connection, in order.
    pub heard: Vec<Heard>,
    /// How the connection ended, if it did.
    pub end: Option<End>,
    me: u64,
    my_clock: u64,
    my_state: Option<Map<String, Value>>,
    barriers: u64,
    /// Whether the server asked for this client's part and has got it.
    answered: bool,
    /// What was relayed on this connection before the server answered the first
    /// question. It may build on what only that answer brings; Yjs keeps such
    /// updates itself, Yrs 0.28.1 may panic on them (`BlockStore::push`).
    early: Option<Vec<Vec<u8>>>,
}

/// What is known of somebody's presence.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub clock: u64,
    pub state: Option<Value>,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With a close frame.
    Closed { code: u16, reason: String },
    /// Without one.
    Broken,
}

impl Client {
    /// Somebody who has nothing yet and is not connected.
    pub fn offline(address: SocketAddr, name: &str, document: &str) -> Self {
        let me = fastrand::u64(1..1 << 32);
        Self::with_id(address, name, document, me)
    }

    /// The same with a chosen client id.
    pub fn with_id(address: SocketAddr, name: &str, document: &str, me: u64) -> Self {
        let seen = Seen {
            doc: reading::new_doc(me),
            told: reading::new_doc(me ^ 1),
            people: BTreeMap::new(),
            heard: Vec::new(),
            end: None,
            me,
            my_clock: 0,
            my_state: None,
            barriers: 0,
            answered: false,
            early: None,
        };
        let desk = Desk {
            seen: Mutex::new(seen),
            changed: watch::Sender::new(()),
            dawdles: watch::Sender::new(false),
        };
        Self {
            name: name.to_owned(),
            address,
            document: document.to_owned(),
            desk: Arc::new(desk),
            line: None,
            pipe: None,
        }
    }

    /// Somebody who opens a document and has read all of it.
    pub async fn joins(address: SocketAddr, name: &str, document: &str) -> Self {
        let mut client = Self::offline(address, name, document);
        client.returns().await;
        client
    }

    /// Connects, and says what a provider says first. Waits for no answer.
    pub async fn connects(&mut self) {
        let path = format!("/ws/{}", encoded(&self.document));
        self.connects_at(&path).await;
    }

    /// The same by another spelling of the path.
    pub async fn connects_at(&mut self, path: &str) {
        self.tries_at(path).await.expect("a WebSocket");
    }

    /// The same, if there is a server.
    pub async fn tries_to_connect(&mut self) -> bool {
        let path = format!("/ws/{}", encoded(&self.document));
        self.tries_at(&path).await.is_ok()
    }

    async fn tries_at(&mut self, path: &str) -> Result<(), tungstenite::Error> {
        self.drops().await;
        let socket = TcpSocket::new_v4().expect("a socket");
        if let Some(bytes) = self.pipe {
            socket.set_recv_buffer_size(bytes).expect("a socket");
        }
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        let url = format!("ws://{}{path}", self.address);
        let upgraded = in_time(
            "the handshake is answered",
            tokio_tungstenite::client_async(url, stream),
        );
        let (socket, _) = upgraded.await?;
        let (say, said) = mpsc::unbounded_channel();
        let greetings = {
            let mut seen = self.desk.seen();
            seen.told = reading::new_doc(seen.me ^ 1);
            seen.heard.clear();
            seen.end = None;
            seen.answered = false;
            seen.early = Some(Vec::new());
            let vector = seen.doc.transact().state_vector().encode_v1();
            let mut greetings = vec![wire::step1(&vector)];
            if seen.my_state.is_some() {
                greetings.push(wire::awareness(&[seen.shows()]));
            }
            greetings
        };
        for greeting in greetings {
            let _ = say.send(Message::Binary(greeting.into()));
        }
        let desk = Arc::clone(&self.desk);
        let reader = tokio::spawn(async move { desk.reads(socket, said).await });
        self.line = Some(Line { say, reader });
        Ok(())
    }

    /// Connects again and waits until both sides have what the other had.
    pub async fn returns(&mut self) {
        self.connects().await;
        self.has_caught_up().await;
    }

    /// Connects again, and again, as a provider does, until both sides have what
    /// the other had.
    pub async fn gets_in(&mut self) {
        let begun = std::time::Instant::now();
        loop {
            self.connects().await;
            self.waits(
                "for the server to let them in or not",
                Seen::is_in_step_or_out,
            )
            .await;
            if self.is_connected() {
                return;
            }
            assert!(
                begun.elapsed() < super::PATIENCE,
                "{} is shut out",
                self.name
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Waits until both sides have answered each other's first question.
    pub async fn has_caught_up(&self) {
        self.waits("until both sides are in step", |seen| {
            seen.is_in_step().then_some(())
        })
        .await;
    }

    /// The connection is gone, without a word.
    pub async fn drops(&mut self) {
        if let Some(line) = self.line.take() {
            line.reader.abort();
            let _ = line.reader.await;
        }
    }

    /// Says goodbye and waits for the server's.
    pub async fn leaves(&mut self) {
        let line = self.line.take().expect("a connection to end");
        let goodbye = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        let _ = line.say.send(Message::Close(Some(goodbye)));
        in_time("the connection is closed", line.reader)
            .await
            .unwrap();
    }

    /// Of the next connection, only a little is taken in that is not read.
    pub fn has_a_narrow_pipe(&mut self) {
        self.pipe = Some(16 << 10);
    }

    /// Leaves what arrives lying, until [`reads_on`](Self::reads_on).
    pub fn dawdles(&self) {
        self.desk.dawdles.send_replace(true);
    }

    /// Takes what arrived.
    pub fn reads_on(&self) {
        self.desk.dawdles.send_replace(false);
    }

    /// Whether there is a connection and the server has not ended it.
    pub fn is_connected(&self) -> bool {
        self.line.is_some() && self.desk.seen().end.is_none()
    }

    /// Sends a binary message as it is.
    pub fn says(&self, message: impl Into<Vec<u8>>) {
        self.sends(Message::Binary(message.into().into()));
    }

    /// Sends any WebSocket message.
    pub fn sends(&self, message: Message) {
        if let Some(line) = &self.line {
            let _ = line.say.send(message);
        }
    }

    // Writing.

    /// Changes the document in one transaction and sends what changed.
    pub fn edits(&self, edit: impl FnOnce(&Doc, &mut TransactionMut<'_>)) -> Vec<u8> {
        let seen = self.desk.seen();
        let update = {
            let mut transaction = seen.doc.transact_mut();
            edit(&seen.doc, &mut transaction);
            transaction.encode_update_v1()
        };
        if update != [0, 0] {
            self.says(wire::update(&update));
        }
        update
    }

    /// Writes at the end of the text.
    pub fn types(&self, words: &str) -> Vec<u8> {
        self.edits(|_, transaction| {
            let text = yrs::WriteTxn::get_or_insert_text(transaction, "content");
            text.push(transaction, words);
        })
    }

    /// Writes somewhere in the text.
    pub fn types_at(&self, place: u32, words: &str) -> Vec<u8> {
        self.edits(|_, transaction| {
            let text = yrs::WriteTxn::get_or_insert_text(transaction, "content");
            text.insert(transaction, place, words);
        })
    }

    /// Deletes from the text.
    pub fn deletes(&self, place: u32, length: u32) -> Vec<u8> {
        self.edits(|_, transaction| {
            let text = yrs::WriteTxn::get_or_insert_text(transaction, "content");
            text.remove_range(transaction, place, length);
        })
    }

    /// Shows something of oneself.
    pub fn shows(&self, what: &str, value: impl Into<Value>) {
        let shown = {
            let mut seen = self.desk.seen();
            seen.my_clock += 1;
            let state = seen.my_state.get_or_insert_default();
            state.insert(what.to_owned(), value.into());
            seen.shows()
        };
        self.says(wire::awareness(&[shown]));
    }

    // Seeing.

    /// Waits until the text reads so.
    pub async fn sees(&self, text: &str) {
        self.waits(&format!("to see {text:?}"), |seen| {
            (reading::text(&seen.doc) == text).then_some(())
        })
        .await;
    }

    /// Waits until everything sent so far is said to be saved.
    pub async fn saved(&self) {
        let number = self.asks_whether_saved();
        self.hears_saved(number).await;
    }

    /// Asks for a word when everything sent so far is saved.
    pub fn asks_whether_saved(&self) -> u64 {
        let number = {
            let mut seen = self.desk.seen();
            seen.barriers += 1;
            seen.barriers
        };
        self.says(wire::barrier(&number.to_be_bytes()));
        number
    }

    /// Waits for that word.
    pub async fn hears_saved(&self, number: u64) {
        self.waits("to hear that it is saved", |seen| {
            seen.is_saved(number).then_some(())
        })
        .await;
    }

    /// Waits until so many people are there, oneself included.
    pub async fn sees_people(&self, number: usize) {
        self.waits(&format!("to see {number} people"), |seen| {
            (seen.present().len() == number).then_some(())
        })
        .await;
    }

    /// Waits until `other` shows this.
    pub async fn sees_of(&self, other: &Client, what: &str, value: impl Into<Value>) {
        let value = value.into();
        let id = other.id();
        self.waits(
            &format!("to see {what} = {value} of {}", other.name),
            |seen| (seen.people.get(&id)?.state.as_ref()?.get(what) == Some(&value)).then_some(()),
        )
        .await;
    }

    /// Waits until `other` is not there.
    pub async fn misses(&self, other: &Client) {
        let id = other.id();
        self.waits(&format!("to see that {} is gone", other.name), |seen| {
            (!seen.present().contains(&id)).then_some(())
        })
        .await;
    }

    /// Waits until the server ends the connection, and says with which code.
    pub async fn is_ended(&self) -> u16 {
        self.waits("for the end", |seen| match seen.end.as_ref()? {
            End::Closed { code, .. } => Some(*code),
            End::Broken => panic!("{} was cut off without a word", self.name),
        })
        .await
    }

    /// Waits until the connection is over, with or without a word.
    pub async fn waits_for_the_end(&self) {
        self.waits("for the end", |seen| seen.end.as_ref().map(drop))
            .await;
    }

    /// Waits until `look` finds something in what was seen.
    pub async fn waits<T>(&self, hope: &str, mut look: impl FnMut(&Seen) -> Option<T>) -> T {
        let mut changed = self.desk.changed.subscribe();
        let found = tokio::time::timeout(super::PATIENCE, async {
            loop {
                if let Some(found) = look(&self.desk.seen()) {
                    return found;
                }
                changed.changed().await.expect("the desk is ours");
            }
        })
        .await;
        found.unwrap_or_else(|_| {
            let seen = self.desk.seen();
            panic!(
                "{} waited in vain {hope}; sees {:?} and {:?}, the connection: {:?}, heard last: {:?}",
                self.name,
                reading::text(&seen.doc),
                seen.people,
                seen.end,
                seen.heard.iter().rev().take(3).collect::<Vec<_>>(),
            )
        })
    }

    /// Looks now.
    pub fn looks<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.desk.seen())
    }

    /// The text now.
    pub fn text(&self) -> String {
        self.looks(|seen| reading::text(&seen.doc))
    }

    /// The whole document now, as an update.
    pub fn state(&self) -> Vec<u8> {
        self.looks(|seen| reading::state(&seen.doc))
    }

    pub fn id(&self) -> u64 {
        self.looks(|seen| seen.me)
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.reader.abort();
        }
    }
}

impl Seen {
    /// Ids of everybody who is there.
    pub fn present(&self) -> Vec<u64> {
        let here = self.people.iter().filter(|(_, p)| p.state.is_some());
        here.map(|(id, _)| *id).collect()
    }

    /// Whether both sides have answered each other's first question.
    pub fn is_in_step(&self) -> bool {
        let step2 = |heard: &Heard| matches!(heard, Heard::Step2(_));
        self.answered && self.heard.iter().any(step2)
    }

    /// Something to wait for: in step, or no longer connected.
    pub fn is_in_step_or_out(&self) -> Option<()> {
        (self.is_in_step() || self.end.is_some()).then_some(())
    }

    /// Whether the barrier of this number was answered.
    pub fn is_saved(&self, number: u64) -> bool {
        let token = number.to_be_bytes().to_vec();
        self.heard.contains(&Heard::Barrier(token))
    }

    /// The updates relayed on this connection.
    pub fn relayed(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.heard.iter().filter_map(|heard| match heard {
            Heard::Update(update) => Some(update),
            _ => None,
        })
    }

    fn shows(&self) -> Shown {
        Shown {
            client: self.me,
            clock: self.my_clock,
            state: self
                .my_state
                .clone()
                .map(|state| Value::Object(state).to_string()),
        }
    }

    /// Takes a message and says what a provider answers.
    fn takes(&mut self, heard: Heard) -> Option<Vec<u8>> {
        let answer = match &heard {
            Heard::Step1(vector) => {
                let vector = StateVector::decode_v1(vector).expect("a state vector");
                let update = self.doc.transact().encode_state_as_update_v1(&vector);
                self.answered = true;
                Some(wire::step2(&update))
            }
            Heard::Step2(update) => {
                self.reads(update);
                for update in self.early.take().into_iter().flatten() {
                    self.reads(&update);
                }
                None
            }
            Heard::Update(update) => {
                match &mut self.early {
                    Some(early) => early.push(update.clone()),
                    None => self.reads(update),
                }
                None
            }
            Heard::Awareness(shown) => {
                let about_me = shown
                    .iter()
                    .any(|shown| shown.client == self.me && self.is_withdrawn(shown));
                for shown in shown {
                    self.meets(shown);
                }
                // Whoever is declared gone and is not, says so.
                about_me.then(|| {
                    self.my_clock += 1;
                    wire::awareness(&[self.shows()])
                })
            }
            Heard::Barrier(_) | Heard::Denied(_) => None,
        };
        self.heard.push(heard);
        answer
    }

    fn reads(&self, update: &[u8]) {
        reading::apply(&self.doc, update);
        reading::apply(&self.told, update);
    }

    fn is_withdrawn(&mut self, shown: &Shown) -> bool {
        let withdrawn =
            self.my_state.is_some() && shown.state.is_none() && shown.clock >= self.my_clock;
        if withdrawn {
            self.my_clock = shown.clock;
        }
        withdrawn
    }

    fn meets(&mut self, shown: &Shown) {
        let news = self.people.get(&shown.client).is_none_or(|known| {
            shown.clock > known.clock
                || (shown.clock == known.clock && shown.state.is_none() && known.state.is_some())
        });
        if news {
            let state = shown.state.as_deref();
            let person = Person {
                clock: shown.clock,
                state: state.map(|json| serde_json::from_str(json).expect("JSON")),
            };
            self.people.insert(shown.client, person);
        }
    }
}

impl Desk {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody panicked at this desk")
    }

    /// Reads and writes one connection until it ends.
    async fn reads(
        &self,
        mut socket: WebSocketStream<TcpStream>,
        mut said: mpsc::UnboundedReceiver<Message>,
    ) {
        let mut dawdles = self.dawdles.subscribe();
        loop {
            let dawdling = *dawdles.borrow_and_update();
            tokio::select! {
                biased;
                _ = dawdles.changed() => {}
                Some(message) = said.recv() => {
                    if socket.send(message).await.is_err() {
                        // Why, stands in what can still be read.
                        said.close();
                    }
                }
                message = socket.next(), if !dawdling => match message {
                    Some(Ok(Message::Binary(frame))) => {
                        let answers: Vec<_> = {
                            let mut seen = self.seen();
                            let heard = wire::read(&frame);
                            heard.into_iter().filter_map(|heard| seen.takes(heard)).collect()
                        };
                        for answer in answers {
                            let _ = socket.send(Message::Binary(answer.into())).await;
                        }
                        self.changed.send_replace(());
                    }
                    Some(Ok(Message::Close(frame))) => {
                        let (code, reason) = match frame {
                            Some(frame) => (frame.code.into(), frame.reason.to_string()),
                            None => (1005, String::new()),
                        };
                        self.ends(End::Closed { code, reason });
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                },
            }
        }
        self.ends(End::Broken);
    }

    /// What is said first about the end, counts.
    fn ends(&self, end: End) {
        self.seen().end.get_or_insert(end);
        self.changed.send_replace(());
    }
}
