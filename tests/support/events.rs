//! Somebody who follows a document by its server-sent events.

use std::collections::VecDeque;

use reqwest::Response;
use serde_json::Value;

use super::in_time;
use super::rest::{Rest, encoded};

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: String,
    pub id: Option<String>,
    pub data: Value,
}

/// A stream that is being read.
pub struct Events {
    response: Response,
    unread: String,
    waiting: VecDeque<Event>,
    /// Comments so far: what comes when there is nothing to tell.
    pub heartbeats: usize,
    /// What the stream said last of where to go on.
    pub last_id: Option<String>,
    ended: bool,
}

impl Events {
    /// Follows a document.
    pub async fn of(rest: &Rest, document: &str, query: &str) -> Self {
        Self::after(rest, document, query, None).await
    }

    /// Goes on behind an event, as a browser does.
    pub async fn after(rest: &Rest, document: &str, query: &str, id: Option<&str>) -> Self {
        let path = format!("/api/documents/{}/events{query}", encoded(document));
        let mut request = rest.request(reqwest::Method::GET, &path);
        if let Some(id) = id {
            request = request.header("Last-Event-ID", id);
        }
        let response = in_time("a stream begins", request.send()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-accel-buffering"), "no");
        Self {
            response,
            unread: String::new(),
            waiting: VecDeque::new(),
            heartbeats: 0,
            last_id: None,
            ended: false,
        }
    }

    /// The next event; `None` when the stream ended in order.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.ended {
                assert_eq!(self.unread, "", "half an event");
                return None;
            }
            self.reads().await;
        }
    }

    /// The next event, which is to be of this kind.
    pub async fn hears(&mut self, kind: &str) -> Event {
        let event = self.next().await;
        let event = event.unwrap_or_else(|| panic!("the stream ended before {kind}"));
        assert_eq!(event.kind, kind, "{event:?}");
        event
    }

    /// Reads until it was told so often that there is nothing to tell; no event comes.
    pub async fn hears_nothing(&mut self, heartbeats: usize) {
        let enough = self.heartbeats + heartbeats;
        while self.heartbeats < enough {
            self.reads().await;
            assert!(self.waiting.is_empty(), "{:?}", self.waiting);
            assert!(!self.ended);
        }
    }

    async fn reads(&mut self) {
        let chunk = in_time("something comes", self.response.chunk()).await;
        match chunk.expect("a stream that ends in order") {
            Some(chunk) => self.unread.push_str(std::str::from_utf8(&chunk).unwrap()),
            None => self.ended = true,
        }
        while let Some(end) = self.unread.find("\n\n") {
            let block: String = self.unread.drain(..end + 2).collect();
            self.takes(&block);
        }
    }

    fn takes(&mut self, block: &str) {
        let mut event = Event {
            kind: "message".to_owned(),
            id: None,
            data: Value::Null,
        };
        let mut has_data = false;
        for line in block.lines().filter(|line| !line.is_empty()) {
            match line.split_once(':') {
                Some(("", _)) => self.heartbeats += 1,
                Some(("event", kind)) => event.kind = kind.trim().to_owned(),
                Some(("id", id)) => event.id = Some(id.trim().to_owned()),
                Some(("retry", time)) => assert!(time.trim().parse::<u64>().is_ok()),
                Some(("data", data)) => {
                    has_data = true;
                    event.data = serde_json::from_str(data).unwrap();
                }
                _ => panic!("not a line of a stream: {line:?}"),
            }
        }
        if let Some(id) = &event.id {
            self.last_id = Some(id.clone());
        }
        if has_data {
            self.waiting.push_back(event);
        }
    }
}
