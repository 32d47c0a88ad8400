//! What every document is given.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::live::LiveSettings;
use crate::live::allowance::Allowance;
use crate::live::document::KeptBytes;
use crate::live::feed::Feeds;
use crate::live::folder::Folder;
use crate::live::hand::Hand;
use crate::live::loader::Loader;
use crate::live::memory_budget::MemoryBudget;
use crate::live::quarantine::Quarantine;
use crate::live::scribe::Scribe;
use crate::store::Store;

/// What every document needs.
#[derive(Clone)]
pub struct Surroundings {
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// What it may not outgrow.
    pub settings: Arc<LiveSettings>,
    /// Who loads it.
    pub loader: Loader,
    /// Who proves its snapshots.
    pub folder: Folder,
    /// Who writes it in other formats.
    pub scribe: Scribe,
    /// What it does not take again.
    pub quarantine: Quarantine,
    /// Memory for large answers to single sessions.
    pub large_answers: MemoryBudget,
    /// Memory for what is read by others; sessions do not wait for those.
    pub exports: MemoryBudget,
    /// States that were served and are kept.
    pub kept: KeptBytes,
    /// Who may still bring new ones into being.
    pub allowance: Allowance,
    /// Whether the server stops: what comes now is not taken any more.
    pub stopping: Arc<AtomicBool>,
    /// Those who follow it.
    pub feeds: Feeds,
    /// Where it is noted that it is in hand.
    pub hand: Hand,
}
