//! A member that acts on its chain by hand.

use crate::calls::Call;
use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::member::{Folder, Member};
use crate::transactions::{Included, make};
use anyhow::Result;
use market::api::{Clock, ParticipantInfo};
use market::commitment::{salt, salt_message};
use market::{Day, Delivery, Price};

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
}

impl Session {
    /// Reads a member's folder, and finds the member on its node's chain.
    ///
    /// # Errors
    /// Where the folder is wrong, the node does not answer, or the member's agent acts for nobody or for another.
    pub async fn open(folder: &Folder) -> Result<Self> {
        let member = Member::read(folder)?;
        let chain = Chain::connect(&member.url).await?;
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
        let clock = chain.clock(None).await?;
        Ok(Self { member, chain, clock, info })
    }

    /// Makes a call, as [`make`] does.
    pub async fn send(&self, call: &Call) -> Result<Included> {
        make(&self.chain, &self.member.agent, call).await
    }

    /// The salt of a period's bid: the agent's signature gives it again and again.
    pub async fn salt(&self, delivery: Delivery) -> Result<[u8; 32]> {
        let message = salt_message(self.chain.genesis().await?, self.info.id, delivery);
        Ok(salt(&self.member.agent.sign(&message)))
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
