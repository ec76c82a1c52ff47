//! The closing table: minutes per part.

use std::time::Duration;

/// How one part went.
pub struct Row {
    pub name: &'static str,
    pub took: Duration,
    pub problem: Option<String>,
}

/// The table, with the sum of all.
pub fn render(rows: &[Row], total: Duration) -> String {
    let mut text = format!("{:<12} {:>7}\n", "part", "min:s");
    for row in rows {
        let result = row.problem.as_deref().map_or("ok", first_line);
        text.push_str(&format!("{:<12} {:>7}  {result}\n", row.name, minutes(row.took)));
    }
    text + &format!("{:<12} {:>7}", "all", minutes(total))
}

fn first_line(problem: &str) -> &str {
    problem.lines().next().unwrap_or("failed")
}

fn minutes(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_minutes_and_the_first_line_of_a_problem() {
        let rows = [
            Row { name: "format", took: Duration::from_secs(3), problem: None },
            Row { name: "rust", took: Duration::from_secs(754), problem: Some("broke\nmore".to_owned()) },
        ];
        let text = render(&rows, Duration::from_secs(757));
        assert!(text.contains("format          0:03  ok"), "{text}");
        assert!(text.contains("rust           12:34  broke"), "{text}");
        assert!(text.ends_with("all            12:37"), "{text}");
    }
}
