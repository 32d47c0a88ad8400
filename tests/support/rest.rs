//! REST, as a program that is no browser uses it.

use std::net::SocketAddr;

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{described, in_time};

/// A name as one segment of a path.
pub fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// The REST door of a server.
#[derive(Debug, Clone)]
pub struct Rest {
    client: reqwest::Client,
    base: String,
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Rest {
    pub fn of(address: SocketAddr) -> Self {
        Self {
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: format!("http://{address}"),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        answer(self.request(Method::POST, path).body(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }

    /// `GET /api/documents/{name}/content`.
    pub async fn content(&self, name: &str, format: &str) -> Answer {
        let name = encoded(name);
        self.get(&format!("/api/documents/{name}/content?format={format}"))
            .await
    }

    /// The whole document as an update; it has to be there.
    pub async fn state(&self, name: &str) -> Vec<u8> {
        let answer = self.content(name, "yjs").await;
        assert_eq!(answer.status, 200, "{name:?} cannot be read: {answer:?}");
        answer.body.to_vec()
    }
}

/// Sends a request and takes the whole answer, which has to be one that is described.
pub async fn answer(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    in_time("a request is answered", async {
        let response = client.execute(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.expect("the whole answer");
        described::check(&method, &path, status, &headers, &body);
        Answer {
            status: status.as_u16(),
            headers,
            body,
        }
    })
    .await
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON, but {}: {}", self.status, self.text()))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Status and code of an error, which also has a sentence for people.
    pub fn error(&self) -> (u16, String) {
        let error = &self.json()["error"];
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "an error without a sentence: {self:?}");
        let code = error["code"].as_str().unwrap_or_default();
        (self.status, code.to_owned())
    }
}
