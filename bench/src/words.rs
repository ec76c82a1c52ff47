//! What customers write: made of a few words, of many lengths, the same for the same number.

const WORDS: [&str; 24] = [
    "здравствуйте",
    "окно",
    "заказ",
    "доставка",
    "когда",
    "цена",
    "размер",
    "монтаж",
    "завтра",
    "подскажите",
    "пожалуйста",
    "балкон",
    "стекло",
    "гарантия",
    "адрес",
    "привезут",
    "оплата",
    "карта",
    "номер",
    "спасибо",
    "ещё",
    "вопрос",
    "можно",
    "сегодня",
];

/// From 1 to 40 words: half of all messages are shorter than 8.
pub fn text(seed: u64) -> String {
    let mut state = mixed(seed);
    let length = match state % 10 {
        0..=4 => 1 + state / 16 % 7,
        5..=8 => 8 + state / 16 % 12,
        _ => 20 + state / 16 % 20,
    };
    let mut text = String::new();
    for _ in 0..length {
        state = mixed(state);
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(WORDS[usize::try_from(state % WORDS.len() as u64).unwrap_or_default()]);
    }
    text
}

/// SplitMix64: every bit of the result depends on every bit of the seed.
pub const fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_many_lengths_and_repeat_themselves_exactly() {
        let lengths: Vec<usize> = (0..1_000).map(|seed| text(seed).split(' ').count()).collect();
        assert_eq!(text(5), text(5));
        assert_eq!(lengths.iter().min(), Some(&1));
        assert!(lengths.iter().max() > Some(&30));
        assert!((350..650).contains(&lengths.iter().filter(|length| **length < 8).count()));
    }
}
