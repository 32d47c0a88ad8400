//! The heart of a session, which its hub listens to.
//!
//! A timer for each of ten thousand connections would wake as many tasks, each for a
//! few instructions. So a hub looks at all of its sessions in one go, and writes their
//! pings straight to the sockets; a session hears of it only when it is over.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use actix::{Message, Recipient};

use crate::live::intake::Intake;
use crate::live::outbox::Outbox;
use crate::live::pulse::{Beat, Pulse};
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::frame::{self, Opcode};

/// The session is over; it should say why and leave.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Over(pub Refusal);

/// What a hub needs to tell whether a session lives.
#[derive(Debug)]
pub struct Heart {
    pulse: RefCell<Pulse>,
    intake: Intake,
    /// How long a message that was begun may hardly go on.
    patience: Duration,
    session: Recipient<Over>,
}

impl Heart {
    /// The heart of a session that is heard by way of `intake`.
    pub fn new(pulse: Pulse, intake: Intake, patience: Duration, session: Recipient<Over>) -> Self {
        Self {
            pulse: RefCell::new(pulse),
            intake,
            patience,
            session,
        }
    }

    /// Looks at the session, if it is time to. To be called about once a second.
    pub fn beat(&self, outbox: &Outbox, now: Instant) {
        let mut pulse = self.pulse.borrow_mut();
        if outbox.is_closing() || !pulse.is_due(now) {
            return;
        }
        if self.intake.dawdles(now, self.patience) {
            let reason = "a message that was begun does not arrive";
            return self.ends(CloseCode::Policy, reason);
        }
        if self.intake.is_paused() {
            // It is not heard, so its silence says nothing; TCP tells whether there
            // is somebody to take this.
            outbox.ping(frame::encode(Opcode::Ping, b""));
        }
        let challenged = outbox.take_challenge();
        // Who reads what waits for it is there, and has no pong to give: our ping waits
        // behind that. It is no answer to a challenge.
        let reads = outbox.take_read() && !challenged && !pulse.is_challenged();
        let heard = self.intake.take_heard() || reads;
        match pulse.beat(heard, challenged, now) {
            Beat::Fine => {}
            Beat::Ping => outbox.ping(frame::encode(Opcode::Ping, b"")),
            Beat::Dead => self.ends(CloseCode::TryAgainLater, "nothing was heard from you"),
        }
    }

    fn ends(&self, code: CloseCode, reason: &'static str) {
        self.session.do_send(Over(Refusal::new(code, reason)));
    }
}
