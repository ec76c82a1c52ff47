//! The text of HTML, in one pass over its tags and without a tree: as long as the HTML and no longer.

use std::cell::RefCell;

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, TagKind::StartTag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
    },
};
use mail_parser::decoders::html::html_to_text;

use super::{state::State, wild};

/// HTML as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plain {
    pub text: String,
    /// Byte of `text` where what is quoted begins, when the HTML marks it and nothing of the sender's own follows.
    pub quote_at: Option<usize>,
}

/// Reads HTML as text: blocks are lines, quotations have `>` before them, nothing hidden is in it.
#[must_use]
pub fn text(html: &str) -> Plain {
    if wild::is_wild(html) {
        return Plain { text: html_to_text(html), quote_at: None };
    }
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Reader(RefCell::new(State::new())), TokenizerOpts::default());
    // Only scripts that want to run would stop it halfway.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner().plain()
}

struct Reader(RefCell<State>);

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == StartTag => {
                state.open(&tag);
                return raw_text(&tag.name).map_or(TokenSinkResult::Continue, TokenSinkResult::RawData);
            }
            Token::TagToken(tag) => state.close(&tag.name),
            Token::CharacterTokens(text) => state.characters(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Elements within which tags are no tags.
fn raw_text(name: &str) -> Option<RawKind> {
    match name {
        "title" | "textarea" => Some(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "script" => Some(RawKind::ScriptData),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_nothing_hidden_is_read() {
        let html = "<html><head><style>p{}</style><title>x</title></head><body><div style='display: none'>pre<b>header</b></div>\
            <p>Добрый&nbsp;день,<br>Анна!</p><ul><li>раз<li>два</ul><table><tr><td>1<td>2</table><script>a</script>конец";
        let read = text(html).text;
        assert_eq!(read, "Добрый день,\nАнна!\n\n- раз\n- два\n\n1 2\nконец\n");
    }

    #[test]
    fn a_marked_quotation_is_found() {
        let html = "<div>Да</div><div class=\"gmail_quote\"><div>пн, Анна:<br></div><blockquote>Вы&nbsp;есть?</blockquote></div>";
        let plain = text(html);
        assert_eq!(plain.text, "Да\nпн, Анна:\n> Вы есть?\n");
        assert_eq!(plain.quote_at, Some("Да\n".len()));
    }

    #[test]
    fn own_words_behind_a_quotation_are_not_cut() {
        let html = "<blockquote type=cite>Когда?</blockquote><p>Завтра</p>";
        assert_eq!(text(html).quote_at, None);
        assert_eq!(text(html).text, "> Когда?\n\nЗавтра\n");
    }

    #[test]
    fn what_stands_behind_outlooks_mark_is_quoted() {
        let html = "<p class=MsoNormal>Да</p><p class=MsoNormal>Нет</p><div id=\"divRplyFwdMsg\">От: Анна</div><div>Вы есть?</div>";
        let plain = text(html);
        assert_eq!((plain.text.as_str(), plain.quote_at), ("Да\nНет\nОт: Анна\nВы есть?\n", Some("Да\nНет\n".len())));
    }

    #[test]
    fn depth_costs_no_stack() {
        let html = format!("{}a{}", "<blockquote><div>".repeat(50_000), "</div></blockquote>".repeat(50_000));
        assert!(text(&html).text.ends_with("> a\n"));
    }
}
