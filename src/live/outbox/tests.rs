mod shortcut;

use std::rc::Rc;
use std::task::{Context, Poll};

use super::leaving::WRITE_BYTES;
use super::patience::LEAST_TAKEN;
use super::*;
use crate::wire::state_vector::StateVector;

fn outbox(window: usize) -> Outbox {
    Outbox::new(window, Duration::from_secs(30))
}

fn mark() -> Mark {
    StateVector::new().into()
}

/// A mark that can be told from others.
fn mark_at(clock: u32) -> Mark {
    let vector: StateVector = [(1, clock)].into_iter().collect();
    vector.into()
}

fn drain(outbox: &Outbox) -> Vec<Bytes> {
    let mut cx = Context::from_waker(Waker::noop());
    std::iter::from_fn(|| match outbox.poll_write(&mut cx) {
        Poll::Ready(bytes) => Some(bytes),
        Poll::Pending => None,
    })
    .collect()
}

/// Collects what the outbox asks for.
fn asked(outbox: &Outbox) -> Rc<RefCell<Vec<Behind>>> {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let questions = Rc::clone(&asked);
    outbox.ask_with(move |behind| questions.borrow_mut().push(behind));
    asked
}

#[test]
fn small_frames_leave_in_one_write_and_large_ones_in_pieces() {
    let outbox = outbox(1 << 20);
    outbox.relay(Bytes::from_static(b"one"), &mark());
    outbox.relay(Bytes::from_static(b"two"), &mark());
    assert_eq!(drain(&outbox), [Bytes::from_static(b"onetwo")]);
    outbox.reply(vec![7; WRITE_BYTES + 5].into());
    let sizes: Vec<_> = drain(&outbox).iter().map(Bytes::len).collect();
    assert_eq!(sizes, [WRITE_BYTES, 5]);
    assert_eq!(outbox.replies.get().bytes, 0);
    assert_eq!(outbox.replies.get().frames, 0);
}

#[test]
fn a_reader_that_is_a_window_behind_gets_one_diff_once_it_reads() {
    let outbox = outbox(10);
    let questions = asked(&outbox);
    for clock in 1..=100 {
        outbox.relay(Bytes::from_static(b"12345678"), &mark_at(clock));
    }
    assert!(!outbox.is_closing());
    assert!(questions.borrow().is_empty(), "not before it reads");
    assert!(drain(&outbox).is_empty(), "what waited was thrown away");
    let missed = questions.borrow_mut().remove(0).updates.unwrap();
    assert_eq!(missed.since, mark_at(1), "where it stood");
    assert_eq!(missed.bytes, 800);

    outbox.relay(
        Bytes::from_static(b"the diff will hold this"),
        &mark_at(101),
    );
    assert!(drain(&outbox).is_empty());
    outbox.catch_up(Bytes::from_static(b"diff"), None);
    outbox.relay(Bytes::from_static(b", and on"), &mark_at(102));
    assert_eq!(drain(&outbox).concat(), b"diff, and on");
    assert!(questions.borrow().is_empty(), "one question, one answer");
}

#[test]
fn a_frame_that_was_begun_is_finished_before_the_diff() {
    let outbox = outbox(10);
    let questions = asked(&outbox);
    let long = Bytes::from(vec![1; WRITE_BYTES + 1]);
    outbox.relay(long, &mark_at(1));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(outbox.poll_write(&mut cx).is_ready());
    for clock in 2..20 {
        outbox.relay(Bytes::from_static(b"12345678"), &mark_at(clock));
    }
    assert_eq!(drain(&outbox).concat(), [1], "the rest of it");
    let missed = questions.borrow_mut().remove(0).updates.unwrap();
    assert_eq!(missed.since, mark_at(2), "it got the one before");
}

#[test]
fn replies_are_not_thrown_away_with_what_is_relayed() {
    let outbox = outbox(10);
    let _questions = asked(&outbox);
    outbox.reply(Bytes::from_static(b"a barrier's answer"));
    for _ in 0..20 {
        outbox.relay(Bytes::from_static(b"12345678"), &mark());
    }
    assert_eq!(drain(&outbox).concat(), b"a barrier's answer");
}

#[test]
fn many_tiny_frames_do_not_fill_the_queue() {
    let outbox = outbox(1 << 20);
    let questions = asked(&outbox);
    for _ in 0..=UNREAD_FRAMES {
        outbox.relay(Bytes::from_static(b"."), &mark());
    }
    assert_eq!(outbox.queue.borrow().len(), 0);
    assert!(outbox.queue.borrow().capacity() < 64);
    drain(&outbox);
    assert_eq!(questions.borrow().len(), 1);
}

