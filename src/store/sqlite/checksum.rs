//! CRC32C over everything that gives a row its meaning, not its body alone: a
//! body that turns up under another document, at another place or behind
//! another predecessor is as wrong as a changed one.

/// The checksum of a journal row: document, row, previous, written at, and the client if
/// there is one; its body.
pub(super) fn of_row(
    document: i64,
    row: u64,
    previous: u64,
    written_at: i64,
    client: Option<i64>,
    body: &[u8],
) -> i64 {
    let (document, written_at) = (document.cast_unsigned(), written_at.cast_unsigned());
    match client.map(i64::cast_unsigned) {
        Some(client) => sealed(&[document, row, previous, written_at, client], body),
        None => sealed(&[document, row, previous, written_at], body),
    }
}

/// The checksum of a snapshot.
pub(super) fn of_snapshot(document: i64, through: u64, taken_at: i64, body: &[u8]) -> i64 {
    sealed(
        &[document.cast_unsigned(), through, taken_at.cast_unsigned()],
        body,
    )
}

/// The checksum of a document's record: created, updated, deleted (`i64::MIN` when
/// it is not), last row, bytes; its name and title.
pub(super) fn of_record(numbers: [i64; 5], name: &[u8], title: Option<&str>) -> i64 {
    let [created, updated, deleted, last_row, bytes] = numbers.map(i64::cast_unsigned);
    let lengths = [
        name.len() as u64,
        title.map_or(u64::MAX, |title| title.len() as u64),
    ];
    let numbers = [
        created, updated, deleted, last_row, bytes, lengths[0], lengths[1],
    ];
    let text = [name, title.unwrap_or_default().as_bytes()].concat();
    sealed(&numbers, &text)
}

/// The checksum of a history segment: document, last row, row before the first, rows,
/// since, until, bytes; body and base, and their lengths.
pub(super) fn of_segment(numbers: [i64; 7], body: &[u8], base: Option<&[u8]>) -> i64 {
    let [document, last, after, rows, since, until, bytes] = numbers.map(i64::cast_unsigned);
    let lengths = [
        body.len() as u64,
        base.map_or(u64::MAX, |base| base.len() as u64),
    ];
    let numbers = [
        document, last, after, rows, since, until, bytes, lengths[0], lengths[1],
    ];
    let seal = sealed(&numbers, body) as u32;
    i64::from(crc32c::crc32c_append(seal, base.unwrap_or_default()))
}

/// The checksum of a version: document, id, row, at, bytes; its name.
pub(super) fn of_version(numbers: [i64; 5], name: Option<&str>) -> i64 {
    let [document, id, row, at, bytes] = numbers.map(i64::cast_unsigned);
    let length = name.map_or(u64::MAX, |name| name.len() as u64);
    let numbers = [document, id, row, at, bytes, length];
    sealed(&numbers, name.unwrap_or_default().as_bytes())
}

/// The checksum of an author.
pub(super) fn of_author(document: i64, client: i64, since: i64, name: &str) -> i64 {
    let numbers = [document, client, since].map(i64::cast_unsigned);
    sealed(&numbers, name.as_bytes())
}

fn sealed(numbers: &[u64], body: &[u8]) -> i64 {
    let seal = numbers.iter().fold(0, |seal, number| {
        crc32c::crc32c_append(seal, &number.to_le_bytes())
    });
    i64::from(crc32c::crc32c_append(seal, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_only_itself() {
        let seal = of_row(1, 2, 0, 3, None, b"body");
        assert_eq!(seal, of_row(1, 2, 0, 3, None, b"body"));
        for other in [
            of_row(2, 2, 0, 3, None, b"body"),
            of_row(1, 3, 0, 3, None, b"body"),
            of_row(1, 2, 1, 3, None, b"body"),
            of_row(1, 2, 0, 4, None, b"body"),
            of_row(1, 2, 0, 3, None, b"bodi"),
            of_row(1, 2, 0, 3, None, b""),
            of_row(1, 2, 0, 3, Some(7), b"body"),
            of_row(1, 2, 0, 3, Some(-1), b"body"),
        ] {
            assert_ne!(seal, other);
        }
    }

    #[test]
    fn a_name_is_not_its_title() {
        let numbers = [1, 2, 3, 4, 5];
        let seal = of_record(numbers, b"ab", Some("c"));
        assert_ne!(seal, of_record(numbers, b"a", Some("bc")));
        assert_ne!(seal, of_record(numbers, b"abc", None));
        assert_ne!(
            of_record(numbers, b"abc", Some("")),
            of_record(numbers, b"abc", None)
        );
    }
}
