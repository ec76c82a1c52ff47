//! How a reply becomes messages that the channel takes: one creating call each (rule O2).

use contracts::channel::{AttachmentKind, ButtonRow, Capabilities, MediaCapability, TextSpan, TextStyle};

use super::{
    domain::{MessageError, Speech},
    split::{length, split},
};
use crate::files::Upload;

/// One message of a reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    pub speech: Speech,
    pub files: Vec<(AttachmentKind, Upload)>,
}

/// Splits a reply by the channel's limits: long text into several messages, files into albums where the channel has
/// them. The text goes with the first files if it fits below them, else before them.
///
/// # Errors
/// What the channel refuses.
pub fn plan(speech: &Speech, uploads: Vec<Upload>, can: &Capabilities) -> Result<Vec<Part>, MessageError> {
    let spans = shown_spans(&speech.spans, can);
    check_buttons(&speech.buttons, can)?;
    let mut albums = albums(uploads, can)?;
    let has_text = !speech.text.trim().is_empty();
    if albums.is_empty() && !has_text {
        return Err(MessageError::Empty);
    }
    let one_file = albums.len() == 1 && albums[0].files.len() == 1;
    let below = fits_below(&speech.text, can)
        && (speech.buttons.is_empty() || one_file)
        && albums.first().is_some_and(|album| carries_text(album, can));
    if let Some(first) = albums.first_mut()
        && (!has_text || below)
    {
        if !(speech.buttons.is_empty() || one_file) {
            return Err(MessageError::ChannelCannot { ability: "buttons" });
        }
        if has_text {
            first.speech = Speech { text: speech.text.clone(), spans, ..Speech::default() };
        }
        first.speech.buttons.clone_from(&speech.buttons);
        return Ok(albums);
    }
    let mut parts = texts(speech, &spans, can)?;
    parts.append(&mut albums);
    Ok(parts)
}

/// The text alone; the buttons stand below its end.
fn texts(speech: &Speech, spans: &[TextSpan], can: &Capabilities) -> Result<Vec<Part>, MessageError> {
    let limit = usize::try_from(can.text_limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Err(MessageError::ChannelCannot { ability: "text" });
    }
    let pieces = split(&speech.text, spans, limit, can.text_unit());
    let pieces = pieces.into_iter().filter(|piece| !piece.text.trim().is_empty()); // no channel takes blank ones
    let mut parts: Vec<Part> = pieces
        .map(|piece| Part {
            speech: Speech { text: piece.text, spans: piece.spans, ..Speech::default() },
            ..Part::default()
        })
        .collect();
    if let Some(last) = parts.last_mut() {
        last.speech.buttons.clone_from(&speech.buttons);
    }
    Ok(parts)
}

/// Formatting that the channel does not have is left out; the text stays.
pub fn shown_spans(spans: &[TextSpan], can: &Capabilities) -> Vec<TextSpan> {
    let known = |span: &&TextSpan| span.style() != TextStyle::Unspecified && can.styles.contains(&span.style);
    spans.iter().filter(known).cloned().collect()
}

fn fits_below(text: &str, can: &Capabilities) -> bool {
    length(text, can.text_unit()) <= usize::try_from(can.caption_limit).unwrap_or(usize::MAX)
}

fn carries_text(album: &Part, can: &Capabilities) -> bool {
    let bare = |kind| can.media.iter().any(|media| media.kind() == kind && media.without_caption);
    !album.files.iter().any(|(kind, _)| bare(*kind))
}

fn check_buttons(rows: &[ButtonRow], can: &Capabilities) -> Result<(), MessageError> {
    let buttons: Vec<_> = rows.iter().flat_map(|row| &row.buttons).collect();
    if buttons.len() > usize::try_from(can.buttons_max).unwrap_or(usize::MAX) {
        return Err(MessageError::ChannelCannot { ability: "buttons" });
    }
    let limit = usize::try_from(can.button_data_limit).unwrap_or(usize::MAX);
    if buttons.iter().any(|button| button.data.len() > limit) {
        return Err(MessageError::Invalid {
            field: "buttons",
            why: "a button's data is longer than the channel takes",
        });
    }
    Ok(())
}

/// Neighbours that one send may carry together become one message.
fn albums(uploads: Vec<Upload>, can: &Capabilities) -> Result<Vec<Part>, MessageError> {
    let most = usize::try_from(can.album_max).unwrap_or(usize::MAX);
    let mut parts: Vec<Part> = Vec::new();
    for upload in uploads {
        let kind = kind_for(&upload, can)?;
        let joins = parts.last().is_some_and(|part| {
            let together = part.files.last().is_some_and(|(last, _)| go_together(*last, kind));
            together && part.files.len() < most && can.album_kinds.contains(&kind.into())
        });
        match parts.last_mut().filter(|_| joins) {
            Some(part) => part.files.push((kind, upload)),
            None => parts.push(Part { files: vec![(kind, upload)], ..Part::default() }),
        }
    }
    Ok(parts)
}

