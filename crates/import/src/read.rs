//! Reads a file by its profile.

use crate::profile::Profile;
use crate::value::{File, Found};
use crate::{cr_msg, green_button, table, text};

/// Reads a file's bytes.
pub fn read(profile: &Profile, file: File<'_>, bytes: &[u8], found: &mut Found) {
    let encoding = match profile {
        Profile::Csv(csv) => csv.encoding,
        Profile::CrMsg | Profile::GreenButton => encoding_rs::UTF_8,
    };
    match (text::decode(bytes, encoding), profile) {
        (Err((line, message)), _) => found.wrong(file.at(line.unwrap_or(1)), message),
        (Ok(text), Profile::Csv(csv)) => table::read(csv, file, &text, found),
        (Ok(text), Profile::CrMsg) => cr_msg::read(file, &text, found),
        (Ok(text), Profile::GreenButton) => green_button::read(file, &text, found),
    }
}
