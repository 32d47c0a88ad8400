//! State vectors: how much of every client somebody knows.
//!
//! yrs reserves memory for as many entries as a vector declares, so vectors
//! from outside are read here and handed to yrs as values.
//! Format: `n | n × (client varUint, clock varUint)`; an empty one is `00`.

use super::lib0::{Reader, Writer, var_uint_len};
use super::malformed::{Malformed, Rule};

/// Clocks are below this: yrs computes with them as signed 32-bit numbers.
pub const CLOCK_LIMIT: u32 = 1 << 31;

/// For each client the next clock that is not known. Clients are in rising
/// order and have a clock above zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateVector {
    clocks: Vec<(u64, u32)>,
}

impl StateVector {
    /// The vector of somebody who knows nothing.
    pub const fn new() -> Self {
        Self { clocks: Vec::new() }
    }

    /// Reads a vector of at most `max_clients` clients, which must be all of `bytes`.
    pub fn decode(bytes: &[u8], max_clients: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let count = reader.count(2)?;
        if count > max_clients {
            return Err(Malformed::new(Rule::TooManyClients, 0));
        }
        let mut clocks = Vec::with_capacity(count);
        for _ in 0..count {
            let client = reader.var_uint()?;
            let start = reader.position();
            let clock = reader.var_uint()?;
            if clock >= u64::from(CLOCK_LIMIT) {
                return Err(Malformed::new(Rule::ClockRange, start));
            }
            clocks.push((client, clock as u32));
        }
        reader.finish()?;
        clocks.sort_unstable_by_key(|&(client, _)| client);
        if clocks.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Malformed::new(Rule::DuplicateClient, 0));
        }
        clocks.retain(|&(_, clock)| clock > 0);
        Ok(Self { clocks })
    }

    /// The wire form, higher clients first as Yjs writes them.
    pub fn encode(&self) -> Vec<u8> {
        let entries = self.clocks.iter();
        let length: usize = entries
            .map(|&(client, clock)| var_uint_len(client) + var_uint_len(u64::from(clock)))
            .sum();
        let mut bytes = Vec::with_capacity(var_uint_len(self.clocks.len() as u64) + length);
        let mut writer = Writer::new(&mut bytes);
        writer.var_uint(self.clocks.len() as u64);
        for &(client, clock) in self.clocks.iter().rev() {
            writer.var_uint(client);
            writer.var_uint(u64::from(clock));
        }
        bytes
    }

    /// The next clock of `client` that is not known; 0 for a client never heard of.
    pub fn clock(&self, client: u64) -> u32 {
        match self
            .clocks
            .binary_search_by_key(&client, |&(client, _)| client)
        {
            Ok(index) => self.clocks[index].1,
            Err(_) => 0,
        }
    }

    /// Clients and clocks, clients rising.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, u32)> + '_ {
        self.clocks.iter().copied()
    }

    /// How many clients are known.
    pub fn len(&self) -> usize {
        self.clocks.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }

    /// Whether everything that `other` knows is known here.
    pub fn covers(&self, other: &Self) -> bool {
        other
            .iter()
            .all(|(client, clock)| self.clock(client) >= clock)
    }

    /// As yrs takes it.
    pub fn to_yrs(&self) -> yrs::StateVector {
        self.iter()
            .map(|(client, clock)| (yrs::ClientID::new(client), clock))
            .collect()
    }
}

impl From<&yrs::StateVector> for StateVector {
    fn from(vector: &yrs::StateVector) -> Self {
        vector
            .iter()
            .map(|(client, &clock)| (client.get(), clock))
            .collect()
    }
}

impl FromIterator<(u64, u32)> for StateVector {
    /// Of a client that comes twice the higher clock counts.
    fn from_iter<I: IntoIterator<Item = (u64, u32)>>(clocks: I) -> Self {
        let mut clocks: Vec<_> = clocks.into_iter().filter(|&(_, clock)| clock > 0).collect();
        clocks.sort_unstable_by_key(|&(client, clock)| (client, std::cmp::Reverse(clock)));
        clocks.dedup_by_key(|&mut (client, _)| client);
        Self { clocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(bytes: &[u8]) -> Option<Rule> {
        StateVector::decode(bytes, 8)
            .err()
            .map(|malformed| malformed.rule)
    }

    #[test]
    fn a_vector_survives_the_wire_and_yrs() {
        let vector: StateVector = [(9, 1), (3, 200), (5, 0), (3, 7)].into_iter().collect();
        assert_eq!(vector.iter().collect::<Vec<_>>(), [(3, 200), (9, 1)]);
        assert_eq!(
            StateVector::decode(&vector.encode(), 8).as_ref(),
            Ok(&vector)
        );
        assert_eq!(StateVector::from(&vector.to_yrs()), vector);
        assert_eq!((vector.clock(3), vector.clock(4)), (200, 0));
        assert_eq!(StateVector::new().encode(), [0]);
        assert!(vector.covers(&StateVector::new()) && !StateVector::new().covers(&vector));
    }

    #[test]
    fn a_vector_that_is_none_says_why() {
        assert_eq!(rule(&[]), Some(Rule::Truncated));
        assert_eq!(rule(&[2, 1, 1, 1]), Some(Rule::CountTooLarge));
        assert_eq!(
            rule(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
            Some(Rule::CountTooLarge)
        );
        assert_eq!(rule(&[2, 1, 1, 1, 2]), Some(Rule::DuplicateClient));
        assert_eq!(
            rule(&[1, 1, 0x80, 0x80, 0x80, 0x80, 0x08]),
            Some(Rule::ClockRange)
        );
        assert_eq!(
            rule(&[1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, 1]),
            Some(Rule::NumberRange)
        );
        assert_eq!(rule(&[0, 0]), Some(Rule::TrailingBytes));
        assert_eq!(
            rule(&[9, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1, 7, 1, 8, 1, 9, 1]),
            Some(Rule::TooManyClients)
        );
    }
}
