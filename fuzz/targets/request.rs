//! Whatever is asked over HTTP is answered: never with 500, never for lack of
//! something (the store has no faults here), an error as JSON that names its
//! code, a page of the list with a cursor that leads on; and after it the
//! server answers the next one.
//!
//! A server in this process is asked through real sockets, so this target is
//! slow; it reads paths, names, queries, cursors, vectors, headers and bodies.

#![no_main]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use cowrite::config::Config;
use cowrite::server::Server;
use cowrite::store::memory::MemoryStore;
use cowrite_fuzz::forge::World;
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;

/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(8);

const METHODS: [&str; 8] = [
    "GET", "POST", "HEAD", "DELETE", "PUT", "OPTIONS", "PATCH", "GET",
];
const NAMES: [&str; 6] = [
    "plan",
    "team%2Fplan",
    "%C3%A9",
    "..%2F..%2Fetc",
    "%ff",
    "a%00b",
];
const PATHS: [&str; 14] = [
    "/api/documents",
    "/api/documents/{}",
    "/api/documents/{}/content",
    "/api/documents/{}/updates",
    "/api/documents/{}/restore",
    "/api/documents/{}/versions",
    "/api/documents/{}/versions/b1",
    "/api/documents/{}/versions/b1/restore",
    "/api/documents/{}/comments",
    "/api/documents/{}/diff",
    "/ws/{}",
    "/health/{}",
    "/{}",
    "/api/{}",
];
const PARAMETERS: [&str; 11] = [
    "prefix", "q", "sort", "limit", "cursor", "format", "root", "since", "at", "from", "",
];
const VALUES: [&str; 14] = [
    "", "updated", "name", "created", "1", "1000", "json", "text", "yjs", "content", "AQEB",
    "MDpwbGFu",
    "b1",
    "djFiMXQx",
];
const HEADERS: [&str; 9] = [
    "Accept",
    "If-None-Match",
    "Origin",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Key",
    "Content-Type",
    "Expect",
    "X-Forwarded-For",
    "Range",
];
const HEADER_VALUES: [&str; 12] = [
    "*/*",
    "text/plain;q=0.5, application/json;q=nan",
    "application/octet-stream",
    "*",
    "W/\"x\", \"y\"",
    "http://localhost",
    "null",
    "13",
    "AAAAAAAAAAAAAAAAAAAAAA==",
    "application/json",
    "100-continue",
    "bytes=0-1",
];

static SERVER: LazyLock<SocketAddr> = LazyLock::new(|| {
    let (ready, started) = mpsc::channel();
    std::thread::spawn(move || {
        actix::System::new().block_on(async move {
            let mut config = Config {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                workers: 1,
                ..Config::default()
            };
            config.live.threads = 1;
            let store = Arc::new(MemoryStore::new());
            let server = Server::with_store(&config, store).expect("a server");
            ready.send(server.addresses()[0]).expect("somebody waits");
            let served = server.run_until(std::future::pending());
            served.await.expect("a server that serves");
        });
    });
    started.recv().expect("a server that starts")
});

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let mut connection = Connection::open();
    let mut world = World::default();
    let mut asked = 0;
    while !tape.is_empty() && asked < 8 {
        asked += 1;
        if tape.rarely(16) {
            Connection::open().say(tape.bytes());
            continue;
        }
        let (method, request) = request(&mut tape, &mut world);
        if !connection.ask(method, &request) {
            connection = Connection::open();
        }
    }
    let health = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert!(
        Connection::open().ask("GET", health.as_bytes()),
        "it serves the next one"
    );
});

