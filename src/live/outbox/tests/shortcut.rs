//! Frames that leave past the task of their connection, through real sockets.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use tokio::net::TcpStream;

use super::*;
use crate::live::shortcut::Shortcut;

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A connection whose socket takes little at once, and its client.
struct Line {
    socket: Rc<TcpStream>,
    client: std::net::TcpStream,
}

impl Line {
    fn open() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        let server = TcpStream::from_std(server).unwrap();
        let settings = socket2::SockRef::from(&server);
        settings.set_tcp_nodelay(true).unwrap();
        settings.set_send_buffer_size(8192).unwrap();
        Self {
            socket: Rc::new(server),
            client,
        }
    }

    fn read_into(&mut self, got: &mut Vec<u8>, at_most: usize) -> usize {
        let mut chunk = vec![0; at_most];
        let read = self.client.read(&mut chunk).unwrap_or(0);
        got.extend_from_slice(&chunk[..read]);
        read
    }
}

/// What the task of a connection does with an outbox: it takes some of what waits,
/// writes that, and frees the short way when it has.
struct Task {
    buffer: Vec<u8>,
}

impl Task {
    fn is_polled(&mut self, outbox: &Outbox, line: &Line, shortcut: &Shortcut) {
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let mut more = true;
            while more && self.buffer.len() < WRITE_BYTES {
                match outbox.poll_write(&mut cx) {
                    Poll::Ready(bytes) => self.buffer.extend_from_slice(&bytes),
                    Poll::Pending => more = false,
                }
            }
            while !self.buffer.is_empty() {
                match socket2::SockRef::from(&*line.socket).send(&self.buffer) {
                    Ok(sent) => drop(self.buffer.drain(..sent)),
                    Err(_) => return,
                }
            }
            shortcut.frees();
            if !more {
                return;
            }
        }
    }
}

/// A frame that tells its kind, number and length, and is recognized by every byte.
fn numbered(kind: u8, number: u32, bytes: usize) -> Bytes {
    let mut frame = vec![kind];
    frame.extend(number.to_be_bytes());
    frame.extend((bytes as u32).to_be_bytes());
    frame.resize(9 + bytes, kind);
    frame.into()
}

/// The numbers of all frames of a kind, each of which came whole.
fn numbers(mut got: &[u8], kind: u8) -> Vec<u32> {
    let mut numbers = Vec::new();
    while !got.is_empty() {
        let number = u32::from_be_bytes(got[1..5].try_into().unwrap());
        let end = 9 + u32::from_be_bytes(got[5..9].try_into().unwrap()) as usize;
        assert!(
            got[9..end].iter().all(|byte| *byte == got[0]),
            "a torn frame"
        );
        if got[0] == kind {
            numbers.push(number);
        }
        got = &got[end..];
    }
    numbers
}

#[tokio::test]
async fn frames_leave_whole_and_in_order_whichever_way_they_take() {
    for seed in 1..=6 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut line = Line::open();
        let shortcut = Shortcut::to(&line.socket);
        let outbox = outbox(1 << 20).with_shortcut(Some(shortcut.clone()));
        let mut task = Task { buffer: Vec::new() };
        let (mut sent, mut got) = (0, Vec::new());
        for _ in 0..300 {
            match random.u32(0..10) {
                0..=3 => {
                    let most = [40, 3_000, 60_000, 400_000][random.usize(0..4)];
                    outbox.large(numbered(b'L', sent, random.usize(0..most)), None);
                    sent += 1;
                }
                4 => outbox.ping(numbered(b'P', 0, 2)),
                5 => outbox.control(numbered(b'O', 0, 2)),
                6 | 7 => task.is_polled(&outbox, &line, &shortcut),
                _ => drop(line.read_into(&mut got, random.usize(1..200_000))),
            }
        }
        let idle = Duration::from_millis(2);
        let mut quiet = 0;
        while quiet < 100 {
            task.is_polled(&outbox, &line, &shortcut);
            quiet += 1;
            if line.read_into(&mut got, 1 << 20) > 0 {
                quiet = 0;
            }
            if quiet > 0 {
                tokio::time::sleep(idle).await;
            }
            let done = task.buffer.is_empty() && outbox.queue.borrow().is_empty();
            if done && quiet > 20 {
                break;
            }
        }
        let all: Vec<u32> = (0..sent).collect();
        assert_eq!(numbers(&got, b'L'), all, "seed {seed}");
    }
}

/// A diff that left at once woke nobody, though the caret of somebody had moved while
/// it was made. Nobody asked for it, and in the end the reader was taken for slow.
#[tokio::test]
async fn presence_that_was_missed_while_a_diff_was_made_is_asked_for() {
    let line = Line::open();
    let shortcut = Shortcut::to(&line.socket);
    let outbox = outbox(10).with_shortcut(Some(shortcut.clone()));
    let questions = asked(&outbox);
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    for _ in 0..20 {
        outbox.relay(Bytes::from_static(b"12345678"), &mark());
    }
    assert!(outbox.poll_write(&mut cx).is_pending());
    assert_eq!(questions.borrow().len(), 1);
    outbox.announce(Bytes::from_static(b"caret"), &Arc::from([7]));
    shortcut.frees();
    let before = wakes.0.load(Ordering::SeqCst);
    outbox.catch_up(Bytes::from_static(b"diff"), None);
    assert_eq!(wakes.0.load(Ordering::SeqCst), before + 1);
    assert!(outbox.poll_write(&mut cx).is_pending());
    assert_eq!(questions.borrow().len(), 2, "the caret was asked for");
}

#[tokio::test]
async fn what_leaves_at_once_was_taken() {
    let mut line = Line::open();
    let shortcut = Shortcut::to(&line.socket);
    let outbox = outbox(1 << 20).with_shortcut(Some(shortcut.clone()));
    let start = Instant::now();
    // The task has something of ours: this waits.
    outbox.reply(Bytes::from_static(b"waits"));
    outbox.watch(start);
    assert!(drain(&outbox).len() == 1);
    shortcut.frees();
    let mut got = Vec::new();
    for _ in 0..2 * LEAST_TAKEN / 4096 {
        outbox.relay(vec![0; 4096].into(), &mark());
        let deadline = Instant::now() + Duration::from_secs(5);
        while !outbox.queue.borrow().is_empty() && Instant::now() < deadline {
            Task { buffer: Vec::new() }.is_polled(&outbox, &line, &shortcut);
        }
        while line.read_into(&mut got, 1 << 16) > 0 {}
    }
    shortcut.blocks();
    outbox.reply(Bytes::from_static(b"waits again"));
    outbox.watch(start + outbox.patience);
    assert!(!outbox.is_closing(), "it takes everything");
}
