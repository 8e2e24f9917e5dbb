//! The text that a file's bytes are.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes are looked at where an encoding is guessed.
const LOOKED_AT: usize = 4_096;

/// The text of a file in an encoding; a mark at its start, which only Unicode has, says more than the profile.
///
/// # Errors
/// The line from 1, where it is known, and what is wrong in it.
pub fn decode(bytes: &[u8], encoding: &'static Encoding) -> Result<String, (Option<u64>, String)> {
    let (marked, skip) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    let bytes = bytes.get(skip..).unwrap_or_default();
    if marked == UTF_8 {
        return std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
            let (before, rest) = bytes.split_at(error.valid_up_to());
            let breaks = before.iter().filter(|byte| **byte == b'\n').count();
            let byte = rest.first().copied().unwrap_or_default();
            let (latin, _) = WINDOWS_1252.decode_without_bom_handling(rest.get(..1).unwrap_or_default());
            let message = format!(
                "the byte 0x{byte:02x} is no UTF-8, and `{latin}` in Windows-1252: if that is right here, the profile \
                 says encoding = \"windows-1252\""
            );
            (u64::try_from(breaks).ok().and_then(|breaks| breaks.checked_add(1)), message)
        });
    }
    let (text, has_errors) = marked.decode_without_bom_handling(bytes);
    if has_errors {
        return Err((None, format!("the file is not in {}: the profile's encoding is wrong", marked.name())));
    }
    Ok(text.into_owned())
}

/// The encoding that a file seems to have: UTF-16 by its mark or its zeros, UTF-8 where it can be that, and else
/// Windows-1252, of which Latin-1 is a part.
pub fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return marked;
    }
    let start = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or_default();
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let most = start.len() / 4;
    if most > 0 && zeros(1) > most {
        UTF_16LE
    } else if most > 0 && zeros(0) > most {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

/// A text and where its lines end.
pub struct Lines<'a> {
    /// The text.
    pub text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of a text.
    pub fn of(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Self { text, ends }
    }

    /// The line of an offset, from 1.
    pub fn line(&self, offset: usize) -> u64 {
        let breaks = self.ends.partition_point(|end| *end < offset);
        u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_should_be_the_same_when_its_encoding_is_another() {
        let words = "Zähler;Größe\n";
        let latin: Vec<u8> = words.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let wide = |mark: bool, little: bool| {
            let units = mark.then_some('\u{feff}').into_iter().chain(words.chars()).map(|c| c as u16);
            let of = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            units.flat_map(of).collect::<Vec<u8>>()
        };
        let utf_8 = words.as_bytes().to_vec();
        let marked = [b"\xef\xbb\xbf".to_vec(), utf_8.clone()].concat();
        for bytes in
            [utf_8, marked, latin, wide(true, true), wide(true, false), wide(false, true), wide(false, false)]
        {
            assert_eq!(decode(&bytes, guess(&bytes)).unwrap(), words, "{bytes:?}");
        }
    }

    #[test]
    fn line_should_be_told_when_a_byte_is_none_of_the_encoding() {
        let (line, message) = decode(b"a\nb\nZ\xe4hler", UTF_8).unwrap_err();
        assert_eq!(line, Some(3));
        assert!(
            message.contains("0xe4") && message.contains("`ä`") && message.contains("windows-1252"),
            "{message}"
        );
        let (line, message) = decode(&[0x00, 0xd8, 0x41, 0x00], UTF_16LE).unwrap_err();
        assert!(line.is_none() && message.contains("UTF-16LE"), "{message}");
    }
}
