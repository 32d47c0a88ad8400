use cowrite::wire::guard::*;
use cowrite_fuzz::{
    forge::{CLIENTS, World},
    tape::Tape,
};
use std::collections::BTreeMap;
fn main() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let dir = std::env::args().nth(1).unwrap();
    for f in std::fs::read_dir(dir).unwrap() {
        let b = std::fs::read(f.unwrap().path()).unwrap();
        let mut tape = Tape::new(&b);
        let mut w = World::default();
        let mut o = Outline::new();
        let limits = Limits::default();
        while !tape.is_empty() {
            let u = w.update(&mut tape);
            let k = match admit(&u, &limits, &o) {
                Err(m) => format!("refused {:?}", m.rule),
                Ok(a) => {
                    let p = match &a {
                        Admission::Whole => Some(u.clone()),
                        Admission::Part { update, .. } => Some(update.clone()),
                        _ => None,
                    };
                    if let Some(p) = p {
                        let s = inspect(&p, &limits).unwrap();
                        assert_eq!(o.admit(&s), Ok(Verdict::Sound));
                    }
                    for c in CLIENTS {
                        let k = o.clock(c);
                        if k > 0 {
                            w.clocks.insert(c, k);
                        }
                    }
                    match a {
                        Admission::Whole => "whole".into(),
                        Admission::Part { complete, .. } => format!("part {complete}"),
                        _ => "nothing".into(),
                    }
                }
            };
            *counts.entry(k).or_default() += 1;
        }
    }
    println!("{counts:#?}");
}
