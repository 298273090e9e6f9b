//! What is printed instead of doing anything: help, the version, or what is wrong with the command line.
//!
//! It shows what was typed, which may come from elsewhere (a file name that a script has found, say), and must not steer the terminal.

use crate::logging::{is_unprintable, one_line};
use clap::Error;
use clap::error::ContextValue;
use std::io::{self, Write};

/// Prints the answer to where it belongs.
pub(crate) fn print(answer: Error) -> io::Result<()> {
    let typed = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let set = std::env::vars_os().map(|(_, value)| value.to_string_lossy().into_owned());
    if !typed.chain(set).any(|text| text.chars().any(is_unprintable)) {
        return answer.print();
    }
    let is_complaint = answer.use_stderr();
    let text = escaped(answer);
    if is_complaint {
        io::stderr().write_all(text.as_bytes())
    } else {
        io::stdout().write_all(text.as_bytes())
    }
}

/// The same without colours, and with what is in it of the command line on one line.
fn escaped(mut answer: Error) -> String {
    let context: Vec<_> = answer.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in context {
        let lines = |texts: Vec<String>| texts.iter().map(|text| one_line(text)).collect::<Vec<_>>();
        let value = match value {
            ContextValue::String(text) => ContextValue::String(one_line(&text)),
            ContextValue::Strings(texts) => ContextValue::Strings(lines(texts)),
            ContextValue::StyledStrs(texts) => {
                let texts = lines(texts.iter().map(ToString::to_string).collect());
                ContextValue::StyledStrs(texts.into_iter().map(Into::into).collect())
            }
            other => other,
        };
        answer.insert(kind, value);
    }
    let text = answer.render().to_string();
    text.lines().flat_map(|line| [one_line(line), "\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Arguments;
    use super::*;
    use clap::Parser;

    #[test]
    fn what_was_typed_steers_no_terminal() {
        let bad = "x\u{1b}[2J\r\u{9b}1m\u{7}\u{202e}\nkoine: all is well";
        let shown = "x\\u{1b}[2J\\r\\u{9b}1m\\u{7}\\u{202e}\\nkoine: all is well";
        for arguments in [
            vec!["koine", bad],
            vec!["koine", "prune", "--older-than", bad],
            vec!["koine", "maintenance", bad],
            vec!["koine", "fsck", &format!("--{bad}")],
            vec!["koine", "account", "list", "--json", "--", bad],
            vec!["koine", "backup", "one", bad],
        ] {
            let text = escaped(Arguments::try_parse_from(&arguments).unwrap_err());
            assert!(text.contains(shown), "{arguments:?}: {text}");
            assert!(!text.chars().any(|it| it != '\n' && is_unprintable(it)), "{arguments:?}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("koine: ")), "{arguments:?}: {text}");
            assert!(text.starts_with("error: ") && text.lines().count() > 1, "{arguments:?}: {text}");
        }
    }
}