/// Pictures and videos mix; everything else only with its like.
fn go_together(one: AttachmentKind, other: AttachmentKind) -> bool {
    let visual = |kind| matches!(kind, AttachmentKind::Image | AttachmentKind::Video);
    one == other || (visual(one) && visual(other))
}

/// As what a file is sent: as what it is, or as a document where the channel does not take it so.
pub fn kind_for(upload: &Upload, can: &Capabilities) -> Result<AttachmentKind, MessageError> {
    let wanted = natural_kinds(upload);
    let offered: Vec<&MediaCapability> = wanted
        .iter()
        .filter_map(|kind| can.media.iter().find(|media| media.kind() == *kind))
        .filter(|media| takes_mime(media, &upload.mime_type))
        .collect();
    if let Some(media) = offered.iter().find(|media| upload.size_bytes <= media.max_bytes) {
        return Ok(media.kind());
    }
    match offered.iter().map(|media| media.max_bytes).max() {
        Some(limit_bytes) => Err(MessageError::FileTooLarge { file: upload.id, limit_bytes }),
        None => Err(MessageError::ChannelCannot { ability: "files" }),
    }
}

/// What a file may be sent as, best first.
pub fn natural_kinds(upload: &Upload) -> &'static [AttachmentKind] {
    use AttachmentKind as K;
    match upload.mime_type.split_once('/') {
        Some(("image", "gif")) => &[K::Animation, K::Document],
        Some(("image", _)) => &[K::Image, K::Document],
        // The bytes of a sound in WebM tell WebM only, and as a video it would show nothing.
        Some(("video", _)) if upload.voice => &[K::Document],
        Some(("video", _)) => &[K::Video, K::Document],
        // What its owner recorded; and Opus in Ogg with a length: a song in Ogg has no length here.
        Some(("audio", subtype)) if upload.voice || (matches!(subtype, "ogg" | "opus") && upload.duration_ms > 0) => {
            &[K::Voice, K::Audio, K::Document]
        }
        Some(("audio", _)) => &[K::Audio, K::Document],
        _ => &[K::Document],
    }
}

