//! From readable text to the bytes of old programs.

use base64::{Engine, engine::general_purpose::STANDARD};

pub fn bytes(order: &str) -> Vec<u8> {
    let (how, text) = order.split_once('|').unwrap_or((order, ""));
    let (how, label) = how.split_once(' ').unwrap_or((how, ""));
    match how {
        "raw" => encoded(label, text),
        "b64" => lines(&STANDARD.encode(encoded(label, text))),
        "b64w" => format!("=?{label}?B?{}?=", STANDARD.encode(encoded(label, text))).into_bytes(),
        "qp" => quoted(&encoded(label, text), b"\r\n !,.?").into_bytes(),
        "qpw" => format!("=?{label}?Q?{}?=", quoted(&encoded(label, text), b"").replace("=20", "_")).into_bytes(),
        "pct" => quoted(&encoded(label, text), b".").replace('=', "%").into_bytes(),
        "hex" => hex(text),
        "tnef" => lines(&STANDARD.encode(winmail())),
        other => panic!("no such order: {other}"),
    }
}

fn encoded(label: &str, text: &str) -> Vec<u8> {
    if label == "utf-16le" {
        return text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    }
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or_else(|| panic!("no charset {label}"));
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{label} cannot say {text:?}");
    bytes.into_owned()
}

fn lines(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(76).collect::<Vec<_>>().join(b"\r\n".as_slice())
}

fn quoted(bytes: &[u8], plain: &[u8]) -> String {
    let one = |byte: &u8| {
        if byte.is_ascii_alphanumeric() || plain.contains(byte) {
            char::from(*byte).to_string()
        } else {
            format!("={byte:02X}")
        }
    };
    bytes.iter().map(one).collect()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

/// A file with a name in windows-1251, as Outlook wraps it ([MS-OXTNEF]).
fn winmail() -> Vec<u8> {
    let attributes: [(u16, &[u8]); 4] = [
        (0x9007, &1251_u32.to_le_bytes()),
        (0x9002, &[0; 14]),
        (0x8010, b"\xd1\xf7\xb8\xf2.pdf\0"),
        (0x800f, b"%PDF-1.4 sample"),
    ];
    let mut bytes = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    for (id, data) in attributes {
        bytes.push(2);
        bytes.extend(id.to_le_bytes());
        bytes.extend([6, 0]);
        bytes.extend(u32::try_from(data.len()).expect("short").to_le_bytes());
        bytes.extend(data);
        bytes.extend([0, 0]);
    }
    bytes
}