#[test]
fn presence_that_found_no_room_is_replaced_by_the_latest() {
    let outbox = outbox(1 << 20);
    let questions = asked(&outbox);
    let frame = Bytes::from(vec![0; PRESENCE_BYTES / 2]);
    for id in 0..6 {
        outbox.announce(frame.clone(), &Arc::from([id, 100]));
    }
    assert_eq!(drain(&outbox).concat().len(), 3 * frame.len());
    let Some(Stale::Of(ids)) = questions.borrow_mut().remove(0).presence else {
        panic!("some ids")
    };
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), [3, 4, 5, 100]);
    // One question at a time.
    Stale::add(&mut outbox.stale.borrow_mut(), &[9]);
    drain(&outbox);
    assert!(questions.borrow().is_empty());
    outbox.refresh(Bytes::from_static(b"latest"), None);
    assert_eq!(drain(&outbox).concat(), b"latest");
    assert_eq!(questions.borrow().len(), 1);
}

#[test]
fn whose_presence_was_missed_is_remembered_within_bounds() {
    let mut stale = None;
    for id in 0..10_000 {
        Stale::add(&mut stale, &[id]);
    }
    assert!(matches!(stale, Some(Stale::EVERYBODY)));
}

#[test]
fn a_joiner_of_a_large_document_is_not_slow() {
    let outbox = outbox(10);
    outbox.reply(vec![0; 1000].into());
    outbox.relay(Bytes::from_static(b"x"), &mark());
    assert_eq!(drain(&outbox).concat().len(), 1001);
}

#[test]
fn who_asks_for_the_whole_document_again_and_again_without_reading_is_ended() {
    let outbox = outbox(1 << 20);
    let state = Bytes::from(vec![0; 2 << 20]);
    outbox.reply(state.clone());
    outbox.reply(Bytes::from_static(b"a barrier's answer"));
    assert!(!outbox.is_closing(), "a joiner who types while it loads");
    outbox.reply(state);
    assert!(outbox.is_closing());
}

#[test]
fn nothing_leaves_after_the_close_frame() {
    let outbox = outbox(10);
    outbox.close(&Refusal::new(CloseCode::GoingAway, "bye"));
    let before = drain(&outbox);
    outbox.relay(Bytes::from_static(b"late"), &mark());
    assert_eq!(before.len(), 1);
    assert!(drain(&outbox).is_empty());
}

#[test]
fn who_takes_nothing_for_long_is_told_so_and_then_cut() {
    let outbox = outbox(1 << 20);
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    outbox.relay(Bytes::from_static(b"x"), &mark());
    outbox.watch(at(0));
    outbox.watch(at(29));
    assert!(!outbox.is_closing());
    outbox.watch(at(30));
    assert!(outbox.is_closing());
    outbox.watch(at(59));
    assert!(!outbox.is_abandoned());
    outbox.watch(at(60));
    assert!(outbox.is_abandoned());
}

#[test]
fn who_is_behind_and_does_not_read_is_ended_though_nothing_is_queued() {
    let outbox = outbox(10);
    let _questions = asked(&outbox);
    for _ in 0..20 {
        outbox.relay(Bytes::from_static(b"12345678"), &mark());
    }
    let start = Instant::now();
    outbox.watch(start);
    outbox.watch(start + Duration::from_secs(30));
    assert!(outbox.is_closing());
}

#[test]
fn who_takes_what_it_can_is_slow_and_stays() {
    let outbox = outbox(1 << 30);
    let start = Instant::now();
    let mut cx = Context::from_waker(Waker::noop());
    outbox.reply(vec![0; 10 << 20].into());
    for period in 0..20 {
        outbox.watch(start + Duration::from_secs(30 * period));
        for _ in 0..=LEAST_TAKEN / WRITE_BYTES {
            assert!(outbox.poll_write(&mut cx).is_ready());
        }
    }
    assert!(!outbox.is_closing());
}

#[test]
fn who_waits_for_its_document_is_not_slow() {
    let outbox = outbox(10);
    let _questions = asked(&outbox);
    for _ in 0..20 {
        outbox.relay(Bytes::from_static(b"12345678"), &mark());
    }
    drain(&outbox);
    let start = Instant::now();
    for second in 0..60 {
        outbox.watch(start + Duration::from_secs(second));
    }
    assert!(!outbox.is_closing());
    outbox.watch(start + Duration::from_secs(60));
    assert!(outbox.is_closing(), "converges, or is told");
}