fn request(tape: &mut Tape<'_>, world: &mut World) -> (&'static str, Vec<u8>) {
    let method = tape.pick(&METHODS);
    let name = if tape.rarely(4) {
        percent_encode(tape.bytes(), NON_ALPHANUMERIC).to_string()
    } else {
        (tape.pick(&NAMES)).to_owned()
    };
    let mut target = tape.pick(&PATHS).replace("{}", &name);
    for index in 0..tape.below(4) {
        target.push(if index == 0 { '?' } else { '&' });
        target.push_str(tape.pick(&PARAMETERS));
        target.push('=');
        if tape.rarely(3) {
            target.push_str(&percent_encode(tape.bytes(), NON_ALPHANUMERIC).to_string());
        } else {
            target.push_str(tape.pick(&VALUES));
        }
    }
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
    for _ in 0..tape.below(4) {
        head.push_str(tape.pick(&HEADERS));
        head.push_str(": ");
        if tape.rarely(3) {
            let printable = tape.bytes().iter().filter(|byte| (32..127).contains(*byte));
            head.extend(printable.map(|byte| char::from(*byte)));
        } else {
            head.push_str(tape.pick(&HEADER_VALUES));
        }
        head.push_str("\r\n");
    }
    let body = match tape.below(4) {
        0 => Vec::new(),
        1 => world.update(tape),
        2 => format!(
            "{{\"name\":{}}}",
            Value::from(String::from_utf8_lossy(tape.bytes()))
        )
        .into_bytes(),
        _ => tape.bytes().to_vec(),
    };
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    (method, [head.into_bytes(), body].concat())
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open() -> Self {
        let stream = TcpStream::connect(*SERVER).expect("it accepts connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self(BufReader::new(stream))
    }

    /// Says anything, and nothing after it: the server ends it in time.
    fn say(&mut self, bytes: &[u8]) {
        let stream = self.0.get_mut();
        // It may have ended the connection already.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            let reset = error.kind() == std::io::ErrorKind::ConnectionReset;
            assert!(reset, "no end to what was begun: {error}");
        }
        assert!(
            !answer.starts_with(b"HTTP/1.1 5"),
            "{}",
            answer.escape_ascii()
        );
    }

    /// Asks, judges the answer, and says whether the connection goes on.
    fn ask(&mut self, method: &str, request: &[u8]) -> bool {
        let story = || request.escape_ascii().to_string();
        if self.0.get_mut().write_all(request).is_err() {
            return false;
        }
        let Some((status, headers)) = self.head() else {
            return false;
        };
        assert!(status < 500, "{status}: {}", story());
        if status == 101 {
            return false;
        }
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let length = header("content-length").and_then(|length| length.parse().ok());
        let bodyless = method == "HEAD" || matches!(status, 100 | 204 | 304);
        let mut body = vec![0; if bodyless { 0 } else { length.unwrap_or(0) }];
        if self.0.read_exact(&mut body).is_err() {
            return false;
        }
        if status == 100 {
            // The real one follows; the next request asks anew.
            return false;
        }
        let is_json =
            header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        if is_json && !bodyless {
            let value: Value = serde_json::from_slice(&body)
                .unwrap_or_else(|error| panic!("{error}: {} for {}", body.escape_ascii(), story()));
            if status >= 400 {
                assert!(value["error"]["code"].is_string(), "{value}: {}", story());
            }
        }
        header("connection") != Some("close") && (bodyless || length.is_some())
    }

    /// Status and headers, names in lower case. `None` when the connection ended.
    fn head(&mut self) -> Option<(u16, Vec<(String, String)>)> {
        let mut line = String::new();
        self.line(&mut line)?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            self.line(&mut line)?;
            let Some((name, value)) = line.split_once(": ") else {
                return Some((status, headers));
            };
            headers.push((name.to_ascii_lowercase(), value.trim_end().to_owned()));
        }
    }

    fn line(&mut self, line: &mut String) -> Option<()> {
        line.clear();
        match self.0.read_line(line) {
            Ok(0) => None,
            Ok(_) => Some(()),
            Err(error) => {
                let reset = error.kind() == std::io::ErrorKind::ConnectionReset;
                assert!(reset, "no answer: {error}");
                None
            }
        }
    }
}
