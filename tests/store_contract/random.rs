//! Random sequences of operations, compared with a model that fits on a page.
//!
//! Operations are made in bursts without waiting, so that order and group
//! commit have their say, and the SQLite store is closed, dropped and opened
//! again in between. A failure prints its seed; `COWRITE_SEED` replays it.

use std::collections::BTreeMap;

use bytes::Bytes;
use cowrite::id::Seq;
use cowrite::store::memory::MemoryStore;
use cowrite::store::{Append, ListQuery, Moment, Record, Sort, Store, StoreError, Stored, Ticket};

use crate::language::{at, named, open};

/// What a document is, with the numbers of operations in the place of positions
/// that are not known yet.
#[derive(Clone, Default)]
struct Model {
    snapshot: Option<Bytes>,
    through: Seq,
    tail: Vec<(usize, Bytes)>,
    deleted: bool,
    title: Option<String>,
    /// Every update that was ever appended.
    all: Vec<(usize, Bytes)>,
    /// Every snapshot, and of how many updates it took the place.
    snapshots: Vec<(usize, Bytes)>,
}

/// An operation that was made, and what has to come of it.
enum Made {
    Append(usize, Ticket<Seq>, Result<(), StoreError>),
    Record(Ticket<Record>, Result<Model, StoreError>),
    Nothing(Ticket<()>, Result<(), StoreError>),
    Load(Ticket<Option<Stored>>, Option<Model>),
    Describe(Ticket<Option<Record>>, Option<Model>),
}

struct World {
    random: fastrand::Rng,
    models: BTreeMap<String, Model>,
    /// The position that each append got, by its number.
    positions: Vec<Option<Seq>>,
    last: Seq,
}

impl World {
    fn new(seed: u64) -> Self {
        println!("COWRITE_SEED={seed}");
        let random = fastrand::Rng::with_seed(seed);
        Self {
            random,
            models: BTreeMap::new(),
            positions: Vec::new(),
            last: Seq(0),
        }
    }

    fn bytes(&mut self) -> Bytes {
        let most = *self.random.choice(&[0, 8, 100, 100, 9_000]).unwrap();
        (0..self.random.usize(0..=most))
            .map(|_| self.random.u8(..))
            .collect()
    }

    fn title(&mut self) -> Option<String> {
        self.random
            .bool()
            .then(|| format!("Title {}", self.random.u8(..)))
    }

    async fn make(&mut self, store: &dyn Store) -> Made {
        let name = format!("document {}", self.random.u8(..6));
        let id = named(&name);
        let known = self.models.get(&name).cloned();
        let deleted = known.as_ref().is_some_and(|model| model.deleted);
        match self.random.u8(..20) {
            0..=9 => {
                let number = self.positions.len();
                self.positions.push(None);
                let update = self.bytes();
                let title = (self.random.u8(..5) == 0).then(|| self.title());
                let append = Append {
                    document: id,
                    update: update.clone(),
                    at: at(self.random.u64(..100)),
                    sender: Default::default(),
                    title: title.clone(),
                };
                let expected = if deleted {
                    Err(StoreError::Deleted)
                } else {
                    Ok(())
                };
                if !deleted {
                    let model = self.models.entry(name).or_default();
                    model.tail.push((number, update.clone()));
                    model.all.push((number, update));
                    model.title = title.unwrap_or(model.title.take());
                }
                Made::Append(number, store.append(append), expected)
            }
            10 => {
                let title = self.title();
                let expected = match known {
                    Some(model) if model.deleted => Err(StoreError::Deleted),
                    Some(_) => Err(StoreError::Exists),
                    None => {
                        let model = Model {
                            title: title.clone(),
                            ..Model::default()
                        };
                        self.models.insert(name, model.clone());
                        Ok(model)
                    }
                };
                Made::Record(store.create(&id, title), expected)
            }
            11..=13 => self.fold(store, &name).await,
            14 => {
                let expected = match self.models.get_mut(&name) {
                    None => Err(StoreError::NotFound),
                    Some(model) if model.deleted => Err(StoreError::Deleted),
                    Some(model) => {
                        model.deleted = true;
                        Ok(())
                    }
                };
                Made::Nothing(store.delete(&id), expected)
            }
            15 => {
                let expected = match self.models.get_mut(&name) {
                    None => Err(StoreError::NotFound),
                    Some(model) => {
                        model.deleted = false;
                        Ok(model.clone())
                    }
                };
                Made::Record(store.restore(&id), expected)
            }
            16 => Made::Describe(store.describe(&id), known),
            _ => Made::Load(store.load(&id), known),
        }
    }

