//! The matrix as people read it: rows, columns, and a word in each cell.

/// What became of one question: a sign, or what went wrong.
pub type Cell = Result<&'static str, String>;

/// One question asked of every pair.
pub struct Table {
    title: String,
    corner: &'static str,
    columns: Vec<String>,
    rows: Vec<(String, Vec<Cell>)>,
}

impl Table {
    /// A table without rows yet. `corner` says what rows and columns are.
    pub fn new(title: &str, corner: &'static str, columns: Vec<String>) -> Self {
        Self { title: title.to_owned(), corner, columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, name: &str, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push((name.to_owned(), cells));
    }

    /// The table in Markdown, with what went wrong below it.
    pub fn markdown(&self) -> String {
        let (title, corner, head) = (&self.title, self.corner, self.columns.join(" | "));
        let mut page = format!("**{title}**\n\n| {corner} | {head} |\n|---|");
        page.push_str(&"---|".repeat(self.columns.len()));
        page.push('\n');
        for (name, cells) in &self.rows {
            let signs: Vec<_> = cells.iter().map(|cell| *cell.as_ref().unwrap_or(&"✗")).collect();
            page.push_str(&format!("| {name} | {} |\n", signs.join(" | ")));
        }
        for wrong in self.wrong() {
            page.push_str(&format!("\n- {wrong}\n"));
        }
        page
    }

    /// Every cell in which something went wrong.
    pub fn wrong(&self) -> Vec<String> {
        let cells = self.rows.iter().flat_map(|(row, cells)| {
            self.columns.iter().zip(cells).map(move |(column, cell)| (row, column, cell))
        });
        let wrong = cells.filter_map(|(row, column, cell)| {
            let why = cell.as_ref().err()?;
            Some(format!("{}: {row}, {column}: {why}", self.title))
        });
        wrong.collect()
    }
}

/// What became of a question that was asked twice.
pub fn both(first: Cell, second: Cell) -> Cell {
    match (first?, second?) {
        (first, second) if first == second => Ok(first),
        (first, second) => Err(format!("{first} the first time, {second} the second time")),
    }
}
