//! Files on their way in: as the body of a request or as a part of a form, written down as
//! they come.

use std::cell::RefCell;
use std::rc::Rc;

use actix_multipart::{Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentDisposition, HeaderMap};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::error::ApiError;
use super::files::on_disk;
use super::incoming::Incoming;
use crate::attachments::{FileError, Upload};

/// So much is written to disk at once.
const PIECE: usize = 64 << 10;

/// An upload, and what of it is not written down yet.
pub(super) struct Receiving {
    upload: Option<Upload>,
    waiting: Vec<u8>,
}

impl Receiving {
    pub fn new(upload: Upload) -> Self {
        Self {
            upload: Some(upload),
            waiting: Vec::new(),
        }
    }

    async fn take(&mut self, piece: &[u8]) -> Result<(), FileError> {
        self.waiting.extend_from_slice(piece);
        match self.waiting.len() >= PIECE {
            true => self.write().await,
            false => Ok(()),
        }
    }

    async fn write(&mut self) -> Result<(), FileError> {
        let waiting = std::mem::take(&mut self.waiting);
        let Some(mut upload) = self.upload.take() else {
            return Err(FileError::Unavailable("the upload has ended".to_owned()));
        };
        let (upload, waiting) = on_disk(move || {
            upload.write(&waiting)?;
            Ok((upload, waiting))
        })
        .await?;
        self.upload = Some(upload);
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }

    /// All of it is written down.
    pub async fn end(mut self) -> Result<Upload, FileError> {
        self.write().await?;
        let ended = || FileError::Unavailable("the upload has ended".to_owned());
        self.upload.ok_or_else(ended)
    }
}

/// Reads a body that is the file, and what it is called, if the head says so.
pub(super) async fn receive_body(
    headers: &HeaderMap,
    mut incoming: Incoming,
    receiving: &mut Receiving,
) -> Result<Option<String>, ApiError> {
    while let Some(piece) = incoming.next().await? {
        receiving.take(&piece).await?;
    }
    Ok(disposed_name(headers))
}

/// Reads the one file of a form, and what it is called.
pub(super) async fn receive_form(
    headers: &HeaderMap,
    incoming: Incoming,
    receiving: &mut Receiving,
) -> Result<Option<String>, ApiError> {
    let failed = Rc::new(RefCell::new(None));
    let mut form = Multipart::new(headers, parts(incoming, Rc::clone(&failed)));
    let wrong = |error: MultipartError| match failed.borrow_mut().take() {
        Some(error) => error,
        None => ApiError::BadRequest(format!("the form is not understood: {error}")),
    };
    let mut called = None;
    while let Some(part) = form.next().await {
        let mut part = part.map_err(wrong)?;
        let disposition = part.content_disposition();
        let filename = disposition.and_then(filename);
        let is_file = filename.is_some() || part.name() == Some("file");
        if is_file && called.is_some() {
            let message = "a request brings one file; send the others by themselves";
            return Err(ApiError::BadRequest(message.to_owned()));
        }
        if is_file {
            called = Some(filename);
        }
        // What else a form says is not for us.
        while let Some(piece) = part.next().await {
            let piece = piece.map_err(wrong)?;
            if is_file {
                receiving.take(&piece).await?;
            }
        }
    }
    called.ok_or_else(|| {
        let message = "the form has no file; send one as a part with a filename";
        ApiError::BadRequest(message.to_owned())
    })
}

type Failed = Rc<RefCell<Option<ApiError>>>;

/// A body for the reader of forms, who knows no errors of ours.
fn parts(
    incoming: Incoming,
    failed: Failed,
) -> impl Stream<Item = Result<Bytes, PayloadError>> + 'static {
    stream::unfold(Some(incoming), move |incoming| {
        let failed = Rc::clone(&failed);
        async move {
            let mut incoming = incoming?;
            match incoming.next().await {
                Ok(piece) => piece.map(|piece| (Ok(piece), Some(incoming))),
                Err(error) => {
                    *failed.borrow_mut() = Some(error);
                    Some((Err(PayloadError::Incomplete(None)), None))
                }
            }
        }
    })
    .fuse()
    .boxed_local()
}

/// The name in a request's `Content-Disposition`.
fn disposed_name(headers: &HeaderMap) -> Option<String> {
    let disposition = headers.get(CONTENT_DISPOSITION)?;
    filename(&ContentDisposition::from_raw(disposition).ok()?)
}

fn filename(disposition: &ContentDisposition) -> Option<String> {
    let extended = disposition.get_filename_ext();
    let extended = extended.and_then(|name| String::from_utf8(name.value.clone()).ok());
    extended.or_else(|| disposition.get_filename().map(str::to_owned))
}
