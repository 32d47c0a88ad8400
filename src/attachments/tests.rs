//! What is kept and given back, by the two shelves alike.

use std::collections::BTreeSet;
use std::fs;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x07\0\0\0\x05\x08\x06\0\0\0";

fn document(name: &str) -> DocumentId {
    DocumentId::parse(name).unwrap()
}

fn keep(files: &Attachments, of: &str, bytes: &[u8]) -> Result<Kept, FileError> {
    let mut upload = files.begin()?;
    for piece in bytes.chunks(1000) {
        upload.write(piece)?;
    }
    upload.keep(&document(of), Some("name".to_owned()))
}

fn read(files: &Attachments, held: &Held) -> Result<Vec<u8>, FileError> {
    let mut content = files.content(held)?;
    let whole = content.piece(0, 2 * held.bytes as usize)?;
    Ok(whole.to_vec())
}

/// Both kinds of files; the folder lives as long as they do.
fn both(limits: &FileLimits) -> (tempfile::TempDir, [Attachments; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = Attachments::open(folder.path(), limits.clone());
    (folder, [on_disk, Attachments::in_memory(limits.clone())])
}

#[test]
fn what_is_kept_comes_back_and_one_content_serves_two_documents() {
    let (_folder, both) = both(&FileLimits::default());
    for files in both {
        let first = keep(&files, "a", PNG).unwrap();
        assert!(first.is_new);
        assert_eq!(first.held.kind, "image/png");
        assert_eq!(first.held.pixels, Some((7, 5)));
        assert!(!keep(&files, "a", PNG).unwrap().is_new);
        let second = keep(&files, "b", PNG).unwrap();
        assert!(second.is_new && second.held.hash == first.held.hash);
        files.remove(&document("a"), &first.held.hash).unwrap();
        assert_eq!(
            files.find(&document("a"), &first.held.hash),
            Err(FileError::NotFound)
        );
        assert_eq!(read(&files, &second.held).unwrap(), PNG);
        files.remove(&document("b"), &first.held.hash).unwrap();
        assert!(files.content(&second.held).is_err());
        assert_eq!(files.sweep().unwrap(), 0);
    }
}

#[test]
fn limits_hold_and_what_is_given_up_is_given_back() {
    let limits = FileLimits {
        file: 10_000,
        document: 16 << 10,
        total: 24 << 10,
        types: "image/*,text/html".parse().unwrap(),
        ..FileLimits::default()
    };
    let (_folder, both) = both(&limits);
    for files in both {
        let picture = |number: u8, bytes: usize| [PNG, &vec![number; bytes - PNG.len()]].concat();
        assert_eq!(
            keep(&files, "a", &picture(0, 10_001)),
            Err(FileError::TooLarge(10_000))
        );
        assert_eq!(keep(&files, "a", b""), Err(FileError::Empty));
        let refused = keep(&files, "a", b"nobody knows what").unwrap_err();
        assert!(matches!(refused, FileError::Refused { .. }), "{refused}");
        keep(&files, "a", &picture(1, 9_000)).unwrap();
        assert_eq!(
            keep(&files, "a", &picture(2, 9_000)),
            Err(FileError::DocumentFull(16 << 10))
        );
        keep(&files, "b", &picture(2, 9_000)).unwrap();
        assert_eq!(
            keep(&files, "c", &picture(3, 9_000)),
            Err(FileError::Full(24 << 10))
        );
        // One that is on its way counts, and does not any more when it is given up.
        let upload = files.begin().unwrap();
        let mut upload = upload;
        upload.write(PNG).unwrap();
        assert_eq!(keep(&files, "c", PNG), Err(FileError::Full(24 << 10)));
        drop(upload);
        keep(&files, "c", PNG).unwrap();
    }
}

#[test]
fn only_what_is_looked_for_in_vain_and_often_goes() {
    let (_folder, both) = both(&FileLimits::default());
    for files in both {
        let a = document("a");
        let kept = keep(&files, "a", PNG).unwrap().held.hash;
        let all = files.hashes(&a).unwrap();
        let none = BTreeSet::new();
        for _ in 1..LOOKS {
            assert_eq!(files.noticed(&a, &all, &none).unwrap(), none);
        }
        // It is referred to again, or sent again: it begins anew.
        assert_eq!(files.noticed(&a, &all, &all).unwrap(), none);
        for _ in 1..LOOKS {
            assert_eq!(files.noticed(&a, &all, &none).unwrap(), none);
        }
        keep(&files, "a", PNG).unwrap();
        for _ in 1..LOOKS {
            assert_eq!(files.noticed(&a, &all, &none).unwrap(), none);
        }
        assert!(!files.collect(&a, &kept).unwrap());
        assert_eq!(files.noticed(&a, &all, &none).unwrap(), all);
        assert!(files.collect(&a, &kept).unwrap());
        assert_eq!(files.find(&a, &kept), Err(FileError::NotFound));
        assert_eq!(files.documents(None, 10).unwrap(), []);
    }
}

#[test]
fn damage_is_an_error_and_the_same_file_sent_again_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = Attachments::open(folder.path(), FileLimits::default());
    let held = keep(&files, "a", PNG).unwrap().held;
    assert_eq!(read(&files, &held).unwrap(), PNG);
    let path = Folder::new(&folder.path().join(FOLDER)).path_of(&held.hash);
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(read(&files, &held), Err(FileError::Damaged(_))));
    let examined = examine(folder.path(), true).unwrap();
    assert_eq!(examined.problems.len(), 1, "{examined:?}");
    fs::remove_file(&path).unwrap();
    assert!(matches!(read(&files, &held), Err(FileError::Damaged(_))));
    assert!(!keep(&files, "a", PNG).unwrap().is_new);
    assert_eq!(read(&files, &held).unwrap(), PNG);
    assert_eq!(examine(folder.path(), true).unwrap().problems, [""; 0]);
}

