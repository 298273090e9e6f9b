//! A server whose instructions are counted, by Valgrind: unlike times, they are nearly the same each time and on every machine.

use koine_testkit::Recipe;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Where Valgrind's tool writes what it has counted.
pub struct Instructions {
    /// What the files begin with that it writes, one for each time that it is asked.
    dumps: String,
    /// What the pipes begin with through which it is asked.
    pipes: String,
    taken: u32,
}

impl Instructions {
    /// Has a server be run by Valgrind, with what it needs for that in `folder`.
    #[must_use]
    pub fn on(recipe: Recipe, folder: &Path) -> (Recipe, Self) {
        let inside = |name: &str| folder.join(name).to_str().expect("a path of text").to_owned();
        let (dumps, pipes) = (inside("callgrind.out"), inside("pipe"));
        let wrapper = folder.join("koine-counted");
        let text = format!(
            "#!/bin/sh\nexec valgrind --quiet --tool=callgrind --callgrind-out-file={dumps} --vgdb-prefix={pipes} {} \"$@\"\n",
            recipe.binary.display(),
        );
        std::fs::write(&wrapper, text).expect("a script");
        std::fs::set_permissions(&wrapper, PermissionsExt::from_mode(0o755)).expect("one that can be run");
        (Recipe { binary: wrapper, ..recipe }, Self { dumps, pipes, taken: 0 })
    }

    /// Begins to count from nothing. `id` is the server's number as a process.
    pub fn begin(&self, id: u32) {
        self.ask(id, "zero");
    }

    /// How many there were since.
    pub fn taken(&mut self, id: u32) -> u64 {
        self.taken += 1;
        self.ask(id, "dump");
        let dump =
            std::fs::read_to_string(format!("{}.{}", self.dumps, self.taken)).expect("what was counted");
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: "));
        total.expect("a sum").trim().parse().expect("a number")
    }

    /// Asks the Valgrind that runs the process `id` for something.
    fn ask(&self, id: u32, what: &str) {
        let mut command = Command::new("vgdb");
        let output = command
            .arg(format!("--pid={id}"))
            .arg(format!("--vgdb-prefix={}", self.pipes))
            .arg(what)
            .output();
        let output = output.expect("vgdb, which comes with Valgrind (apt-get install valgrind)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
