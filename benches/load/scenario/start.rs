//! A server is stopped in order and started again: how long until somebody has a
//! document with a long history, and how long a store with 100 000 documents takes
//! to open.
//!
//! The history is written edit by edit, so the store is what it is after a real one;
//! peers, which store whole states, are given it in one update.
//! The first sync is timed from the line that says where the server listens to the
//! last byte of the state at the client. The many documents are put into the store by
//! the store itself, a letter each.

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use cowrite::id::DocumentId;
use cowrite::store::sqlite::{Options, SqliteStore};
use cowrite::store::{Append, Store};

use super::{Scenario, ingest};
use crate::load::contestant::Contestant;
use crate::load::meeting::{Meeting, Shape};
use crate::load::{Bench, History, House, Trouble, server, update};

/// Servers that save every so often have done it by then.
const SAVED: Duration = Duration::from_secs(12);

/// So many appends are under way at once.
const AT_ONCE: usize = 10_000;

pub fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let history = bench.history()?;
    bench.in_turn(
        Scenario::Start,
        Contestant::has_documents,
        |bench, contestant| first_sync(bench, contestant, &history),
    );
    let documents = bench.scaled(100_000, 500);
    bench.in_turn(
        Scenario::Start,
        |contestant| contestant == Contestant::Cowrite,
        |bench, contestant| {
            let data = server::folder(None)?;
            fill(data.path(), documents)?;
            let server = bench.serve(contestant, data.path(), &[])?;
            let what = format!("{documents} documents: listening after, ms");
            note(bench, contestant, &what, server.started());
            Ok(())
        },
    );
    Ok(())
}

fn note(bench: &mut Bench, contestant: Contestant, what: &str, time: Duration) {
    let scenario = Scenario::Start.name();
    let millis = time.as_secs_f64() * 1e3;
    bench
        .report
        .note(scenario, contestant.name(), what, 1, millis);
}

fn first_sync(
    bench: &mut Bench,
    contestant: Contestant,
    history: &Rc<History>,
) -> Result<(), Trouble> {
    let House { mut server, data } = bench.house(contestant, &[])?;
    if contestant == Contestant::Cowrite {
        ingest::write(&server, history, history.updates.len(), ingest::WINDOW)?;
    } else {
        let shape = Shape {
            rooms: 1,
            writers: 0,
            readers: 1,
        };
        let mut meeting = Meeting::gather(&server, shape)?;
        meeting.fill(0, &history.state)?;
        meeting.until_filled(&server, history.state.len() * 9 / 10)?;
        std::thread::sleep(bench.scaled(SAVED, SAVED / 100));
    }
    server.stop()?;
    let server = bench.serve(contestant, data.path(), &[])?;
    let shape = Shape {
        rooms: 0,
        writers: 0,
        readers: 0,
    };
    let mut meeting = Meeting::gather(&server, shape)?;
    let began = Instant::now();
    meeting.admit(&server)?;
    while meeting.guests[0] == 0 && began.elapsed() < Duration::from_secs(30) {
        meeting.listen(Duration::from_millis(50))?;
    }
    let synced = began.elapsed();
    if meeting.guests[0] < history.state.len() * 9 / 10 {
        let (told, whole) = (meeting.guests[0], history.state.len());
        return Err(format!("after the restart {told} of {whole} bytes were there").into());
    }
    note(
        bench,
        contestant,
        "the trace: listening after, ms",
        server.started(),
    );
    note(
        bench,
        contestant,
        "the trace: first full sync after that, ms",
        synced,
    );
    Ok(())
}

fn fill(folder: &std::path::Path, documents: usize) -> Result<(), Trouble> {
    let store = SqliteStore::open(folder, Options::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let letter = Bytes::from(update::append(1, 0, "x"));
    let numbers: Vec<_> = (0..documents).collect();
    for some in numbers.chunks(AT_ONCE) {
        let mut tickets = Vec::with_capacity(AT_ONCE);
        for number in some {
            tickets.push(store.append(Append {
                document: DocumentId::parse(&format!("document-{number}"))?,
                update: letter.clone(),
                at: SystemTime::now(),
                sender: Default::default(),
                title: None,
            }));
        }
        for ticket in tickets {
            runtime.block_on(ticket)?;
        }
    }
    runtime.block_on(store.close())?;
    Ok(())
}