#[test]
fn nothing_is_made_before_there_is_a_file_and_a_lost_index_is_no_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let entries = || fs::read_dir(folder.path()).unwrap().count();
    let open = || Attachments::open(folder.path(), FileLimits::default());
    let files = open();
    assert_eq!(files.documents(None, 10).unwrap(), []);
    assert_eq!(entries(), 0);
    let held = keep(&files, "a", PNG).unwrap().held;
    drop(files);
    assert_eq!(read(&open(), &held).unwrap(), PNG);
    let index = folder.path().join(INDEX);
    let whole = fs::read(&index).unwrap();
    for damaged in [None, Some(&b""[..]), Some(&whole[..5000]), Some(b"text")] {
        fs::remove_file(&index).unwrap();
        if let Some(bytes) = damaged {
            fs::write(&index, bytes).unwrap();
        }
        let files = open();
        let unavailable = |error| matches!(error, FileError::Unavailable(_));
        assert!(unavailable(
            files.find(&document("a"), &held.hash).unwrap_err()
        ));
        assert!(unavailable(keep(&files, "a", PNG).unwrap_err()));
        assert!(unavailable(files.sweep().unwrap_err()));
        drop(files);
        fs::write(&index, &whole).unwrap();
    }
    assert_eq!(read(&open(), &held).unwrap(), PNG);
}

#[test]
fn what_was_broken_off_is_thrown_away_and_what_nobody_knows_is_swept_up() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Attachments::open(folder.path(), FileLimits::default());
    let files = open();
    let mut upload = files.begin().unwrap();
    upload.write(PNG).unwrap();
    // As after a kill: nobody cleans up.
    std::mem::forget(upload);
    let drafts = folder.path().join(FOLDER).join("incoming");
    assert_eq!(fs::read_dir(&drafts).unwrap().count(), 1);
    let files = open();
    assert_eq!(fs::read_dir(&drafts).unwrap().count(), 0);
    let held = keep(&files, "a", PNG).unwrap().held;
    let shelf = Folder::new(&folder.path().join(FOLDER));
    let stray: Hash = "5".repeat(64).parse().unwrap();
    let path = shelf.path_of(&stray);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "left").unwrap();
    assert_eq!(files.sweep().unwrap(), 1);
    assert!(!path.exists());
    assert_eq!(read(&files, &held).unwrap(), PNG);
    // So many mean that the index is not theirs.
    for number in 0..65 {
        fs::write(path.with_file_name(format!("{number:062x}")), "kept").unwrap();
    }
    assert!(files.sweep().is_err());
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 65);
}

#[test]
fn what_is_served_to_be_shown_cannot_be_run() {
    for (kind, content_type, inline) in [
        ("image/png", "image/png", true),
        ("application/pdf", "application/pdf", false),
        ("text/html", "application/octet-stream", false),
        ("text/xml", "application/octet-stream", false),
        ("image/svg+xml", "application/octet-stream", false),
        ("text/x-shellscript", "application/octet-stream", false),
        ("nonsense", "application/octet-stream", false),
    ] {
        let expected = Served {
            content_type,
            inline,
        };
        assert_eq!(served(kind), expected, "{kind}");
    }
}
