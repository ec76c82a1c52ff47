//! Pictures without what cameras and programs write into them: where and when they were taken, by whom, with what.

use bytes::{Bytes, BytesMut};
use img_parts::{
    ImageEXIF,
    jpeg::{Jpeg, markers},
    png::Png,
    webp::WebP,
};

/// Bytes that tell whether it is a picture that can be looked through.
pub const HEAD_BYTES: usize = 12;
/// Texts, times and EXIF of a PNG.
const PNG_CHUNKS: [[u8; 4]; 5] = [*b"eXIf", *b"tEXt", *b"zTXt", *b"iTXt", *b"tIME"];
const COLOURS: &[u8] = b"ICC_PROFILE\0";
const ORIENTATION: u16 = 0x0112;

/// A kind of picture that may tell where it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    Jpeg,
    Png,
    WebP,
}

impl Picture {
    /// By the first [`HEAD_BYTES`]; `None`: something else.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// The same picture without EXIF, XMP, IPTC and texts; colours and the way it is turned stay. What is broken cannot be
    /// looked through and stays as it is.
    #[must_use]
    pub fn without_metadata(self, bytes: Bytes) -> Bytes {
        let bare = match self {
            Self::Jpeg => jpeg(&bytes),
            Self::Png => png(&bytes),
            Self::WebP => webp(&bytes),
        };
        bare.unwrap_or(bytes)
    }
}

fn jpeg(bytes: &Bytes) -> Option<Bytes> {
    // Behind the end lie other pictures, with metadata of their own.
    let mut image = Jpeg::from_bytes(bytes.slice(..end_of_jpeg(bytes))).ok()?;
    let turned = turned(&image);
    image.segments_mut().retain(|segment| match segment.marker() {
        // JFIF and Adobe say how colours are to be read.
        markers::APP0 | markers::APP14 => true,
        markers::APP2 => segment.contents().starts_with(COLOURS),
        markers::APP1..=markers::APP15 | markers::COM => false,
        _ => true,
    });
    image.set_exif(turned);
    Some(image.encoder().bytes())
}

fn png(bytes: &Bytes) -> Option<Bytes> {
    let mut image = Png::from_bytes(bytes.clone()).ok()?;
    let turned = turned(&image);
    image.chunks_mut().retain(|chunk| !PNG_CHUNKS.contains(&chunk.kind()));
    image.set_exif(turned);
    Some(image.encoder().bytes())
}

fn webp(bytes: &Bytes) -> Option<Bytes> {
    let mut image = WebP::from_bytes(bytes.clone()).ok()?;
    let turned = turned(&image);
    image.remove_chunks_by_id(*b"XMP ");
    // This also sets the flags that say which chunks there are.
    image.set_exif(turned);
    Some(image.encoder().bytes())
}

/// EXIF that says only how the picture is turned; `None`: it is not.
fn turned(image: &impl ImageEXIF) -> Option<Bytes> {
    let way = orientation(&image.exif()?).filter(|way| (2..=8).contains(way))?;
    let mut tiff = BytesMut::from(&b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"[..]);
    tiff.extend_from_slice(&way.to_be_bytes());
    tiff.extend_from_slice(&[0; 6]);
    Some(tiff.freeze())
}

/// The tag of the first directory of a TIFF (TIFF 6.0, section 2).
fn orientation(tiff: &[u8]) -> Option<u16> {
    let big = match tiff.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let place: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let place = if big { u32::from_be_bytes(place) } else { u32::from_le_bytes(place) };
    let directory = usize::try_from(place).ok()?;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries).map(|n| directory + 2 + 12 * n).find(|at| short(*at) == Some(ORIENTATION))?;
    short(entry + 8)
}