    /// Folds up to a position that is known already.
    async fn fold(&mut self, store: &dyn Store, name: &str) -> Made {
        let snapshot = self.bytes();
        let Some(model) = self.models.get_mut(name) else {
            let ticket = store.compact(&named(name), Seq(0), snapshot, None);
            return Made::Nothing(ticket, Err(StoreError::NotFound));
        };
        let known = model
            .tail
            .iter()
            .filter_map(|(number, _)| self.positions[*number]);
        let choices: Vec<Seq> = known.chain([model.through]).collect();
        let through = *self.random.choice(&choices).unwrap();
        model
            .tail
            .retain(|(number, _)| self.positions[*number].is_none_or(|seq| seq > through));
        model.through = through;
        model.snapshot = Some(snapshot.clone());
        let folded = model.all.len() - model.tail.len();
        model.snapshots.push((folded, snapshot.clone()));
        // In its turn, behind what was asked for before.
        let segment = store.segment(&named(name), through).await.unwrap();
        let compacted = store.compact(&named(name), through, snapshot, segment);
        Made::Nothing(compacted, Ok(()))
    }

    async fn compare(&mut self, burst: Vec<Made>) {
        for made in burst {
            match made {
                Made::Append(number, ticket, expected) => {
                    let answer = ticket.await;
                    assert_eq!(answer.clone().map(|_| ()), expected);
                    if let Ok(seq) = answer {
                        assert!(seq > self.last, "{seq} after {}", self.last);
                        self.last = seq;
                        self.positions[number] = Some(seq);
                    }
                }
                Made::Record(ticket, expected) => match (ticket.await, expected) {
                    (Ok(record), Ok(model)) => alike(&record, &model),
                    (answer, expected) => assert_eq!(answer.err(), expected.err()),
                },
                Made::Nothing(ticket, expected) => assert_eq!(ticket.await, expected),
                Made::Load(ticket, expected) => {
                    let found = ticket.await.unwrap();
                    self.same(found.as_ref(), expected.as_ref());
                }
                Made::Describe(ticket, expected) => match (ticket.await.unwrap(), expected) {
                    (Some(record), Some(model)) => alike(&record, &model),
                    (found, expected) => assert_eq!(found.is_some(), expected.is_some()),
                },
            }
        }
    }

    fn same(&self, found: Option<&Stored>, expected: Option<&Model>) {
        assert_eq!(found.is_some(), expected.is_some());
        let (Some(found), Some(model)) = (found, expected) else {
            return;
        };
        let tail: Vec<_> = model
            .tail
            .iter()
            .map(|(number, update)| (self.positions[*number].unwrap(), update.clone()))
            .collect();
        assert_eq!(found.tail, tail);
        assert_eq!(
            (&found.snapshot, found.through),
            (&model.snapshot, model.through)
        );
        assert_eq!(
            (&found.title, found.deleted.is_some()),
            (&model.title, model.deleted)
        );
    }

