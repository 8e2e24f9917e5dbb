//! A member that acts on its chain by hand.

use crate::bids::Candidate;
use crate::calls::Call;
use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::member::{Folder, Member};
use crate::output::tell;
use crate::transactions::{Client, Included, check, make, unanswered};
use anyhow::Result;
use market::api::{Clock, ParticipantInfo};
use market::commitment::{commitment, salt, salt_message};
use market::{Day, Delivery, Money, Price};
use serde::Serialize;
use sp_core::H256;
use std::fmt;
use subxt::dynamic::Value;
use subxt::ext::scale_decode::DecodeAsType;

/// A member and its place on its chain.
pub struct Session {
    /// The member.
    pub member: Member,
    /// Its chain.
    pub chain: Chain,
    /// Where the market stands.
    pub clock: Clock,
    /// What the chain knows of the member.
    pub info: ParticipantInfo,
    client: Client,
    genesis: H256,
}

/// A member's live sealed bid, as far as the chain tells.
pub struct Sealed {
    /// What its price is bound by.
    pub commitment: H256,
    /// What is on hold for it until its reveal.
    pub deposit: Money,
}

/// The same, as the chain keeps it.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Stored {
    commitment: [u8; 32],
    deposit: u128,
}

impl Session {
    /// Reads a member's folder, and finds the member on its node's chain.
    ///
    /// # Errors
    /// Where the folder is wrong, the node does not answer, the member's agent acts for nobody or for another, or
    /// everybody knows its key.
    pub async fn open(folder: &Folder) -> Result<Self> {
        let member = Member::read(folder)?;
        let chain = Chain::connect(&member.url).await?;
        if member.agent.is_development() && !folder.dev_keys && !chain.is_development().await? {
            member.agent.expect_secret(&folder.agent())?;
        }
        let id = chain.acting(member.agent.public()).await?;
        let id = id.ok_or_else(|| {
            let key = hex::encode(member.agent.public());
            failure(Kind::BadInput, format!("no participant has the agent 0x{key}: is it registered here?"))
        })?;
        let info = chain.participant(id).await?;
        if info.name != member.name {
            return Err(failure(
                Kind::BadInput,
                format!("this agent acts for {}, not for {}", info.name, member.name),
            ));
        }
        let (clock, genesis, client) =
            (chain.clock(None).await?, chain.genesis().await?, chain.client().await?);
        Ok(Self { member, chain, clock, info, client, genesis })
    }

    /// Asks the chain whether it would take a call, as [`check`] does.
    pub async fn check(&self, call: &Call) -> Result<()> {
        check(&self.chain, &self.client, &self.member.agent, call).await
    }

    /// Makes a call, as [`make`] does, or checks it alone.
    pub async fn send(&self, call: &Call, sending: Sending) -> Result<Outcome> {
        if sending.dry_run {
            self.check(call).await?;
            return Ok(Outcome::Checked);
        }
        make(&self.chain, &self.client, &self.member.agent, call).await.map(Outcome::Included)
    }

    /// A bid with the salt that the agent's signature gives for its period, again and again.
    pub fn bid(&self, delivery: Delivery, price: Price) -> Candidate {
        let message = salt_message(self.genesis, self.info.id, delivery);
        Candidate { price, salt: salt(&self.member.agent.sign(&message)) }
    }

    /// The commitment to a bid of this member's.
    pub fn commitment(&self, delivery: Delivery, Candidate { price, salt }: &Candidate) -> H256 {
        commitment(self.genesis, self.info.id, delivery, *price, salt)
    }

    /// The member's live sealed bid of a period; `None` where it has sealed none, or has opened it.
    ///
    /// # Errors
    /// Where the chain does not tell.
    pub async fn sealed(&self, delivery: Delivery) -> Result<Option<Sealed>> {
        let at = self.client.at_current_block().await.map_err(unanswered)?;
        let Delivery { day, period } = delivery;
        let place = [("day", Value::u128(day.into())), ("period", Value::u128(period.into()))];
        let keys = vec![Value::named_composite(place), Value::u128(self.info.id.0.into())];
        let Some(stored) =
            at.storage().try_fetch(("BlindAuction", "Seals"), keys).await.map_err(unanswered)?
        else {
            return Ok(None);
        };
        let Stored { commitment, deposit } = stored.decode_as()?;
        Ok(Some(Sealed { commitment: H256(commitment), deposit: Money::from_planck(deposit) }))
    }

    /// The bid among several that the chain has the commitment of.
    pub fn opening(
        &self,
        delivery: Delivery,
        sealed: &Sealed,
        candidates: Vec<Candidate>,
    ) -> Option<Candidate> {
        candidates.into_iter().find(|candidate| self.commitment(delivery, candidate) == sealed.commitment)
    }

    /// Forgets the bids of periods that are settled, which nothing opens any more. Where the disk does not let it, that
    /// is said, and done the next time.
    pub fn forget_settled(&self) {
        let Some(next) = self.clock.next_to_settle else { return };
        if let Err(error) = self.member.bids.forget_before(next) {
            tell(format_args!("gridbid: old bids stay: {error:#}"));
        }
    }
}

/// Whether a call is sent.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Sending {
    /// Checks all that the call needs, and sends nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What became of a call.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It is in a final block.
    Included(Included),
    /// The chain would take it, and it was not sent.
    Checked,
}

impl Outcome {
    /// The words for what was done, or would be.
    pub fn word(&self, done: &'static str, would_be: &'static str) -> &'static str {
        match self {
            Self::Included(_) => done,
            Self::Checked => would_be,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Included(included) => included.fmt(f),
            Self::Checked => f.write_str("\nchecked, and not sent (--dry-run)"),
        }
    }
}

/// Which period a bid is for.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Period {
    /// The delivery day [default: of the period whose window is open]
    #[arg(long, requires = "period")]
    day: Option<Day>,
    /// The period, from 0 [default: the one whose window is open]
    #[arg(long, requires = "day")]
    period: Option<u16>,
}

impl Period {
    /// The period that was named, or the one whose window is open.
    pub fn or(self, open: Option<Delivery>, window: &str) -> Result<Delivery> {
        match (self.day, self.period) {
            (Some(day), Some(period)) => Ok(Delivery { day, period }),
            _ => open.ok_or_else(|| failure(Kind::BadInput, format!("no {window} window is open now"))),
        }
    }
}

/// Reads a price from the command line, in ETH per kWh.
pub fn price(text: &str) -> Result<Price, String> {
    Price::parse_decimal(text).map_err(|error| error.to_string())
}