/// Where a JPEG ends: markers inside of segments are none (ITU T.81, annex B).
fn end_of_jpeg(bytes: &[u8]) -> usize {
    let mut at = 2;
    while let Some([first, second]) = bytes.get(at..at + 2) {
        at += match (first, second) {
            (0xff, 0xd9) => return at + 2,
            (0xff, 0x00 | 0x01 | 0xd0..=0xd8) => 2,
            (0xff, 0xff) => 1,
            (0xff, _) => match bytes.get(at + 2..at + 4) {
                Some([high, low]) => 2 + usize::from(u16::from_be_bytes([*high, *low])),
                _ => return bytes.len(),
            },
            _ => 1,
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use img_parts::{jpeg::JpegSegment, png::PngChunk, riff::RiffChunk, riff::RiffContent};
    use proptest::prelude::*;

    use super::*;

    /// As a telephone writes it, turned by 90 degrees, with a place.
    fn exif() -> Bytes {
        let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend_from_slice(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        tiff.extend_from_slice(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0");
        tiff.extend_from_slice(b"\0\0\0\0GPS 55.75 37.61");
        tiff.into()
    }

    fn holds(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|window| window == text)
    }

    fn segment(marker: u8, contents: &'static [u8]) -> JpegSegment {
        JpegSegment::new_with_contents(marker, Bytes::from_static(contents))
    }

    fn photo() -> Bytes {
        let scan = Bytes::from_static(b"\x12\xff\x00\x34\xff\xd9and another picture with GPS 1");
        let mut image = Jpeg::from_bytes(Bytes::from_static(b"\xff\xd8\xff\xd9")).unwrap();
        *image.segments_mut() = vec![
            segment(markers::APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(markers::APP1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>GPS</x:xmpmeta>"),
            segment(markers::APP2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(markers::APP2, b"MPF\0 where the other picture is"),
            segment(markers::APP13, b"Photoshop 3.0\0IPTC"),
            segment(markers::COM, b"taken at GPS"),
            segment(markers::DQT, b"\0table"),
            JpegSegment::new_with_entropy(markers::SOS, Bytes::from_static(b"\x01"), scan),
        ];
        image.set_exif(Some(exif()));
        image.encoder().bytes()
    }

    #[test]
    fn a_photo_keeps_its_picture_its_colours_and_its_turn_and_nothing_else() {
        let photo = photo();
        assert!(holds(&photo, b"GPS") && holds(&photo, b"IPTC"));
        let bare = Picture::of(&photo).unwrap().without_metadata(photo);
        for told in [&b"GPS"[..], b"IPTC", b"xmpmeta", b"MPF", b"another"] {
            assert!(!holds(&bare, told), "{}", String::from_utf8_lossy(told));
        }
        assert!(holds(&bare, b"colours") && holds(&bare, b"JFIF") && holds(&bare, b"\0table"));
        assert!(bare.ends_with(b"\x12\xff\x00\x34\xff\xd9"));
        let exif = Jpeg::from_bytes(bare.clone()).unwrap().exif().unwrap();
        assert_eq!((orientation(&exif), exif.len()), (Some(6), 26));
        assert_eq!(Picture::Jpeg.without_metadata(bare.clone()), bare, "once is enough");
    }

    #[test]
    fn a_png_loses_its_texts() {
        let start = Bytes::from_static(b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82");
        let mut image = Png::from_bytes(start).unwrap();
        let chunk = |kind: &[u8; 4], contents: &'static [u8]| PngChunk::new(*kind, Bytes::from_static(contents));
        image.chunks_mut().splice(
            ..0,
            [
                chunk(b"IHDR", b"\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0"),
                chunk(b"tEXt", b"Location\0GPS"),
                chunk(b"IDAT", b"pixels"),
                chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0GPS"),
            ],
        );
        image.set_exif(Some(exif()));
        let png = image.encoder().bytes();
        let bare = Picture::of(&png).unwrap().without_metadata(png);
        assert!(!holds(&bare, b"GPS") && holds(&bare, b"pixels"));
        assert_eq!(orientation(&Png::from_bytes(bare).unwrap().exif().unwrap()), Some(6));
    }

    #[test]
    fn a_webp_loses_its_exif_and_xmp() {
        let chunk = |id: &[u8; 4], contents: Bytes| RiffChunk::new(*id, RiffContent::Data(contents));
        let header = Bytes::from_static(b"\x0c\0\0\0\x02\0\0\x01\0\0");
        let pixels = Bytes::from_static(b"\x10\0\0\x9d\x01\x2a\x03\0\x02\0");
        let chunks = vec![
            chunk(b"VP8X", header),
            chunk(b"VP8 ", pixels.clone()),
            chunk(b"EXIF", exif()),
            chunk(b"XMP ", Bytes::from_static(b"GPS!")),
        ];
        let list = RiffContent::List { kind: Some(*b"WEBP"), subchunks: chunks };
        let webp = RiffChunk::new(*b"RIFF", list).encoder().bytes();
        let bare = Picture::of(&webp).unwrap().without_metadata(webp);
        assert!(!holds(&bare, b"GPS") && holds(&bare, &pixels));
        assert_eq!(orientation(&WebP::from_bytes(bare).unwrap().exif().unwrap()), Some(6));
    }

    #[test]
    fn what_is_broken_or_no_picture_stays_as_it_is() {
        let broken = Bytes::from_static(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0");
        assert_eq!(Picture::Png.without_metadata(broken.clone()), broken);
        for other in [&b"GIF89a"[..], b"", b"\xff\xd8", b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(Picture::of(other), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_through_without_harm(start in 0_usize..3, rest in prop::collection::vec(any::<u8>(), 0..300)) {
            let heads = [&b"\xff\xd8\xff\xe1"[..], b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP"];
            let bytes = Bytes::from([heads[start], &rest].concat());
            let _ = Picture::of(&bytes).map(|picture| picture.without_metadata(bytes.clone()));
            let _ = orientation(&rest);
        }

        #[test]
        fn any_change_of_a_photo_is_looked_through_without_harm(at in 0_usize..400, byte in any::<u8>()) {
            let mut bytes = photo().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Picture::Jpeg.without_metadata(bytes.into());
        }
    }
}
