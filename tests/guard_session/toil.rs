//! Updates that cost yrs far more than their size: each kind is quadratic in it
//! in another way.

use cowrite::wire::lib0::Writer;

/// An update: sections of (client, clock, blocks), then deleted ranges of
/// clients.
pub fn update(
    sections: &[(u64, u64, Vec<Vec<u8>>)],
    deletes: &[(u64, Vec<(u64, u64)>)],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    writer.var_uint(sections.len() as u64);
    for (client, clock, blocks) in sections {
        writer.var_uint(blocks.len() as u64);
        writer.var_uint(*client);
        writer.var_uint(*clock);
        blocks.iter().for_each(|block| writer.raw(block));
    }
    writer.var_uint(deletes.len() as u64);
    for (client, ranges) in deletes {
        writer.var_uint(*client);
        writer.var_uint(ranges.len() as u64);
        for (start, length) in ranges {
            writer.var_uint(*start);
            writer.var_uint(*length);
        }
    }
    bytes
}

fn block(info: u8, origin: Option<(u64, u64)>, content: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    match origin {
        Some((client, clock)) => {
            writer.u8(0x80 | info);
            writer.var_uint(client);
            writer.var_uint(clock);
        }
        None => {
            writer.u8(info);
            writer.u8(1);
            writer.str("text");
        }
    }
    content(&mut writer);
    bytes
}

/// One text of so many characters.
pub fn long_text(client: u64, length: usize) -> Vec<u8> {
    update(
        &[(
            client,
            0,
            vec![block(4, None, |content| content.str(&"x".repeat(length)))],
        )],
        &[],
    )
}

/// Deletes every `step`th character of a client.
pub fn holes(client: u64, count: u64, step: u64) -> Vec<u8> {
    let ranges = (0..count).map(|n| (n * step + 1, 1)).collect();
    update(&[], &[(client, ranges)])
}

/// So many clients write a letter at the same place.
pub fn crowd(clients: u64) -> Vec<u8> {
    let letter = || block(4, None, |content| content.str("x"));
    let sections: Vec<_> = (0..clients)
        .map(|client| (1_000 + client * 7, 0, vec![letter()]))
        .collect();
    update(&sections, &[])
}

/// One client writes so many letters at the same place, another as many there.
pub fn rivals(letters: u64) -> Vec<u8> {
    let letter = || block(4, None, |content| content.str("x"));
    let blocks = || (0..letters).map(|_| letter()).collect::<Vec<_>>();
    update(&[(9, 0, blocks()), (8, 0, blocks())], &[])
}

/// A client writes a letter after every `step`th character of another's text.
pub fn wedges(client: u64, into: u64, count: u64, step: u64) -> Vec<u8> {
    let blocks = (0..count)
        .map(|n| block(4, Some((into, n * step)), |content| content.str("y")))
        .collect();
    update(&[(client, 0, blocks)], &[])
}

/// So many blocks of one client in a row that join once they are deleted.
pub fn beads(client: u64, count: u64) -> Vec<u8> {
    let blocks = (0..count)
        .map(|n| {
            let origin = n.checked_sub(1).map(|before| (client, before));
            match n % 2 {
                0 => block(4, origin, |content| content.str("x")),
                _ => block(5, origin, |content| content.str("1")),
            }
        })
        .collect();
    update(&[(client, 0, blocks)], &[])
}

/// The same as letters, which join at once.
pub fn letters(client: u64, count: u64) -> Vec<u8> {
    let blocks = (0..count)
        .map(|n| {
            let origin = n.checked_sub(1).map(|before| (client, before));
            block(4, origin, |content| content.str("x"))
        })
        .collect();
    update(&[(client, 0, blocks)], &[])
}

/// Deletes a range of a client.
pub fn erasure(client: u64, start: u64, length: u64) -> Vec<u8> {
    update(&[], &[(client, vec![(start, length)])])
}
