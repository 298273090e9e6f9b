//! A server whose disk can be made to fail, and what its HTTP port says of it.

use koine_e2e::faults::{Fault, Faults};
use koine_e2e::fetch::fetch;
use koine_e2e::matrix::{Flavour, Town, flavours};
use koine_e2e::numbers::{Numbers, counted};
use koine_testkit::{Ending, Recipe, Server};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// How long the server may take to notice that its disk is as it should be.
const RECOVERY: Duration = Duration::from_secs(10);

/// The server, and the switch of its disk.
pub(crate) struct House {
    pub(crate) town: Town,
    pub(crate) faults: Faults,
    /// What was compiled lies there for as long as the server may be started again.
    _tools: TempDir,
}

impl House {
    pub(crate) async fn found() -> Self {
        Self::found_by(Faults::on).await
    }

    /// The same, where everybody may say and ask as much as they like.
    pub(crate) async fn found_without_rates() -> Self {
        Self::found_by(|faults, recipe, data| {
            let unlimited = ["REQUESTS", "ACCOUNT_REQUESTS", "POSTS"];
            let free = |recipe: Recipe, what| recipe.with(&format!("KOINE_LIMITS__{what}_PER_SECOND"), "0");
            faults.on(unlimited.into_iter().fold(recipe, free), data)
        })
        .await
    }

    /// The same, where the system may forget what a failed sync should have written.
    pub(crate) async fn found_on_a_forgetful_system() -> Self {
        Self::found_by(Faults::on_a_forgetful_system).await
    }

    async fn found_by(on: impl Fn(&Faults, Recipe, &Path) -> Recipe) -> Self {
        let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
        let tools = tempfile::tempdir_in(&temporary).expect("a temporary folder");
        let folder = tempfile::tempdir_in(&temporary).expect("a temporary folder");
        let faults = Faults::compile(tools.path());
        // As many connections, and registrations at once, as it takes to have more waiting than may wait.
        let recipe = counted(koine_e2e::recipe())
            .with("KOINE_LIMITS__CONNECTIONS_PER_ADDRESS", "20000")
            .with("KOINE_PASSWORDS__WAITING_PER_ADDRESS", "0");
        let recipe = on(&faults, recipe, &folder.path().join("data"));
        Self { town: Town::found_in(recipe, folder).await, faults, _tools: tools }
    }

    /// Kills the server, has the system forget what it may, and starts the server on what the disk has.
    pub(crate) async fn forget(&mut self) {
        self.town.server_mut().end(Ending::Killed).await;
        self.faults.switch(Fault::None);
        let lost = self.faults.forget();
        eprintln!("{lost} blocks were forgotten");
        self.town.server_mut().start_again().await;
    }

    /// Its numbers.
    pub(crate) fn numbers(&self) -> Numbers {
        Numbers::of(self.town.server())
    }

    /// The disk works again, and the server finds that out by itself.
    pub(crate) async fn repair(&self) {
        self.faults.switch(Fault::None);
        let end = Instant::now() + RECOVERY;
        while self.answer_about_readiness().await.0 != 200 {
            assert!(Instant::now() < end, "the server does not find out that its disk works again");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// What `/readyz` answers of now: the status, and why. An answer that was there before is everybody's for a second.
    pub(crate) async fn readiness(&self) -> (u16, String) {
        sleep(Duration::from_secs(1)).await;
        self.answer_about_readiness().await
    }

    async fn answer_about_readiness(&self) -> (u16, String) {
        let fetched = fetch(self.town.server().address("http"), "/readyz").await;
        (fetched.status, String::from_utf8_lossy(&fetched.body).into_owned())
    }

    /// Whether `/healthz` says that the process lives.
    pub(crate) async fn is_alive(&self) -> bool {
        fetch(self.town.server().address("http"), "/healthz").await.status == 200
    }
}

/// The flavour that tells everything about a conversation.
pub(crate) fn native() -> Flavour {
    flavours().into_iter().find(|flavour| flavour.name == "native").expect("native")
}
