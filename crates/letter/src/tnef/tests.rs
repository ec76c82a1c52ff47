use super::*;

/// A `winmail.dat` of these attributes.
fn packed(attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = [SIGNATURE.to_le_bytes().as_slice(), &[1, 0]].concat();
    for (id, data) in attributes {
        bytes.push(2);
        bytes.extend(id.to_le_bytes());
        bytes.extend([6, 0]);
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        bytes.extend([0, 0]);
    }
    bytes
}

fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = [kind.to_le_bytes(), id.to_le_bytes()].concat();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    [u32::try_from(list.len()).unwrap().to_le_bytes().to_vec(), list.concat()].concat()
}

fn sample() -> Vec<u8> {
    let name: Vec<u8> = "Счёт на окна.pdf".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let fixed = [0x0003_u16.to_le_bytes().to_vec(), 0x3705_u16.to_le_bytes().to_vec(), vec![1, 0, 0, 0]].concat();
    packed(&[
        (CODEPAGE, 1251_u32.to_le_bytes().to_vec()),
        (MESSAGE_PROPS, properties(&[property(0x0102, 0x1013, b"<p>\xc4\xe0</p>")])),
        (ATTACH_REND, vec![0; 14]),
        (ATTACH_TITLE, b"\xd1\xf7\xb8\xf2.pdf\0".to_vec()),
        (ATTACH_DATA, b"%PDF-1.4 sample".to_vec()),
        (
            ATTACHMENT,
            properties(&[fixed, property(0x001f, 0x3707, &name), property(0x001e, 0x370e, b"application/pdf\0")]),
        ),
        (ATTACH_REND, vec![0; 14]),
        (ATTACH_TITLE, b"\xd4\xee\xf2\xee.png\0".to_vec()),
        (ATTACH_DATA, b"\x89PNG\r\n\x1a\n".to_vec()),
    ])
}

#[test]
fn files_come_out_with_their_long_names() {
    let unpacked = unpack(&sample()).unwrap();
    let names: Vec<_> = unpacked.files.iter().map(|file| (file.name.as_str(), file.bytes.len())).collect();
    assert_eq!(names, [("Счёт на окна.pdf", 15), ("Фото.png", 8)]);
    assert_eq!(unpacked.html, "<p>Да</p>");
    assert_eq!(unpacked.files[0].content_type, "application/pdf");
}

#[test]
fn what_is_cut_gives_what_came_before() {
    let whole = sample();
    for length in 0..whole.len() {
        let files = unpack(&whole[..length]).map_or(0, |unpacked| unpacked.files.len());
        assert!(files <= 2);
    }
    assert_eq!(unpack(b"no such thing"), None);
}
