//! A connection whose client wants to go on with another protocol.
//!
//! For such a request the HTTP library lets go of its connection, and with that of two
//! buffers of 8 KiB and a state machine that every byte would pass. The request is
//! answered by the same routes as any other. If the answer is a handshake, this carries
//! the connection from then on: what is read is the body of the request; what is
//! written is the body of the answer, each piece when the one before has been taken.
//! Any other answer is the connection's last.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_codec::{Encoder, Framed};
use actix_http::body::{BodySize, MessageBody};
use actix_http::h1::{Codec, Message};
use actix_http::{ConnectionType, HttpMessage, Method, Payload, Request, Response, StatusCode};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, fn_factory, fn_service};
use actix_web::dev::ServiceResponse;
use actix_web::error::PayloadError;
use actix_web::rt::net::TcpStream;
use actix_web::rt::time::timeout;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::future::poll_fn;
use futures_util::{FutureExt, Stream};
use socket2::SockRef;

use super::gate::{Gated, Released, announced, poll_write};
use crate::live::Shortcut;

/// So much is read at once, in bytes.
const PIECE: usize = 16 << 10;

thread_local! {
    /// Where a piece is read to before it is known how large it is.
    static TABLE: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(PIECE));
}

/// A request and the connection that the library has let go of.
type Upgrading = (Request, Framed<Gated, Codec>);

/// Answers such requests by the routes of `app`. Who is gone says goodbye for at most
/// `linger`.
pub fn upgrade<F, A, B>(
    app: F,
    linger: Duration,
) -> impl ServiceFactory<
    Upgrading,
    Config = (),
    Response = (),
    Error = actix_web::Error,
    InitError = A::InitError,
    Service: Service<Upgrading, Future: 'static>,
>
where
    F: IntoServiceFactory<A, Request>,
    A: ServiceFactory<
            Request,
            Config = (),
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError: fmt::Debug,
        > + 'static,
    B: MessageBody + 'static,
{
    let app = Rc::new(app.into_factory());
    fn_factory(move || {
        let app = Rc::clone(&app);
        async move {
            let routes = Rc::new(app.new_service(()).await?);
            Ok(fn_service(move |(request, framed): Upgrading| {
                serve(Rc::clone(&routes), request, framed, linger).boxed_local()
            }))
        }
    })
}

async fn serve<R, B>(
    routes: Rc<R>,
    mut request: Request,
    framed: Framed<Gated, Codec>,
    linger: Duration,
) -> Result<(), actix_web::Error>
where
    R: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody + 'static,
{
    let parts = framed.into_parts();
    let (mut codec, read) = (parts.codec, parts.read_buf);
    let Released {
        stream,
        ahead,
        held: _held,
    } = parts.io.release();
    let shortcut = Shortcut::to(&stream);
    let mut waiting = parts.write_buf;
    request.extensions_mut().insert(shortcut.clone());
    // A handshake has no body, and whatever comes after it is the socket's. Who asks for
    // something else beside has said how long the body is.
    let left = match *request.method() {
        Method::GET => u64::MAX,
        _ => announced(request.headers()).unwrap_or(u64::MAX),
    };
    *request.payload() = Payload::Stream {
        payload: Box::pin(Inlet {
            ahead: [read.freeze(), ahead],
            stream: Rc::clone(&stream),
            left,
        }),
    };
    // Boxed, so that who is carried for hours does not keep the room that this took.
    let answered = routes.call(request).boxed_local().await;
    let response = match answered {
        Ok(answered) => Response::from(answered),
        Err(error) => {
            let response = Response::from(error.error_response());
            let last = LastAnswer { codec, waiting };
            return Ok(last.say(&stream, response, linger).boxed_local().await?);
        }
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let last = LastAnswer { codec, waiting };
        return Ok(last.say(&stream, response, linger).boxed_local().await?);
    }
    let (head, body) = response.into_parts();
    codec.encode(Message::Item((head, body.size())), &mut waiting)?;
    drop(codec);
    let line = Line {
        stream: Rc::clone(&stream),
        shortcut,
        body: Box::pin(body),
        waiting: waiting.freeze(),
    };
    // Who is cut off hears no goodbye, and that is no fault of anybody's here.
    if line.await.is_ok() {
        part(&stream, linger).await;
    }
    Ok(())
}