    /// The history of a document: every row it ever had, and for some moments a base
    /// and the rows behind it.
    async fn remembers(&mut self, store: &dyn Store, name: &str, model: &Model) {
        let seq = |number: usize| self.positions[number].unwrap();
        let all: Vec<(Seq, Bytes)> = model
            .all
            .iter()
            .map(|(number, update)| (seq(*number), update.clone()))
            .collect();
        let rows = store.rows(&named(name), Seq(0), self.last).await.unwrap();
        let found: Vec<_> = rows
            .iter()
            .map(|row| (row.seq, row.update.clone()))
            .collect();
        assert_eq!(found, all, "{name}");
        for _ in 0..3 {
            let Some(end) = (!all.is_empty()).then(|| self.random.usize(1..=all.len())) else {
                break;
            };
            let moment = Moment::Row(all[end - 1].0);
            let past = match store.recall(&named(name), moment).await {
                // A snapshot that came before any row may say what no row does.
                Err(StoreError::Forgotten(_)) if model.snapshots.iter().any(|(n, _)| *n == 0) => {
                    continue;
                }
                past => past.unwrap(),
            };
            assert_eq!(past.row, all[end - 1].0);
            let from = end - past.updates.len();
            let updates: Vec<_> = all[from..end].iter().map(|(_, it)| it.clone()).collect();
            assert_eq!(past.updates, updates);
            let at = model.snapshots.iter().rev().find(|(n, _)| *n == from);
            match past.base {
                Some(base) => assert_eq!(Some(&base), at.map(|(_, snapshot)| snapshot)),
                None => assert_eq!(from, 0),
            }
            // One that may be ahead of its row is not used for the row after it.
            assert!(from == 0 || past.updates.len() >= 2 || end == all.len());
        }
    }

    /// Everything there is has to be as the model says.
    async fn survey(&mut self, store: &dyn Store) {
        for (name, model) in self.models.clone() {
            self.remembers(store, &name, &model).await;
        }
        for (name, model) in &self.models {
            self.same(
                store.load(&named(name)).await.unwrap().as_ref(),
                Some(model),
            );
            alike(&store.describe(&named(name)).await.unwrap().unwrap(), model);
        }
        let query = ListQuery {
            limit: 1_000,
            sort: Sort::Name,
            ..ListQuery::default()
        };
        let listed = store.list(query).await.unwrap().records;
        let names: Vec<_> = listed
            .iter()
            .map(|record| record.document.to_string())
            .collect();
        let alive = self.models.iter().filter(|(_, model)| !model.deleted);
        assert_eq!(
            names,
            alive.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        );
    }
}

fn alike(record: &Record, model: &Model) {
    let tail: usize = model.tail.iter().map(|(_, update)| update.len()).sum();
    let bytes = tail + model.snapshot.as_ref().map_or(0, Bytes::len);
    assert_eq!(record.bytes, bytes as u64);
    assert_eq!(
        (&record.title, record.deleted.is_some()),
        (&model.title, model.deleted)
    );
}

fn seeds() -> Vec<u64> {
    match std::env::var("COWRITE_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..8).map(|_| fastrand::u64(..)).collect(),
    }
}

#[tokio::test]
async fn whatever_happens_the_memory_store_is_as_the_model_says() {
    for seed in seeds() {
        let mut world = World::new(seed);
        let mut store = MemoryStore::new();
        for _ in 0..40 {
            let mut burst = Vec::new();
            for _ in 0..world.random.usize(1..40) {
                burst.push(world.make(&store).await);
            }
            world.compare(burst).await;
            if world.random.u8(..4) == 0 {
                store = store.reopened();
            }
            world.survey(&store).await;
        }
    }
}

#[tokio::test]
async fn whatever_happens_the_sqlite_store_is_as_the_model_says() {
    for seed in seeds() {
        let place = tempfile::tempdir().unwrap();
        let mut world = World::new(seed);
        let mut store = open(place.path());
        for _ in 0..40 {
            let mut burst = Vec::new();
            for _ in 0..world.random.usize(1..40) {
                burst.push(world.make(&store).await);
            }
            world.compare(burst).await;
            match world.random.u8(..8) {
                0 => {
                    store.close().await.unwrap();
                    drop(store);
                    store = open(place.path());
                }
                1 => {
                    drop(store);
                    store = open(place.path());
                }
                _ => {}
            }
            world.survey(&store).await;
        }
    }
}
