//! The matrix as people read it: who speaks in rows, who hears in columns.

/// What the matrix stands between in the page.
pub const MARKS: (&str, &str) = ("<!-- the matrix begins -->\n", "<!-- the matrix ends -->\n");

/// One question asked of every pair.
pub struct Table {
    title: String,
    names: Vec<&'static str>,
    cells: Vec<Vec<Result<(), String>>>,
}

impl Table {
    /// A table without rows yet.
    pub fn new(title: &str, names: Vec<&'static str>) -> Self {
        Self { title: title.to_owned(), names, cells: Vec::new() }
    }

    /// Adds what became of everything that the next name has said.
    pub fn row(&mut self, cells: Vec<Result<(), String>>) {
        assert_eq!(cells.len(), self.names.len(), "a cell for each name");
        self.cells.push(cells);
    }

    /// The table in Markdown, with what went wrong below it.
    pub fn markdown(&self) -> String {
        let head = self.names.join(" | ");
        let mut page = format!("**{}**\n\n| from \\ to | {head} |\n|---|", self.title);
        page.push_str(&"---|".repeat(self.names.len()));
        page.push('\n');
        for (name, cells) in self.names.iter().zip(&self.cells) {
            let signs: Vec<_> = cells.iter().map(|cell| if cell.is_ok() { "✓" } else { "✗" }).collect();
            page.push_str(&format!("| {name} | {} |\n", signs.join(" | ")));
        }
        page.push('\n');
        for (from, to, wrong) in self.wrong() {
            page.push_str(&format!("- {from} to {to}: {wrong}\n"));
        }
        page
    }

    /// Every cell in which something went wrong.
    pub fn wrong(&self) -> Vec<(&'static str, &'static str, &str)> {
        let rows = self.names.iter().zip(&self.cells);
        let cells = rows.flat_map(|(from, cells)| self.names.iter().zip(cells).map(move |cell| (from, cell)));
        cells.filter_map(|(from, (to, cell))| Some((*from, *to, cell.as_ref().err()?.as_str()))).collect()
    }
}
