//! Finding `// acceptance: XX-N, XX-M` right above tests.

use super::{Mark, sheet::is_point};

/// How many points one test may claim: more would mean that it proves none of them well.
const MOST: usize = 3;

/// The marks of one file, and what is wrong with them. `place` is the file's name in what is said.
pub fn read(place: &str, text: &str) -> (Vec<Mark>, Vec<String>) {
    let (mut marks, mut wrong) = (Vec::new(), Vec::new());
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let rust = place.ends_with(".rs");
    for (index, line) in lines.iter().enumerate() {
        let Some(named) = line.strip_prefix("// acceptance:") else { continue };
        let place = format!("{place}:{}", index + 1);
        match points(named).and_then(|points| stands_above_a_test(&lines[index + 1..], rust).map(|()| points)) {
            Ok(points) => marks.extend(points.into_iter().map(|point| Mark { point, place: place.clone() })),
            Err(problem) => wrong.push(format!("{place}: {problem}")),
        }
    }
    (marks, wrong)
}

fn points(named: &str) -> Result<Vec<String>, String> {
    let points: Vec<_> = named.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if let Some(stranger) = points.iter().find(|word| !is_point(word)) {
        return Err(format!("`{stranger}` is no point: a mark is `// acceptance: XX-N, XX-N`"));
    }
    if points.is_empty() || points.len() > MOST {
        return Err(format!("a mark names one to {MOST} points, this one {}", points.len()));
    }
    Ok(points)
}

/// Other comments and attributes may stand between the mark and the test; nothing else may.
fn stands_above_a_test(below: &[&str], rust: bool) -> Result<(), String> {
    let head: Vec<_> = below.iter().take_while(|line| !begins_code(line, rust)).copied().collect();
    if rust {
        let attributes = head.join(" ");
        if attributes.contains("#[ignore") {
            return Err("the test below is ignored, so it holds nothing".to_owned());
        }
        let code = below.get(head.len()).is_some_and(|line| is_function(line));
        let tested = ["test]", "test("].iter().any(|end| attributes.contains(end)) && attributes.contains("#[");
        return if code && tested { Ok(()) } else { Err("no test stands right below this mark".to_owned()) };
    }
    let code = below.get(head.len()).copied().unwrap_or_default();
    if [".skip(", ".todo(", ".fixme("].iter().any(|way| code.contains(way)) {
        return Err("the test below is skipped, so it holds nothing".to_owned());
    }
    let is_test = ["test", "it", "scenario"]
        .iter()
        .any(|name| code.strip_prefix(name).is_some_and(|rest| rest.starts_with('(') || rest.starts_with('.')));
    if is_test { Ok(()) } else { Err("no test stands right below this mark".to_owned()) }
}

/// The first line that is neither comment nor attribute (which may run over several lines).
fn begins_code(line: &str, rust: bool) -> bool {
    if rust { is_function(line) || line.is_empty() || line.starts_with('}') } else { !line.starts_with("//") }
}

fn is_function(line: &str) -> bool {
    ["fn ", "async fn ", "pub fn ", "pub async fn "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(place: &str, text: &str) -> Vec<String> {
        let (marks, wrong) = read(place, text);
        assert_eq!(wrong, Vec::<String>::new());
        marks.into_iter().map(|mark| mark.point).collect()
    }

    #[test]
    fn a_mark_above_a_rust_test_counts() {
        let text = "// acceptance: DI-5, XC-2\n#[tokio::test]\nasync fn a_repeat_changes_nothing() {\n";
        assert_eq!(found("a.rs", text), ["DI-5", "XC-2"]);
        let text =
            "/// Says more.\n// acceptance: DI-5\n#[tokio::test(\n    flavor = \"multi_thread\"\n)]\nasync fn a() {";
        assert_eq!(found("a.rs", text), ["DI-5"]);
    }

    #[test]
    fn a_mark_above_a_page_test_counts() {
        assert_eq!(found("a.ts", "// acceptance: DI-4\n// why\ntest(\"shows\", async () => {"), ["DI-4"]);
        assert_eq!(found("a.tsx", "// acceptance: DI-4\nit.each([1])(\"shows\", () => {"), ["DI-4"]);
    }

    #[test]
    fn a_mark_elsewhere_is_refused() {
        let refused = |place: &str, text: &str| read(place, text).1.len() == 1;
        assert!(refused("a.rs", "// acceptance: DI-5\nfn helper() {"));
        assert!(refused("a.rs", "// acceptance: DI-5\n\n#[test]\nfn a() {"));
        assert!(refused("a.rs", "// acceptance: DI-5\n#[test]\n#[ignore = \"slow\"]\nfn a() {"));
        assert!(refused("a.ts", "// acceptance: DI-5\nconst a = 1;"));
        assert!(refused("a.ts", "// acceptance: DI-5\ntest.skip(\"a\", () => {"));
    }

    #[test]
    fn a_mark_names_one_to_three_points() {
        let refused = |named: &str| points(named).is_err();
        assert!(refused("") && refused(" DI-1, DI-2, DI-3, DI-4") && refused(" DI-five"));
        assert_eq!(points(" DI-1 DI-2").expect("two"), ["DI-1", "DI-2"]);
    }
}
