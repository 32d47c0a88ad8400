//! What of an update is let in: by the same way from sockets, REST and disk.

use bytes::Bytes;

use super::NOTHING;
use crate::wire::guard::{self, Outline, Survey, Verdict};
use crate::wire::malformed::Malformed;

/// What may be applied, and is known to the outline already: apply it next, or
/// discard outline and document together.
#[derive(Debug)]
pub(super) struct Admitted {
    /// The update, or the part of it that can be applied now.
    pub update: Bytes,
    /// What the guard said of the update as it came.
    pub verdict: Verdict,
}

/// Why nothing is let in.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAdmitted {
    /// It is not sound.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// What was cut out of it is not sound: a defect of ours.
    #[error("the guard does not accept its own cut")]
    OwnCut,
}

/// Judges an update that was inspected, cuts out of it what can be applied, and
/// lets the outline know.
pub(super) fn admit(
    outline: &mut Outline,
    update: &Bytes,
    survey: &Survey<'_>,
    limits: &guard::Limits,
) -> Result<Admitted, NotAdmitted> {
    let verdict = outline.admit(survey)?;
    if verdict == Verdict::Sound {
        let update = update.clone();
        return Ok(Admitted { update, verdict });
    }
    let update = match guard::complete_part(update, limits, outline)? {
        Some(part) => Bytes::from(part),
        None => Bytes::from_static(NOTHING),
    };
    if outline.admit(&guard::inspect(&update, limits)?)? != Verdict::Sound {
        return Err(NotAdmitted::OwnCut);
    }
    Ok(Admitted { update, verdict })
}