/// An answer that is no handshake: the last on its connection.
struct LastAnswer {
    codec: Codec,
    /// What is to be written before it.
    waiting: BytesMut,
}

impl LastAnswer {
    /// Sends it and says goodbye. Nobody hears of a peer that is gone.
    async fn say<B: MessageBody>(
        mut self,
        stream: &TcpStream,
        response: Response<B>,
        linger: Duration,
    ) -> io::Result<()> {
        let (mut head, body) = response.into_parts();
        head.head_mut().set_connection_type(ConnectionType::Close);
        let item = Message::Item((head, body.size()));
        self.codec.encode(item, &mut self.waiting)?;
        if send(stream, self.codec, body, self.waiting).await.is_ok() {
            part(stream, linger).await;
        }
        Ok(())
    }
}

async fn send<B: MessageBody>(
    stream: &TcpStream,
    mut codec: Codec,
    body: B,
    mut waiting: BytesMut,
) -> io::Result<()> {
    let broken = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let mut body = Box::pin(body);
    let mut over = matches!(body.size(), BodySize::None);
    loop {
        while !waiting.is_empty() {
            let written = poll_fn(|cx| poll_write(stream, cx, &waiting)).await?;
            waiting.advance(written);
        }
        if over {
            return Ok(());
        }
        let piece = poll_fn(|cx| body.as_mut().poll_next(cx)).await;
        let piece = piece.transpose().map_err(Into::into).map_err(broken)?;
        over = piece.is_none();
        codec.encode(Message::Chunk(piece), &mut waiting)?;
    }
}

/// Nothing more is written. What the peer still sends is read for a while: closing
/// with unread input would reset the connection, and destroy on its way what was
/// written last.
async fn part(stream: &TcpStream, linger: Duration) {
    let _ = SockRef::from(stream).shutdown(Shutdown::Write);
    let drained = poll_fn(|cx| {
        // A piece a turn, or who sends fast would hold this thread.
        match ready!(poll_piece(stream, cx)) {
            Ok(piece) if !piece.is_empty() => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(_) | Err(_) => Poll::Ready(()),
        }
    });
    let _ = timeout(linger, drained).await;
}

/// A piece of what has come; an empty one is the end.
fn poll_piece(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
    TABLE.with_borrow_mut(|table| {
        loop {
            ready!(stream.poll_read_ready(cx))?;
            table.clear();
            match stream.try_read_buf(&mut table.limit(PIECE)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|_| Bytes::copy_from_slice(table))),
            }
        }
    })
}

/// What comes in.
struct Inlet {
    /// What was read before.
    ahead: [Bytes; 2],
    stream: Rc<TcpStream>,
    /// How many bytes of it there are at most.
    left: u64,
}

impl Stream for Inlet {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let ahead = this.ahead.iter_mut().find(|ahead| !ahead.is_empty());
        let mut piece = match ahead {
            Some(ahead) => std::mem::take(ahead),
            None => match ready!(poll_piece(&this.stream, cx)) {
                Ok(piece) if piece.is_empty() => return Poll::Ready(None),
                Ok(piece) => piece,
                Err(error) => return Poll::Ready(Some(Err(PayloadError::Io(error)))),
            },
        };
        piece.truncate(usize::try_from(this.left).unwrap_or(usize::MAX));
        this.left -= piece.len() as u64;
        Poll::Ready(Some(Ok(piece)))
    }
}

/// A connection that is carried until the body of its answer ends. An error cuts it.
struct Line<B> {
    stream: Rc<TcpStream>,
    shortcut: Shortcut,
    body: Pin<Box<B>>,
    /// What was given out by the body and is not written.
    waiting: Bytes,
}

impl<B: MessageBody> Future for Line<B> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            while !this.waiting.is_empty() {
                let written = ready!(poll_write(&this.stream, cx, &this.waiting))?;
                this.waiting.advance(written);
            }
            this.waiting = Bytes::new();
            this.shortcut.frees();
            match ready!(this.body.as_mut().poll_next(cx)) {
                Some(Ok(piece)) => this.waiting = piece,
                Some(Err(_)) => return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
                None => return Poll::Ready(Ok(())),
            }
        }
    }
}
