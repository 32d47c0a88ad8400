//! Which requests are executed together, in one transaction.

use std::collections::{HashSet, VecDeque};

use super::super::Counterfoil;
use super::request::{Read, Request, Write};

/// What one transaction takes on at most.
const GROUP_REQUESTS: usize = 1_024;
const GROUP_BYTES: usize = 16 << 20;

/// The next requests to execute together, up to the limits of a transaction.
pub(super) fn take_group(
    waiting: &mut VecDeque<Request>,
    closing: &mut Option<Counterfoil<()>>,
) -> Vec<Request> {
    let mut group = Vec::with_capacity(waiting.len().min(GROUP_REQUESTS));
    let mut loads = HashSet::new();
    let mut bytes = 0;
    while let Some(mut request) = waiting.pop_front() {
        match &mut request {
            // A load in the same group has not begun to read before the commit,
            // and the compaction has to wait until it has.
            Request::Write(Write::Compact(call)) if loads.contains(&call.arguments.document) => {
                waiting.push_front(request);
                break;
            }
            Request::Write(write) => {
                write.is_final();
                bytes += write.bytes();
            }
            Request::Read(Read::Load(call)) => {
                loads.insert(call.arguments.clone());
            }
            Request::Read(Read::Look(glance)) => {
                loads.insert(glance.document.clone());
            }
            Request::Read(_) | Request::Limit(_) => {}
            Request::Close(_) => {
                if let Request::Close(counterfoil) = request {
                    *closing = Some(counterfoil);
                }
                continue;
            }
        }
        group.push(request);
        if group.len() >= GROUP_REQUESTS || bytes >= GROUP_BYTES {
            break;
        }
    }
    group
}

/// Whether somebody in the group wants to see a list.
pub(super) fn lists(group: &[Request]) -> bool {
    group
        .iter()
        .any(|request| matches!(request, Request::Read(Read::List(_))))
}
