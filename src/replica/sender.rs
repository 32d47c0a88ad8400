//! Whose a batch is, as far as its update does not say.
//!
//! What is inserted names the client that wrote it; what is deleted names only whose it
//! was. So it is remembered from which client updates came, for the append that holds
//! them.

use crate::id::Sender;

/// From whom the updates of a batch came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Senders {
    /// There are none.
    #[default]
    Nobody,
    /// All from this client.
    One(u64),
    /// From several, or from somebody of whom it is not known; or they only bring what
    /// others did, as an answer to a question for all that somebody has.
    Several,
}

impl Senders {
    /// Of one update.
    pub fn of(client: Option<u64>) -> Self {
        client.map_or(Self::Several, Self::One)
    }

    /// With those of other updates.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, one) | (one, Self::Nobody) => one,
            (Self::One(one), Self::One(other)) if one == other => self,
            _ => Self::Several,
        }
    }

    /// What has to be noted beside `update`, v1, in which all of theirs are: it ends with 0
    /// only if nothing is deleted (a deleted range has a length). What the one client that
    /// inserted something deleted, if it is the one that sent it, the update says itself.
    pub fn beside(self, update: &[u8]) -> Sender {
        let deletes = update.last() != Some(&0);
        match (self, inserting(update)) {
            _ if !deletes => Sender::Unsaid,
            (Self::One(client), Inserting::One(other)) if client == other => Sender::Unsaid,
            (Self::One(client), Inserting::Nobody) => Sender::Client(client),
            _ => Sender::Several,
        }
    }
}

/// Who inserted something.
enum Inserting {
    Nobody,
    One(u64),
    Others,
}

/// An update, v1, begins with the number of clients that inserted something; of the first
/// the number of blocks follows, and which client it is (Yjs, `encoding.js`).
fn inserting(update: &[u8]) -> Inserting {
    let mut rest = update;
    let mut number = || -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (group, behind) = rest.split_first()?;
            rest = behind;
            number |= u64::from(group & 0x7f) << shift;
            if group & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    };
    match number() {
        Some(0) => Inserting::Nobody,
        Some(1) => {
            let _blocks = number();
            number().map_or(Inserting::Others, Inserting::One)
        }
        _ => Inserting::Others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deletions_need_a_sender() {
        // Client 1, from clock 0; and one range of client 7.
        let inserts = &[1, 1, 1, 0, 4, 1, 1, 97, 1, 120, 0][..];
        let deletes = &[0, 1, 7, 1, 0, 3];
        let both = &[1, 1, 1, 0, 4, 1, 1, 97, 1, 120, 1, 7, 1, 0, 3];
        let two = &[
            2, 1, 1, 0, 4, 1, 1, 97, 1, 120, 1, 2, 0, 0, 1, 1, 7, 1, 0, 3,
        ];
        let (ada, bob) = (Senders::of(Some(1)), Senders::of(Some(2)));
        assert_eq!(ada.and(ada).beside(deletes), Sender::Client(1));
        assert_eq!(ada.and(bob).beside(deletes), Sender::Several);
        assert_eq!(ada.and(bob).beside(inserts), Sender::Unsaid);
        assert_eq!(ada.and(bob).beside(both), Sender::Several);
        assert_eq!(ada.and(ada).beside(both), Sender::Unsaid);
        // What Bob brings of Ada's need not be what she deleted.
        assert_eq!(bob.beside(both), Sender::Several);
        assert_eq!(ada.beside(two), Sender::Several);
        let unknown = Senders::of(None);
        assert_eq!(unknown.beside(both), Sender::Several);
        assert_eq!(unknown.beside(inserts), Sender::Unsaid);
        assert_eq!(
            Senders::default().and(bob).beside(deletes),
            Sender::Client(2)
        );
    }
}
