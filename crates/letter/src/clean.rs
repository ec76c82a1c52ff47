//! Names and lines of strangers, made fit to be shown.

/// Longest file name that is kept, in characters.
const NAME_CHARACTERS: usize = 150;

/// One line: no control characters, none that turn the direction of writing or are not seen at all, single spaces.
#[must_use]
pub fn line(text: &str) -> String {
    let visible = text.chars().filter(|letter| !is_trick(*letter));
    let spaced: String = visible.map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A file's name without folders, and without what systems take for something else; empty when nothing is left.
#[must_use]
pub fn file_name(text: &str) -> String {
    let name = line(text);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|letter| !"<>:\"|?*".contains(*letter)).collect();
    shortened(name.trim_matches(['.', ' ']))
}

/// Cut before the ending, which tells what the file is.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME_CHARACTERS {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = if ending.chars().count() <= 10 { format!(".{ending}") } else { String::new() };
    let kept = NAME_CHARACTERS - ending.chars().count();
    name.chars().take(kept).collect::<String>().trim_end().to_owned() + &ending
}

/// Marks and overrides of direction, and letters without width (Unicode TR 36, section 2.6).
fn is_trick(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_folders_and_tricks() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name(r"C:\Users\Анна\Счёт №1.pdf"), "Счёт №1.pdf");
        assert_eq!(file_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(file_name("a\r\nb\0.txt"), "a b .txt");
        assert_eq!(file_name(".."), "");
        assert_eq!(file_name("con:?.txt"), "con.txt");
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = file_name(&format!("{}.pdf", "я".repeat(400)));
        assert_eq!((name.chars().count(), name.ends_with("я.pdf")), (150, true));
    }
}
