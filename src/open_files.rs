//! How many files and sockets the system lets this process have open.

use crate::http::ConnectionLimits;

/// Files that are no connections: the store, the listener, the timers.
const RESERVE: usize = 256;

/// Raises the limit as far as the system lets it be raised, and lowers `limits`
/// to what fits: refusing a connection in words is better than failing to accept
/// it. A connection takes two files until it is a WebSocket. That is worth a warning
/// to who `asked` for more by number; the default is more than most machines give.
pub fn make_room(limits: ConnectionLimits, asked: Option<usize>) -> ConnectionLimits {
    let files = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => usize::try_from(files).unwrap_or(usize::MAX),
        Err(error) => {
            log::warn!("the limit of open files is not known: {error}");
            return limits;
        }
    };
    let fitting = fitting(limits, files);
    let total = fitting.total;
    match asked {
        Some(asked) if total < asked => log::warn!(
            "the system allows {files} open files, which makes {total} connections instead of the \
             {asked} that were asked for; raise its limit (ulimit -n, or LimitNOFILE= of systemd)"
        ),
        None if total < limits.total => {
            log::info!("at most {total} connections: the system allows {files} open files");
        }
        _ => {}
    }
    fitting
}

fn fitting(limits: ConnectionLimits, files: usize) -> ConnectionLimits {
    let connections = files.saturating_sub(RESERVE) / 2;
    let refused = limits.refused.min(connections / 8);
    ConnectionLimits {
        total: limits.total.min(connections - refused).max(1),
        refused,
        ..limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_may_come_has_files() {
        let limits = ConnectionLimits::default();
        for files in [0, 256, 1024, 20_000, 1 << 20, usize::MAX] {
            let ConnectionLimits { total, refused, .. } = fitting(limits, files);
            assert!(total >= 1);
            assert!(total == 1 || RESERVE + 2 * (total + refused) <= files);
        }
        assert_eq!(fitting(limits, 1024).total, 336);
        assert_eq!(fitting(limits, 1 << 20), limits);
    }
}
