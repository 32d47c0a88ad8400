//! Moments as stores keep them: microseconds since 1970.
//!
//! Every store rounds the same way, so that what comes back from one compares
//! equal to what comes back from another.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `moment` in microseconds since 1970, rounded down; negative before.
pub(super) fn since_1970(moment: SystemTime) -> i64 {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => {
            let nanos = before.duration().as_nanos();
            i64::try_from(nanos.div_ceil(1_000)).map_or(i64::MIN, |micros| -micros)
        }
    }
}

/// The moment that lies `micros` after 1970. One that this machine's clock
/// cannot say reads as 1970.
pub(super) fn moment(micros: i64) -> SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let moment = if micros < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    };
    moment.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_to_the_microsecond() {
        for micros in [0, 1, -1, 1_790_000_000_123_456, -86_400_000_000] {
            assert_eq!(since_1970(moment(micros)), micros);
        }
        let odd = UNIX_EPOCH + Duration::from_nanos(1_999);
        assert_eq!(since_1970(odd), 1);
        assert_eq!(since_1970(UNIX_EPOCH - Duration::from_nanos(1)), -1);
    }
}
