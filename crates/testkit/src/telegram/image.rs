/// A white PNG of this size: a small but real picture.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    // One bit of grey a pixel, each row led by its filter type.
    let row = [&[0_u8][..], &vec![0xFF; width.div_ceil(8) as usize]].concat();
    let pixels = row.repeat(height as usize);
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([1, 0, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &stored_zlib(&pixels));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let body = [kind.as_slice(), data].concat();
    file.extend(&body);
    file.extend(crc32(&body).to_be_bytes());
}

/// zlib without compression.
fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(0xFFFF);
    let last = blocks.len().saturating_sub(1);
    for (at, block) in blocks.enumerate() {
        let length = block.len() as u16;
        stream.push(u8::from(at == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

/// Width and height of a PNG, GIF, JPEG or WebP; `None` for what is no picture.
pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let be = |at: usize| Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let le = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let whole = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((whole(16)?, whole(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        return Some((le(6)?, le(8)?));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return webp_size(bytes);
    }
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        // Start of frame, but for the tables that share its range.
        if (0xC0..=0xCF).contains(&marker) && ![0xC4, 0xC8, 0xCC].contains(&marker) {
            return Some((be(at + 7)?, be(at + 5)?));
        }
        at += 2 + be(at + 2)? as usize;
    }
}

/// The type of a picture that browsers show.
pub(super) fn mime(bytes: &[u8]) -> Option<&'static str> {
    size(bytes)?;
    Some(match bytes.first()? {
        0x89 => "image/png",
        b'G' => "image/gif",
        b'R' => "image/webp",
        _ => "image/jpeg",
    })
}

fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let le24 = |at: usize| {
        let part: [u8; 3] = bytes.get(at..at + 3)?.try_into().ok()?;
        Some(u32::from_le_bytes([part[0], part[1], part[2], 0]))
    };
    match bytes.get(12..16)? {
        b"VP8X" => Some((le24(24)? + 1, le24(27)? + 1)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => Some((le24(26)? & 0x3FFF, le24(28)? & 0x3FFF)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_picture_is_read_from_its_header() {
        assert_eq!(size(&png(1280, 720)), Some((1280, 720)));
        assert_eq!(size(b"GIF89a\x10\x00\x20\x00rest"), Some((16, 32)));
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 11, 8, 0, 32, 0, 16, 3];
        assert_eq!(size(&jpeg), Some((16, 32)));
        assert_eq!(size(b"no picture"), None);
        assert_eq!(size(&[0xFF, 0xD8, 0xFF]), None);
    }
}
