//! CRC32C over everything that gives a row its meaning, not its body alone: a
//! body that turns up under another document, at another place or behind
//! another predecessor is as wrong as a changed one.

/// The checksum of a journal row.
pub(super) fn of_row(document: i64, row: u64, previous: u64, written_at: i64, body: &[u8]) -> i64 {
    sealed(
        &[
            document.cast_unsigned(),
            row,
            previous,
            written_at.cast_unsigned(),
        ],
        body,
    )
}

/// The checksum of a snapshot.
pub(super) fn of_snapshot(document: i64, through: u64, taken_at: i64, body: &[u8]) -> i64 {
    sealed(
        &[document.cast_unsigned(), through, taken_at.cast_unsigned()],
        body,
    )
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
        let seal = of_row(1, 2, 0, 3, b"body");
        assert_eq!(seal, of_row(1, 2, 0, 3, b"body"));
        for other in [
            of_row(2, 2, 0, 3, b"body"),
            of_row(1, 3, 0, 3, b"body"),
            of_row(1, 2, 1, 3, b"body"),
            of_row(1, 2, 0, 4, b"body"),
            of_row(1, 2, 0, 3, b"bodi"),
            of_row(1, 2, 0, 3, b""),
        ] {
            assert_ne!(seal, other);
        }
    }
}
