use super::*;

fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    frame.push(first);
    match payload.len() {
        len @ 0..=125 => frame.push(MASKED | len as u8),
        len @ 126..=0xffff => {
            frame.push(MASKED | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(MASKED | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

fn code(result: Result<Passed, Unsound>) -> Option<u16> {
    result.err().map(|unsound| unsound.refusal.code().number())
}

#[test]
fn frames_are_counted_however_the_stream_is_cut() {
    let frames = [
        client_frame(0x82, b"hello"),
        client_frame(0x89, b""),
        client_frame(0x82, &[7; 70_000]),
    ];
    let stream = frames.concat();
    for cut in [1, 2, 3, 7, 64, 4096, stream.len()] {
        let mut watch = FrameWatch::new(1 << 20);
        let mut sizes = Vec::new();
        for chunk in stream.chunks(cut) {
            watch.pass(chunk, |frame| sizes.push(frame.bytes)).unwrap();
        }
        assert_eq!(
            sizes,
            frames.iter().map(Vec::len).collect::<Vec<_>>(),
            "cut every {cut}"
        );
    }
}

#[test]
fn a_frame_that_announces_too_much_is_refused_at_its_header() {
    let mut watch = FrameWatch::new(1000);
    let header = [0x82, MASKED | 127, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4];
    assert_eq!(code(watch.pass(&header, |_| {})), Some(1009));
}

#[test]
fn what_breaks_the_protocol_is_refused_with_1002() {
    let pass = |bytes: &[u8]| code(FrameWatch::new(1000).pass(bytes, |_| {}));
    assert_eq!(pass(&[0xc2, MASKED]), Some(1002), "a reserved bit");
    assert_eq!(pass(&[0x83, MASKED]), Some(1002), "an unknown opcode");
    assert_eq!(pass(&[0x82, 5]), Some(1002), "no mask");
    assert_eq!(pass(&[0x09, MASKED]), Some(1002), "a fragmented ping");
    assert_eq!(pass(&[0x89, MASKED | 126]), Some(1002), "a long ping");
}

#[test]
fn text_is_refused_with_1003() {
    let begun = FrameWatch::new(1000).pass(&[0x01, MASKED], |_| {});
    assert_eq!(code(begun), Some(1003));
}

#[test]
fn a_goodbye_is_read_however_it_is_cut() {
    let pass = |payload: &[u8]| {
        let mut frame = vec![0x88, MASKED | payload.len() as u8, 1, 2, 3, 4];
        let mask = [1, 2, 3, 4].into_iter().cycle();
        frame.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        let codes = [1, 3, 64].map(|cut| {
            let mut watch = FrameWatch::new(1000);
            let passed = frame
                .chunks(cut)
                .try_fold(Passed::All, |_, chunk| watch.pass(chunk, |_| {}));
            code(passed)
        });
        assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
        codes[0]
    };
    let with = |code: u16, reason: &[u8]| [&code.to_be_bytes()[..], reason].concat();
    assert_eq!(pass(b""), None);
    assert_eq!(pass(&with(1000, "schön".as_bytes())), None);
    assert_eq!(pass(&with(4999, &[b'x'; 123])), None);
    assert_eq!(pass(&[3]), Some(1002));
    for number in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        assert_eq!(pass(&with(number, b"")), Some(1002), "{number}");
    }
    assert_eq!(pass(&with(1000, b"\xff")), Some(1007));
}

#[test]
fn what_comes_before_a_bad_frame_is_good() {
    let good = client_frame(0x82, b"hello");
    let stream = [&good[..], &[0x83, MASKED]].concat();
    let mut ended = 0;
    let unsound = FrameWatch::new(1000)
        .pass(&stream, |_| ended += 1)
        .unwrap_err();
    assert_eq!((unsound.sound, ended), (good.len(), 1));
}

#[test]
fn lengths_are_written_in_the_shortest_form() {
    assert_eq!(encode(Opcode::Pong, b"x")[..], [0x8a, 1, b'x']);
    assert_eq!(encode(Opcode::Binary, &[0; 126])[..4], [0x82, 126, 0, 126]);
    assert_eq!(encode(Opcode::Binary, &[0; 65536])[..4], [0x82, 127, 0, 0]);
}

/// Passes a stream in pieces of `cut` bytes, and tells where large messages were
/// announced: how many bytes came before them, and how large they can become.
fn announced(watch: &mut FrameWatch, stream: &[u8], cut: usize) -> Vec<(usize, usize)> {
    let (mut large, mut begun) = (Vec::new(), 0);
    for chunk in stream.chunks(cut) {
        let mut rest = chunk;
        while let Passed::Large {
            before,
            looked,
            bytes,
        } = watch.pass(rest, |_| {}).unwrap()
        {
            assert!(before < looked && looked <= before + MAX_HEADER);
            large.push((begun + chunk.len() - rest.len() + before, bytes));
            rest = &rest[looked..];
        }
        begun += chunk.len();
    }
    large
}

#[test]
fn a_large_message_is_announced_before_its_frame() {
    let small = client_frame(0x82, &[1; 100]);
    let stream = [&small[..], &client_frame(0x82, &[1; 101]), &small].concat();
    let watch = || FrameWatch::new(1000).stops_at(100);
    for cut in [9, 64, stream.len()] {
        let large = announced(&mut watch(), &stream, cut);
        assert_eq!(large.len(), 1);
        assert_eq!(large[0].1, 101);
        // A header in two pieces is not brought together again.
        assert!((small.len()..small.len() + MAX_HEADER).contains(&large[0].0));
    }
    let whole = announced(&mut watch(), &stream, stream.len());
    assert_eq!(whole, [(small.len(), 101)]);
}

#[test]
fn fragments_are_announced_once_when_they_become_large() {
    let fragments = [
        client_frame(0x02, &[1; 60]),
        client_frame(0x89, b"ping"),
        client_frame(0x00, &[1; 60]),
        client_frame(0x00, &[1; 60]),
        client_frame(0x80, &[1; 60]),
        client_frame(0x82, &[1; 60]),
    ];
    let mut watch = FrameWatch::new(1000).stops_at(100);
    let third = fragments[0].len() + fragments[1].len();
    let stream = fragments.concat();
    assert_eq!(
        announced(&mut watch, &stream, stream.len()),
        [(third, 1000)],
        "nobody knows how many are to come"
    );
    assert!(!watch.is_within_message());
    let mut ends = Vec::new();
    let mut watch = FrameWatch::new(1000);
    watch
        .pass(&stream, |frame| ends.push(frame.message))
        .unwrap();
    assert_eq!(ends, [false, false, false, false, true, true]);
    watch.pass(&fragments[0], |_| {}).unwrap();
    assert!(watch.is_within_message(), "between two fragments");
    watch.pass(&fragments[4][..1], |_| {}).unwrap();
    assert!(watch.is_within_message(), "within a header");
}
