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
    /// One update, from somebody who did not say which client they are.
    Unknown,
    /// From several, or from some of whom it is not known.
    Several,
}

impl Senders {
    /// Of one update.
    pub fn of(client: Option<u64>) -> Self {
        client.map_or(Self::Unknown, Self::One)
    }

    /// With those of other updates.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, one) | (one, Self::Nobody) => one,
            (Self::One(one), Self::One(other)) if one == other => self,
            _ => Self::Several,
        }
    }

    /// What has to be noted beside `update`, v1, in which all of theirs are: it begins
    /// with the number of clients that inserted something, and ends with 0 only if
    /// nothing is deleted (Yjs, `encoding.js`; a deleted range has a length).
    pub fn beside(self, update: &[u8]) -> Sender {
        let inserts = update.first() != Some(&0);
        let deletes = update.last() != Some(&0);
        match self {
            _ if !deletes => Sender::Unsaid,
            Self::One(_) | Self::Unknown if inserts => Sender::Unsaid,
            Self::One(client) => Sender::Client(client),
            Self::Nobody | Self::Unknown | Self::Several => Sender::Several,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deletions_need_a_sender() {
        let (inserts, deletes, both) = (&[1, 1, 7, 0][..], &[0, 1, 7, 1, 0, 3], &[1, 9, 1]);
        let (ada, bob) = (Senders::of(Some(1)), Senders::of(Some(2)));
        assert_eq!(ada.and(ada).beside(deletes), Sender::Client(1));
        assert_eq!(ada.and(bob).beside(deletes), Sender::Several);
        assert_eq!(ada.and(bob).beside(inserts), Sender::Unsaid);
        assert_eq!(ada.and(bob).beside(both), Sender::Several);
        assert_eq!(ada.and(ada).beside(both), Sender::Unsaid);
        let unknown = Senders::of(None);
        assert_eq!(unknown.beside(both), Sender::Unsaid);
        assert_eq!(unknown.beside(deletes), Sender::Several);
        assert_eq!(unknown.and(unknown).beside(both), Sender::Several);
        assert_eq!(
            Senders::default().and(bob).beside(deletes),
            Sender::Client(2)
        );
    }
}
