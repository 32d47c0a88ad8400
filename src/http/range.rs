//! The bytes that `Range` asks for, as RFC 9110 has it, however long its numbers are.
//!
//! What is no range of bytes is not asked for: then the answer is all of it, and so it is
//! to several ranges at once. A range that is one and begins behind the end is refused.

/// The part of something that a header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    /// From the first byte to the last.
    Part(u64, u64),
    /// It has no such bytes.
    Beyond,
}

/// What a header asks for of something of this many bytes.
pub(super) fn asked(header: &str, bytes: u64) -> Asked {
    let ranges = match header.split_once('=') {
        Some((unit, ranges)) if unit.trim().eq_ignore_ascii_case("bytes") => ranges,
        _ => return Asked::Whole,
    };
    let mut ranges = ranges
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty());
    match (ranges.next(), ranges.next()) {
        (Some(range), None) => part(range, bytes).unwrap_or(Asked::Whole),
        _ => Asked::Whole,
    }
}

/// `None`: this is no range.
fn part(range: &str, bytes: u64) -> Option<Asked> {
    let (first, last) = range.split_once('-')?;
    let end = bytes.saturating_sub(1);
    let (begin, end) = match (first, last) {
        ("", length) => {
            let length = place(length)?;
            if length == 0 {
                return Some(Asked::Beyond);
            }
            (bytes.saturating_sub(length), end)
        }
        (first, "") => (place(first)?, end),
        (first, last) => {
            let (begin, stop) = (place(first)?, place(last)?);
            // Of numbers that are the same here, the digits tell which is larger.
            let digits = |number: &str| number.trim_start_matches('0').to_owned();
            let (first, last) = (digits(first), digits(last));
            if (first.len(), first) > (last.len(), last) {
                return None;
            }
            (begin, stop.min(end))
        }
    };
    Some(match begin < bytes {
        true => Asked::Part(begin, end),
        false => Asked::Beyond,
    })
}

/// A place, by its digits. One that no number holds lies behind the end of everything.
fn place(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_had_of_what_is_there() {
        for (header, found) in [
            ("bytes=0-0", Asked::Part(0, 0)),
            ("bytes=007-009", Asked::Part(7, 9)),
            ("Bytes= 5- ,", Asked::Part(5, 9)),
            ("bytes=-3", Asked::Part(7, 9)),
            ("bytes=-30", Asked::Part(0, 9)),
            ("bytes=5-99999999999999999999999", Asked::Part(5, 9)),
            ("bytes=-99999999999999999999999", Asked::Part(0, 9)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=99999999999999999999999-", Asked::Beyond),
            (
                "bytes=99999999999999999999998-99999999999999999999999",
                Asked::Beyond,
            ),
        ] {
            assert_eq!(asked(header, 10), found, "{header}");
        }
        assert_eq!(asked("bytes=0-0", 0), Asked::Beyond);
    }

    #[test]
    fn what_is_no_range_is_not_asked_for() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=x-",
            "bytes=+1-2",
            "bytes=-1-2",
            "bytes=5-2",
            "bytes=99999999999999999999999-99999999999999999999998",
            "bytes=1-2,5-6",
            "bytes=1-2,x",
            "lines=1-2",
        ] {
            assert_eq!(asked(header, 10), Asked::Whole, "{header}");
        }
    }
}