fn takes_mime(media: &MediaCapability, mime_type: &str) -> bool {
    let fits = |pattern: &String| match pattern.strip_suffix("/*") {
        Some(family) => mime_type.split_once('/').is_some_and(|(of, _)| of == family),
        None => pattern == mime_type,
    };
    media.mime_types.is_empty() || media.mime_types.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use contracts::channel::{Button, TextUnit};
    use model::FileId;

    use super::*;

    fn channel() -> Capabilities {
        let media = |kind: AttachmentKind, max_bytes, mime_types: &[&str]| MediaCapability {
            kind: kind.into(),
            max_bytes,
            mime_types: mime_types.iter().map(ToString::to_string).collect(),
            ..MediaCapability::default()
        };
        Capabilities {
            text_limit: 20,
            text_unit: TextUnit::Utf16.into(),
            caption_limit: 10,
            media: vec![
                media(AttachmentKind::Image, 1_000, &["image/jpeg", "image/png"]),
                media(AttachmentKind::Video, 1_000, &[]),
                media(AttachmentKind::Voice, 1_000, &[]),
                media(AttachmentKind::Document, 5_000, &[]),
            ],
            album_max: 3,
            album_kinds: [AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Document]
                .map(Into::into)
                .into(),
            buttons_max: 2,
            button_data_limit: 8,
            styles: vec![TextStyle::Bold.into()],
            ..Capabilities::default()
        }
    }

    fn upload(mime_type: &str, size_bytes: i64, duration_ms: i32) -> Upload {
        Upload { id: FileId::new(), mime_type: mime_type.to_owned(), size_bytes, duration_ms, ..Upload::default() }
    }

    fn shape(parts: &[Part]) -> Vec<(&str, Vec<AttachmentKind>)> {
        parts.iter().map(|p| (p.speech.text.as_str(), p.files.iter().map(|(kind, _)| *kind).collect())).collect()
    }

    #[test]
    fn text_goes_below_the_first_files_if_it_fits_else_before_them() {
        use AttachmentKind as K;
        let photo = || upload("image/jpeg", 10, 0);
        let parts = plan(&Speech::plain("short"), vec![photo()], &channel()).unwrap();
        assert_eq!(shape(&parts), [("short", vec![K::Image])]);
        let parts = plan(&Speech::plain("longer than ten"), vec![photo()], &channel()).unwrap();
        assert_eq!(shape(&parts), [("longer than ten", vec![]), ("", vec![K::Image])]);
        let parts = plan(&Speech::plain("one two three four five six"), vec![], &channel()).unwrap();
        assert_eq!(shape(&parts), [("one two three four ", vec![]), ("five six", vec![])]);
    }

    #[test]
    fn text_goes_before_files_that_carry_none() {
        use AttachmentKind as K;
        let mut can = channel();
        can.media[3].without_caption = true;
        let parts = plan(&Speech::plain("short"), vec![upload("application/pdf", 10, 0)], &can).unwrap();
        assert_eq!(shape(&parts), [("short", vec![]), ("", vec![K::Document])]);
        let parts = plan(&Speech::plain("short"), vec![upload("image/png", 10, 0)], &can).unwrap();
        assert_eq!(shape(&parts), [("short", vec![K::Image])]);
    }

    #[test]
    fn neighbours_of_a_kind_become_albums_in_their_order() {
        use AttachmentKind as K;
        let files = ["image/png", "video/mp4", "image/png", "image/png", "application/pdf", "image/png"];
        let parts = plan(&Speech::default(), files.map(|mime| upload(mime, 10, 0)).into(), &channel()).unwrap();
        let kinds: Vec<_> = shape(&parts).into_iter().map(|(_, kinds)| kinds).collect();
        assert_eq!(kinds, [vec![K::Image, K::Video, K::Image], vec![K::Image], vec![K::Document], vec![K::Image]]);
        let without = Capabilities { album_max: 0, ..channel() };
        let parts = plan(&Speech::default(), files.map(|mime| upload(mime, 10, 0)).into(), &without).unwrap();
        assert_eq!(parts.len(), 6);
    }

    #[test]
    fn what_the_channel_does_not_take_goes_as_a_document_or_is_refused() {
        let kind = |mime, size, duration| kind_for(&upload(mime, size, duration), &channel());
        let recorded = |mime, can: &Capabilities| kind_for(&Upload { voice: true, ..upload(mime, 10, 0) }, can);
        assert_eq!(recorded("audio/mp4", &channel()).unwrap(), AttachmentKind::Voice);
        assert_eq!(
            recorded("application/pdf", &channel()).unwrap(),
            AttachmentKind::Document,
            "the bytes are no sound"
        );
        let mut can = channel();
        can.media[2].mime_types = vec!["audio/ogg".into()];
        assert_eq!(recorded("audio/mp4", &can).unwrap(), AttachmentKind::Document);
        can.media[2].kind = AttachmentKind::Audio.into();
        assert_eq!(recorded("audio/ogg", &can).unwrap(), AttachmentKind::Audio);
        assert_eq!(kind("image/webp", 10, 0).unwrap(), AttachmentKind::Document);
        assert_eq!(kind("image/png", 2_000, 0).unwrap(), AttachmentKind::Document);
        assert_eq!(kind("audio/ogg", 10, 900).unwrap(), AttachmentKind::Voice);
        assert_eq!(kind("audio/ogg", 10, 0).unwrap(), AttachmentKind::Document);
        assert!(matches!(kind("image/png", 6_000, 0), Err(MessageError::FileTooLarge { limit_bytes: 5_000, .. })));
        let nothing = kind_for(&upload("image/png", 1, 0), &Capabilities::default());
        assert!(matches!(nothing, Err(MessageError::ChannelCannot { ability: "files" })));
    }

    #[test]
    fn buttons_stand_below_the_last_text_and_never_below_an_album() {
        let buttons = vec![ButtonRow { buttons: vec![Button { title: "Yes".into(), ..Button::default() }] }];
        let speech = Speech { buttons: buttons.clone(), ..Speech::plain("one two three four five") };
        let parts = plan(&speech, vec![upload("image/png", 1, 0)], &channel()).unwrap();
        let with: Vec<_> = parts.iter().map(|part| part.speech.buttons.len()).collect();
        assert_eq!(with, [0, 1, 0]);
        let album = vec![upload("image/png", 1, 0), upload("image/png", 1, 0)];
        let bare = Speech { buttons, ..Speech::default() };
        assert!(matches!(plan(&bare, album, &channel()), Err(MessageError::ChannelCannot { ability: "buttons" })));
    }

    #[test]
    fn blank_text_alone_is_empty() {
        assert!(matches!(plan(&Speech::plain(" \n "), vec![], &channel()), Err(MessageError::Empty)));
    }
}
