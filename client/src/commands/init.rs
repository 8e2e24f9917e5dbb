//! `gridbid init`: makes a member's folder, and tells what the operator has to register.

use crate::member::{AGENT, Folder, METER, Member};
use crate::output::{Format, print_json, print_line};
use anyhow::Result;
use serde_json::json;
use subxt::utils::AccountId32;

/// Makes the folder.
pub fn run(folder: &Folder, name: &str, url: &str, format: Format) -> Result<()> {
    let (member, meter) = Member::make(folder, name, url)?;
    // JSON knows no other path than a text.
    let folder = folder.member.to_string_lossy();
    let account = AccountId32(member.agent.public()).to_string();
    let meter = format!("0x{}", hex::encode(meter.public()));
    match format {
        Format::Json => print_json(&json!({
            "folder": folder, "name": name, "url": url, "agent": account, "meter": meter,
        })),
        Format::Text => print_line(format_args!(
            "{folder} is made. The operator registers {name} with\n  agent  {account}\n  meter  {meter}\nand with your \
             wallet's account. Keep copies of {AGENT} and {METER}: they are the only ones.",
        )),
    }
}
