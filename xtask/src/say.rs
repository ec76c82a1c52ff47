//! How xtask speaks: each step says what it does and why, before it does it.

use std::io::IsTerminal;

/// "▸ what: why", before the step begins.
pub fn step(what: &str, why: &str) {
    println!("{} {what} {}", paint("36", "▸"), paint("2", &format!("({why})")));
}

/// A line under the current step.
pub fn note(text: &str) {
    println!("  {text}");
}

/// What the person in front of the screen must know although the work goes on.
pub fn warn(text: &str) {
    println!("{} {text}", paint("33", "!"));
}

/// A frame around what must not be overlooked.
pub fn frame(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let edge = "─".repeat(width + 2);
    let mut text = format!("┌{edge}┐\n");
    for line in lines {
        let pad = " ".repeat(width - line.chars().count());
        text.push_str(&format!("│ {line}{pad} │\n"));
    }
    text + &format!("└{edge}┘")
}

/// Colours only where a person looks at them.
fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_counts_letters_not_bytes() {
        let framed = frame(&["Вход".to_owned(), "ok".to_owned()]);
        assert_eq!(framed, "┌──────┐\n│ Вход │\n│ ok   │\n└──────┘");
    }
}
