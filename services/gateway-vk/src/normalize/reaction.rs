/// VK's reactions by their numbers (<https://dev.vk.com/ru/method/messages.sendReaction>, read 2026-11-26).
const REACTIONS: [(i64, &str); 16] = [
    (1, "❤"),
    (2, "🔥"),
    (3, "😂"),
    (4, "👍"),
    (5, "💩"),
    (6, "❓"),
    (7, "😭"),
    (8, "😡"),
    (9, "👎"),
    (10, "👌"),
    (11, "😃"),
    (12, "🤔"),
    (13, "🙏"),
    (14, "😘"),
    (15, "😍"),
    (16, "🎉"),
];

/// One that is newer than we are is a question.
pub fn emoji(id: i64) -> &'static str {
    REACTIONS.iter().find(|(known, _)| *known == id).map_or("❔", |(_, emoji)| emoji)
}

/// `None`: VK has no such reaction. The mark that asks for a picture instead of a letter makes no difference.
pub fn reaction_id(emoji: &str) -> Option<i64> {
    let plain = emoji.trim_end_matches('\u{fe0f}');
    REACTIONS.iter().find(|(_, known)| *known == plain).map(|(id, _)| *id)
}
