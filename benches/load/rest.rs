//! The little HTTP that the load generator needs beside its sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::Trouble;

/// Sends a request and gives back the body of the answer, which must be a good one.
pub fn ask(
    server: SocketAddr,
    request: &str,
    content_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, Trouble> {
    let mut stream = TcpStream::connect(server)?;
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = super::line::head_end(&answer).unwrap_or(answer.len());
    match answer.starts_with(b"HTTP/1.1 2") {
        true => Ok(answer.split_off(end)),
        false => Err(format!("{request}: {}", String::from_utf8_lossy(&answer)).into()),
    }
}

/// Makes a document on a y-sweet server.
pub fn make_document(server: SocketAddr, document: &str) -> Result<(), Trouble> {
    let body = format!("{{\"docId\":\"{document}\"}}");
    ask(server, "POST /doc/new", "application/json", body.as_bytes()).map(drop)
}
