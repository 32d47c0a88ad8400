//! The targets of `fuzz/`, compiled as they are and played a little: with the tapes of
//! chance that a run of the fuzzer begins with, and always the same. So what changes a
//! type that they use changes them too, and what breaks a promise of theirs at once is
//! known before somebody fuzzes.

#![allow(clippy::unwrap_used)]

// What the targets know as the fuzzer and as their own library is this file.
extern crate self as cowrite_fuzz;
extern crate self as libfuzzer_sys;

#[path = "../fuzz/src/content.rs"]
mod content;
#[path = "../fuzz/src/forge.rs"]
mod forge;
#[path = "../fuzz/src/tape.rs"]
mod tape;

/// In the place of the fuzzer: a target is what is called.
mod fuzzer {
    macro_rules! fuzz_target {
        (|$bytes:ident: &[u8]| $body:expr) => {
            pub fn play_tape($bytes: &[u8]) {
                $body
            }
        };
    }
    pub(crate) use fuzz_target;
}
pub(crate) use fuzzer::fuzz_target;

/// Each target, and how many tapes it is played with.
macro_rules! targets {
    ($($name:ident($path:literal): $tapes:literal;)*) => {
        $(
            // A program of its own elsewhere.
            #[allow(unused_attributes)]
            #[path = $path]
            mod $name;
        )*

        mod played {
            $(
                #[test]
                fn $name() {
                    super::plays(super::$name::play_tape, $tapes);
                }
            )*
        }
    };
}

targets! {
    awareness("../fuzz/targets/awareness.rs"): 32;
    content_html("../fuzz/targets/content_html.rs"): 16;
    content_json("../fuzz/targets/content_json.rs"): 16;
    content_markdown("../fuzz/targets/content_markdown.rs"): 16;
    content_text("../fuzz/targets/content_text.rs"): 16;
    document_name("../fuzz/targets/document_name.rs"): 32;
    guard("../fuzz/targets/guard.rs"): 16;
    json("../fuzz/targets/json.rs"): 32;
    lib0("../fuzz/targets/lib0.rs"): 32;
    presence("../fuzz/targets/presence.rs"): 32;
    request("../fuzz/targets/request.rs"): 4;
    state_vector("../fuzz/targets/state_vector.rs"): 32;
    update("../fuzz/targets/update.rs"): 8;
    websocket_frame("../fuzz/targets/websocket_frame.rs"): 32;
    ysync_frame("../fuzz/targets/ysync_frame.rs"): 32;
}

/// What writes the first tapes of a run: compiled only.
#[allow(dead_code)]
#[path = "../fuzz/examples/seeds.rs"]
mod seeds;

/// The stack of a thread that carries documents.
const STACK: usize = 16 << 20;

/// Plays a target with as many tapes, those of `seeds`.
fn plays(target: fn(&[u8]), tapes: u64) {
    let playing = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            for seed in 0..tapes {
                let mut chances = fastrand::Rng::with_seed(seed);
                let length = 1 << chances.usize(4..12);
                let tape: Vec<u8> = (0..length).map(|_| chances.u8(..)).collect();
                println!("the tape of seed {seed}");
                target(&tape);
            }
        });
    playing.unwrap().join().unwrap();
}
