//! Has a server write down what it does: a library in C that is preloaded into it.

use koine_testkit::{Recipe, binary, preload};
use std::path::{Path, PathBuf};

/// A server of all dialects.
pub fn recipe() -> Recipe {
    Recipe {
        binary: binary().to_owned(),
        dialects: koine_registry::all(),
        environment: Vec::new(),
        authority: None,
    }
}

/// Where the recorder is, and where it writes.
pub struct Recorder {
    library: PathBuf,
    trace: PathBuf,
}

impl Recorder {
    /// Compiles the recorder into `folder`.
    pub fn compile(folder: &Path) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/recorder.c");
        Self { library: preload::compile(&source, folder), trace: folder.join("trace") }
    }

    /// Has the server record what it does below `root`, a folder without symbolic links in its path.
    #[must_use]
    pub fn on(&self, recipe: Recipe, root: &Path) -> Recipe {
        let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
        recipe
            .with("LD_PRELOAD", &text(&self.library))
            .with("POWER_TRACE", &text(&self.trace))
            .with("POWER_ROOT", &text(root))
    }

    /// Everything that was recorded.
    pub fn trace(&self) -> Vec<u8> {
        std::fs::read(&self.trace).expect("a trace")
    }
}
