//! The whole state, encoded once per version: a thousand joiners cost one
//! encoding.

use bytes::Bytes;
use yrs::{Doc, ReadTxn, StateVector, Transact};

#[derive(Debug, Default)]
pub(super) struct FullState(Option<(u64, Bytes)>);

impl FullState {
    /// The state of `doc` at `version`. Equal versions must mean equal content.
    pub(super) fn get(&mut self, version: u64, doc: &Doc) -> Bytes {
        if let Some((cached, state)) = &self.0
            && *cached == version
        {
            return state.clone();
        }
        let state: Bytes = doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default())
            .into();
        let state = super::revealed(state);
        self.0 = Some((version, state.clone()));
        state
    }

    /// Lets go of the encoding: worth it when nobody joins any more.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}
