//! What the bytes call: what is due, or anything by anybody.

use crate::chain::Origin;
use crate::offices;
use crate::session::Session;
use crate::world::{self, MEMBERS, NEWCOMERS, OPERATOR, STRANGER, people, person};
use market::calendar::Calendars;
use market::commitment::{Salt, commitment};
use market::participant::{Kinds, Member, Parameters, PartsPerMillion, Registry};
use market::position::Positions;
use market::settlement::Reading;
use market::tariff::{Prices, TariffStep};
use market::{
    Calendar, Day, Delivery, Energy, NetEnergy, ParticipantId, Position, Power, Price, Role, Stage,
};
use pallet_participants::Participant;
use pallet_settlement::types::Ruling;
use pallet_terms::TariffBounds;
use runtime::{
    AccountId, BalancesCall, BlindAuction, EnergyTasks, Participants, Runtime, RuntimeCall, Settlement,
    System, Terms, Timestamp,
};
use sp_core::{H256, Pair, ed25519};

/// What no participant's number is.
const NOBODY: ParticipantId = ParticipantId(u32::MAX);

type Make = fn(&mut Session) -> (Origin, RuntimeCall);

/// Every call, each as often as it stands here.
const CALLS: &[Make] = &[
    release,
    release,
    correct_offer,
    correct_offer,
    correct_offer,
    propose_tariff,
    set_tariff_bounds,
    set_feed_in,
    set_many_feed_ins,
    seal,
    seal,
    seal,
    reveal,
    reveal,
    submit_reading,
    submit_reading,
    late_reading,
    pay_debt,
    pay_debt,
    set_top_up,
    dispute,
    dispute,
    resolve_dispute,
    resolve_dispute,
    mint,
    redeem,
    register,
    set_parameters,
    leave_or_return,
    leave_or_return,
    rotate_agent,
    rotate_meter,
    rotate_account,
    rotate_account,
    replace_supplier,
    withdraw_tariff,
    set_calendar,
    pause_or_resume,
    pause_or_resume,
    set_deposit_share,
    set_exposure_share,
    void_offers,
    transfer,
    transfer_all,
    burn,
    batch,
    offices::announce,
    offices::announce_many,
    offices::enact,
    offices::enact,
    offices::withdraw,
    offices::appoint,
    offices::set_mint_bound,
];

impl Session<'_, '_> {
    /// What is due for somebody now, as its worker would do it; none where nothing is.
    fn due(&mut self) -> Option<(Origin, RuntimeCall)> {
        let count = Participants::count();
        let first = u32::from(self.bytes.byte());
        let due = (0..count).map(|id| ParticipantId((first + id) % count)).find_map(|id| {
            let due = EnergyTasks::due(id).or_else(|| BlindAuction::due(id));
            due.or_else(|| Settlement::due(id))
        })?;
        let member = Participants::member(due.participant)?;
        let call: RuntimeCall = match due.stage {
            Stage::Release => self.release_of(&member, due.delivery.day).into(),
            Stage::Sealing => self.seal_of(member.id, due.delivery).into(),
            Stage::Reveal => self.reveal_of(member.id, due.delivery).into(),
            Stage::Execution | Stage::Metering => self.reading_of(&member, due.delivery).into(),
        };
        Some((self.acting_for(&member), call))
    }

    /// What is due; now and then a seller's correction, while there is time for it.
    pub(crate) fn due_or_correction(&mut self) -> Option<(Origin, RuntimeCall)> {
        let now = Timestamp::get();
        let is_sealing = Terms::open_at(now).sealing.is_some();
        if is_sealing && self.bytes.once_in(5) { Some(correct_offer(self)) } else { self.due() }
    }

    /// Any call by anybody.
    pub(crate) fn any_call(&mut self) -> (Origin, RuntimeCall) {
        let make = self.bytes.pick(CALLS);
        make(self)
    }

    fn acting_for(&mut self, member: &Member<AccountId>) -> Origin {
        let by_agent = self.bytes.once_in(2);
        let agent =
            pallet_participants::Participants::<Runtime>::get(member.id).map(|found| found.participant.agent);
        Origin::Account(agent.filter(|_| by_agent).unwrap_or_else(|| member.account.clone()))
    }

    /// A member, mostly one of a role that fits.
    fn member(&mut self, fits: fn(Role) -> bool) -> Option<Member<AccountId>> {
        let all: Vec<_> =
            (0..Participants::count()).filter_map(|id| Participants::member(ParticipantId(id))).collect();
        let fitting: Vec<_> = all.iter().filter(|member| fits(member.role)).cloned().collect();
        let of = if fitting.is_empty() || self.bytes.once_in(8) { all } else { fitting };
        (!of.is_empty()).then(|| self.bytes.pick(&of))
    }

    /// Who calls for a member: mostly the member or its agent.
    fn caller(&mut self, member: &Member<AccountId>) -> Origin {
        match self.bytes.byte() {
            0..=223 => self.acting_for(member),
            224..=239 => Origin::Account(person(STRANGER).account.clone()),
            240..=247 => Origin::Account(self.account()),
            248..=251 => Origin::Root,
            _ => Origin::Nobody,
        }
    }

    /// Who calls as the operator: mostly the operator.
    pub(crate) fn operator(&mut self) -> Origin {
        match self.bytes.byte() {
            0..=239 => Origin::Root,
            240..=251 => Origin::Account(self.account()),
            _ => Origin::Nobody,
        }
    }

    pub(crate) fn account(&mut self) -> AccountId {
        let everybody = people();
        let somebody = &everybody[self.bytes.below(everybody.len())];
        if self.bytes.once_in(3) { somebody.agent.clone() } else { somebody.account.clone() }
    }

    /// A period: mostly the one whose window of a stage is open, or one around it.
    fn delivery(&mut self, stage: Stage) -> Delivery {
        let now = Timestamp::get();
        let calendar = Terms::at(now);
        let current = calendar.delivery_at(now).unwrap_or_default();
        let usual = match stage {
            Stage::Metering => calendar.previous(current),
            Stage::Execution => Some(current),
            _ => calendar.delivery_at(now).map_or(Some(Delivery::default()), |at| calendar.next(at)),
        };
        let usual = usual.unwrap_or_default();
        match self.bytes.byte() {
            0..=215 => usual,
            216..=229 => calendar.next(usual).unwrap_or_default(),
            230..=243 => calendar.previous(usual).unwrap_or_default(),
            244..=249 => Delivery { period: calendar.periods_per_day, ..usual },
            250..=252 => Delivery { day: usual.day + u32::from(self.bytes.byte()), ..usual },
            253..=254 => Delivery::default(),
            255 => Delivery { day: Day::MAX, period: u16::MAX },
        }
    }

    /// A day that terms may apply from: mostly one of the next weeks.
    fn later_day(&mut self) -> Day {
        let now = Timestamp::get();
        let today = Terms::at(now).delivery_at(now).map_or(0, |current| current.day);
        match self.bytes.byte() {
            0..=239 => today + 2 + u32::from(self.bytes.byte() % 40),
            240..=250 => today + u32::from(self.bytes.byte() % 2),
            _ => u32::from(self.bytes.byte()),
        }
    }

    /// An amount of energy: mostly one that a tie line carries.
    fn energy(&mut self, member: &Member<AccountId>) -> Energy {
        let limit = member.parameters.tie_line.over(Terms::of(0).period_length).unwrap_or_default();
        let limit = limit.min(Energy::MAX_PER_PERIOD).watt_hours();
        Energy::from_watt_hours(match self.bytes.byte() {
            0..=127 => self.bytes.between(1, limit),
            128..=247 => self.bytes.between(limit / 8, limit / 2),
            248..=249 => limit,
            250..=251 => 0,
            252..=253 => limit.saturating_add(1),
            254 => self.bytes.long(),
            255 => u64::MAX,
        })
    }

    /// A reserve price: mostly a legal one that bids may reach.
    fn reserve(&mut self, member: &Member<AccountId>, day: Day) -> Price {
        let feed_in = Terms::feed_in(day);
        let floor = feed_in.max(member.parameters.generation_cost).gwei();
        Price::from_gwei(match self.bytes.byte() {
            0..=227 => self.bytes.between(floor, floor.saturating_add(60_000_000)),
            228..=240 => floor,
            241..=246 => feed_in.gwei().saturating_sub(1),
            247..=251 => member.parameters.generation_cost.gwei().saturating_sub(1),
            252..=253 => self.bytes.long(),
            254 => Price::MAX_IN_MARKET.gwei(),
            255 => Price::MAX_IN_MARKET.gwei() + 1,
        })
    }

    fn position(&mut self, member: &Member<AccountId>, day: Day) -> Position {
        let sells = if member.role == Role::Prosumer { self.bytes.once_in(2) } else { member.role.sells() };
        let sells = sells != self.bytes.once_in(64);
        match (self.bytes.below(16), sells) {
            (0, _) => Position::NONE,
            (_, true) => Position::Sell { energy: self.energy(member), reserve: self.reserve(member, day) },
            (_, false) => Position::Buy(self.energy(member)),
        }
    }

    fn release_of(&mut self, member: &Member<AccountId>, day: Day) -> pallet_energy_tasks::Call<Runtime> {
        let number = match self.bytes.byte() {
            0..=247 => usize::from(Terms::of(day).periods_per_day),
            _ => self.bytes.below(12),
        };
        // One kind of mistake is enough to be refused, so legal positions are drawn once more.
        let mut positions: Vec<_> = (0..number).map(|_| self.position(member, day)).collect();
        if !self.bytes.once_in(4) {
            for position in &mut positions {
                *position = self.legal(member, day, *position);
            }
        }
        pallet_energy_tasks::Call::release { day, positions: positions.try_into().unwrap_or_default() }
    }

    /// The position, or the nearest that the pallet takes.
    fn legal(&self, member: &Member<AccountId>, day: Day, position: Position) -> Position {
        let limit = member.parameters.tie_line.over(Terms::of(day).period_length).unwrap_or_default();
        let limit = limit.min(Energy::MAX_PER_PERIOD);
        match position {
            Position::Buy(volume) if member.role.buys() => Position::Buy(volume.min(limit)),
            Position::Sell { energy, reserve } if member.role.sells() => Position::Sell {
                energy: energy.min(limit),
                reserve: reserve
                    .min(Price::from_gwei(500_000_000))
                    .max(Terms::feed_in(day))
                    .max(member.parameters.generation_cost),
            },
            _ => Position::NONE,
        }
    }

    /// A bid: mostly one within its limits.
    fn price(&mut self, delivery: Delivery) -> Price {
        let tariff = Terms::prices(delivery).map_or(Price::ZERO, |prices| prices.tariff).gwei();
        let cost = EnergyTasks::lowest_cost(delivery).unwrap_or_default().gwei();
        Price::from_gwei(match self.bytes.byte() {
            0..=199 => self.bytes.between(cost.min(tariff), tariff),
            200..=239 => self.bytes.between(cost.min(tariff), tariff) / 5_000_000 * 5_000_000,
            240..=245 => tariff,
            246..=248 => tariff.saturating_add(1),
            249..=251 => cost.saturating_sub(1),
            252..=253 => 0,
            254 => self.bytes.long(),
            255 => u64::MAX,
        })
    }

    fn seal_of(&mut self, bidder: ParticipantId, delivery: Delivery) -> pallet_blind_auction::Call<Runtime> {
        let price = self.price(delivery);
        // The quote binds to nothing: mostly another legal one.
        let quote = if self.bytes.once_in(8) { self.price(delivery) } else { self.legal_price(delivery) };
        let price = if self.bytes.once_in(8) {
            price
        } else {
            self.legal_price(delivery).min(price).max(self.floor(delivery))
        };
        let salt: Salt = [self.bytes.byte(); 32];
        let commitment = commitment(System::block_hash(0), bidder, delivery, price, &salt);
        self.bids.insert(commitment, (price, salt));
        pallet_blind_auction::Call::seal { delivery, commitment, quote }
    }

    fn floor(&self, delivery: Delivery) -> Price {
        EnergyTasks::lowest_cost(delivery).unwrap_or_default()
    }

    fn legal_price(&mut self, delivery: Delivery) -> Price {
        let tariff = Terms::prices(delivery).map_or(Price::ZERO, |prices| prices.tariff).gwei();
        let floor = self.floor(delivery).gwei().min(tariff);
        Price::from_gwei(self.bytes.between(floor, tariff))
    }

    fn reveal_of(
        &mut self,
        bidder: ParticipantId,
        delivery: Delivery,
    ) -> pallet_blind_auction::Call<Runtime> {
        let sealed = BlindAuction::sealed(delivery, bidder).map(|seal| seal.commitment);
        let opens = sealed.and_then(|commitment| self.bids.get(&commitment)).copied();
        let (price, salt) = opens.unwrap_or_default();
        let price = if self.bytes.once_in(32) { self.price(delivery) } else { price };
        pallet_blind_auction::Call::reveal { delivery, price, salt }
    }

    fn reading_of(
        &mut self,
        member: &Member<AccountId>,
        delivery: Delivery,
    ) -> pallet_settlement::Call<Runtime> {
        let position = EnergyTasks::position(member.id, delivery).unwrap_or_default();
        let (mut energy_in, mut energy_out) = match self.bytes.byte() {
            // As planned, or a bit less or more.
            0..=63 => (position.shortage(), position.surplus()),
            64..=159 => (self.energy(member), Energy::ZERO),
            _ => (Energy::ZERO, self.energy(member)),
        };
        if self.bytes.once_in(16) {
            (energy_in, energy_out) = (self.energy(member), self.energy(member));
        }
        let reading = Reading { delivery, energy_in, energy_out };
        let signature = self.signature(member, &reading);
        pallet_settlement::Call::submit_reading { reading, signature }
    }

    /// The meter's signature; now and then over something else, or of somebody else's meter.
    fn signature(&mut self, member: &Member<AccountId>, reading: &Reading) -> ed25519::Signature {
        let (id, meter) = match self.bytes.byte() {
            0..=247 => (member.id, world::meter_of(&member.meter)),
            248..=251 => (ParticipantId(member.id.0 + 1), world::meter_of(&member.meter)),
            _ => (member.id, Some(&person(STRANGER).meter)),
        };
        let payload = reading.signed_payload(System::block_hash(0), id);
        meter.map_or(ed25519::Signature::from_raw([0; 64]), |meter| meter.sign(&payload))
    }

    fn parameters(&mut self, role: Role) -> Parameters {
        let usual = world::parameters(role);
        match self.bytes.byte() {
            0..=159 => usual,
            160..=219 => Parameters {
                alpha: PartsPerMillion(u32::try_from(self.bytes.between(1, 1_000_000)).unwrap_or(1)),
                generation_cost: Price::from_gwei(self.bytes.between(0, 500_000_000)),
                tie_line: Power::from_watts(self.bytes.between(0, 800_000)),
            },
            220..=229 => Parameters { alpha: PartsPerMillion(0), ..usual },
            230..=239 => Parameters { generation_cost: Price::from_gwei(self.bytes.long()), ..usual },
            240..=247 => Parameters { tie_line: Power::from_watts(self.bytes.long()), ..usual },
            _ => Parameters { tie_line: Power::from_watts(1_000_000_000_000), ..usual },
        }
    }
}

fn release(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(Role::is_metered) else { return transfer(s) };
    let now = Timestamp::get();
    let tomorrow = Terms::at(now).delivery_at(now).map_or(0, |current| current.day + 1);
    let day = match s.bytes.byte() {
        0..=231 => tomorrow,
        232..=239 => tomorrow.saturating_sub(1),
        240..=247 => tomorrow + 1,
        _ => u32::from(s.bytes.byte()),
    };
    let call = s.release_of(&member, day);
    (s.caller(&member), call.into())
}

fn correct_offer(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(Role::sells) else { return transfer(s) };
    let delivery = s.delivery(Stage::Sealing);
    let (energy, reserve) = (s.energy(&member), s.reserve(&member, delivery.day));
    let call = pallet_energy_tasks::Call::correct_offer { delivery, energy, reserve };
    (s.caller(&member), call.into())
}

fn propose_tariff(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(|role| role == Role::RetailSupplier) else { return transfer(s) };
    let mut steps: Vec<TariffStep> = world::tariff(s.bytes.between(0, 100_000_000));
    let at = s.bytes.below(steps.len());
    match s.bytes.byte() {
        0..=199 => {}
        200..=209 => steps[at].from += 1,
        210..=219 => steps[at].to += 1,
        220..=229 => steps[at].to = steps[at].from,
        230..=236 => steps[at].price = Price::from_gwei(s.bytes.between(0, 400_000_000)),
        237..=246 => steps[at].price = Price::from_gwei(3_000_000_000),
        247..=250 => drop(steps.remove(at)),
        _ => steps.clear(),
    }
    let call = pallet_terms::Call::propose_tariff {
        effective_from: s.later_day(),
        steps: steps.try_into().unwrap_or_default(),
    };
    (s.caller(&member), call.into())
}

fn set_tariff_bounds(s: &mut Session) -> (Origin, RuntimeCall) {
    let (lowest, highest) = match s.bytes.byte() {
        0..=199 => (s.bytes.between(300_000_000, 430_000_000), s.bytes.between(1_000_000_000, 2_000_000_000)),
        200..=229 => (2, 1),
        _ => (0, s.bytes.long()),
    };
    let bounds = TariffBounds { lowest: Price::from_gwei(lowest), highest: Price::from_gwei(highest) };
    (s.operator(), pallet_terms::Call::set_tariff_bounds { bounds }.into())
}

fn set_feed_in(s: &mut Session) -> (Origin, RuntimeCall) {
    let price = match s.bytes.byte() {
        0..=231 => s.bytes.between(350_000_000, 400_000_000),
        232..=247 => s.bytes.between(400_000_000, 1_000_000_000),
        _ => s.bytes.long(),
    };
    let call =
        pallet_terms::Call::set_feed_in { effective_from: s.later_day(), price: Price::from_gwei(price) };
    (s.operator(), call.into())
}

/// Terms for many days to come, at once.
fn set_many_feed_ins(s: &mut Session) -> (Origin, RuntimeCall) {
    let (first, days) = (s.later_day(), u32::from(s.bytes.byte() % 20));
    let price = Price::from_gwei(s.bytes.between(350_000_000, 380_000_000));
    let call = |day| pallet_terms::Call::set_feed_in { effective_from: first + day, price }.into();
    (s.operator(), pallet_utility::Call::batch_all { calls: (0..days).map(call).collect() }.into())
}

fn seal(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(Role::buys) else { return transfer(s) };
    let delivery = s.delivery(Stage::Sealing);
    let call = s.seal_of(member.id, delivery);
    (s.caller(&member), call.into())
}

fn reveal(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(Role::buys) else { return transfer(s) };
    let delivery = s.delivery(Stage::Reveal);
    let call = s.reveal_of(member.id, delivery);
    (s.caller(&member), call.into())
}

fn submit_reading(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(Role::is_metered) else { return transfer(s) };
    let delivery = s.delivery(Stage::Metering);
    let call = s.reading_of(&member, delivery);
    (s.caller(&member), call.into())
}

/// A settled period: mostly a recent one.
fn settled(s: &mut Session) -> Delivery {
    let next = Settlement::next_to_settle().unwrap_or_default();
    let back = match s.bytes.byte() {
        0..=223 => u32::from(s.bytes.byte() % 6),
        224..=243 => u32::from(s.bytes.byte() % 64),
        _ => return s.delivery(Stage::Metering),
    };
    let calendar = Terms::of(next.day);
    let mut delivery = calendar.previous(next).unwrap_or_default();
    for _ in 0..back {
        delivery = calendar.previous(delivery).unwrap_or_default();
    }
    delivery
}

/// A reading that corrects an estimate, where there is one.
fn late_reading(s: &mut Session) -> (Origin, RuntimeCall) {
    let delivery = settled(s);
    let is_estimated =
        |line: &pallet_settlement::types::Line| line.settled.is_some_and(|line| line.estimated);
    let missing = pallet_settlement::Lines::<Runtime>::iter_prefix(delivery)
        .find(|(_, line)| is_estimated(line) && line.reading.is_none())
        .and_then(|(id, _)| Participants::member(id));
    let Some(member) = missing.or_else(|| s.member(Role::is_metered)) else { return transfer(s) };
    let call = s.reading_of(&member, delivery);
    (s.caller(&member), call.into())
}

/// A line is disputed: mostly a member's own, or by the DSO, and now and then one that was corrected before.
fn dispute(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(mut member) = s.member(|role| role != Role::RetailSupplier) else { return transfer(s) };
    let mut delivery = settled(s);
    let first = pallet_settlement::Closing::<Runtime>::get().map_or(0, |closing| closing.day);
    let corrected = pallet_settlement::Corrections::<Runtime>::iter_keys()
        .filter(|(of, id, _)| {
            of.day >= first && Participants::member(*id).is_some_and(|m| m.role.is_metered())
        })
        .max_by_key(|(_, _, number)| *number);
    if let Some((of, id, _)) = corrected.filter(|_| !s.bytes.once_in(8)) {
        (delivery, member) = (of, Participants::member(id).unwrap_or(member));
    }
    let is_observer = member.role == Role::DistributionOperator;
    let participant = if is_observer || s.bytes.once_in(16) { number(s) } else { member.id };
    let call = pallet_settlement::Call::dispute { delivery, participant };
    (s.caller(&member), call.into())
}

fn resolve_dispute(s: &mut Session) -> (Origin, RuntimeCall) {
    let open = pallet_settlement::Disputes::<Runtime>::iter_keys().next();
    let (delivery, participant) = match open.filter(|_| !s.bytes.once_in(8)) {
        Some((day, (period, participant))) => (Delivery { day, period }, participant),
        None => (settled(s), number(s)),
    };
    let ruling = match s.bytes.byte() {
        0..=39 => Ruling::Dismiss,
        40..=143 => Ruling::Actual(NetEnergy::from_watt_hours(i64::from(s.bytes.byte()) << 4)),
        144..=247 => Ruling::Actual(NetEnergy::from_watt_hours(-(i64::from(s.bytes.byte()) << 4))),
        248..=251 => Ruling::Actual(NetEnergy::MAX),
        _ => Ruling::Actual(NetEnergy::from_watt_hours(i64::MIN)),
    };
    (s.operator(), pallet_settlement::Call::resolve_dispute { delivery, participant, ruling }.into())
}

fn mint(s: &mut Session) -> (Origin, RuntimeCall) {
    let (participant, reference) = (number(s), H256::repeat_byte(s.bytes.byte()));
    // No more than there may be of it in all.
    let amount = amount(s).min(u128::from(u64::MAX) << 8);
    (s.operator(), pallet_settlement::Call::mint { participant, amount, reference }.into())
}

fn redeem(s: &mut Session) -> (Origin, RuntimeCall) {
    let debtor = pallet_settlement::Debts::<Runtime>::iter_keys().next();
    let participant = debtor.filter(|_| s.bytes.once_in(4)).unwrap_or_else(|| number(s));
    let (amount, reference) = (amount(s), H256::repeat_byte(s.bytes.byte()));
    (s.operator(), pallet_settlement::Call::redeem { participant, amount, reference }.into())
}

fn pay_debt(s: &mut Session) -> (Origin, RuntimeCall) {
    let debtor = pallet_settlement::Debts::<Runtime>::iter()
        .find(|(_, debt)| debt.planck() > 0)
        .and_then(|(debtor, _)| Participants::member(debtor));
    let Some(member) = debtor.or_else(|| s.member(Role::buys)) else { return transfer(s) };
    let amount = amount(s);
    (s.caller(&member), pallet_settlement::Call::pay_debt { amount }.into())
}

fn set_top_up(s: &mut Session) -> (Origin, RuntimeCall) {
    let participant = number(s);
    let amount = if s.bytes.once_in(4) { 0 } else { u128::from(s.bytes.byte()) << 60 };
    (s.operator(), pallet_settlement::Call::set_top_up { participant, amount }.into())
}

fn register(s: &mut Session) -> (Origin, RuntimeCall) {
    let newcomer = person(s.bytes.pick(&NEWCOMERS));
    let missing = Participants::retail_supplier().is_none();
    let role = match s.bytes.byte() {
        0..=127 if missing => Role::RetailSupplier,
        0..=95 => Role::LoadAggregator,
        96..=159 => Role::Microgrid,
        160..=223 => Role::Prosumer,
        224..=239 => Role::DistributionOperator,
        _ => Role::RetailSupplier,
    };
    let mut participant = Participant {
        name: newcomer.name.as_bytes().to_vec().try_into().unwrap_or_default(),
        account: newcomer.account.clone(),
        agent: newcomer.agent.clone(),
        meter: newcomer.meter.public().0,
        role,
        kinds: Kinds::default(),
        parameters: s.parameters(role),
    };
    match s.bytes.byte() {
        0..=207 => {}
        208..=221 => participant.name = Default::default(),
        222..=227 => participant.name = b"no name".to_vec().try_into().unwrap_or_default(),
        228..=241 => participant.name = b"LA1".to_vec().try_into().unwrap_or_default(),
        242..=247 => participant.agent = participant.account.clone(),
        _ => participant.account = person("LA1").account.clone(),
    }
    (s.operator(), pallet_participants::Call::register { participant }.into())
}

fn set_parameters(s: &mut Session) -> (Origin, RuntimeCall) {
    let id = number(s);
    let role = Participants::member(id).map_or(Role::LoadAggregator, |member| member.role);
    let parameters = s.parameters(role);
    (s.operator(), pallet_participants::Call::set_parameters { id, parameters }.into())
}

/// Somebody is suspended, comes back or goes: mostly whoever is suspended already.
fn leave_or_return(s: &mut Session) -> (Origin, RuntimeCall) {
    let suspended =
        pallet_participants::Participants::<Runtime>::iter_keys().find(|id| Participants::is_suspended(*id));
    let id = suspended.filter(|_| !s.bytes.once_in(4)).unwrap_or_else(|| number(s));
    let call = match (suspended == Some(id), s.bytes.byte()) {
        (true, 0..=127) | (false, 0..=15) => pallet_participants::Call::reinstate { id },
        (true, 128..=239) | (false, 16..=31) => pallet_participants::Call::remove { id },
        _ => pallet_participants::Call::suspend { id },
    };
    (s.operator(), call.into())
}

fn rotate_agent(s: &mut Session) -> (Origin, RuntimeCall) {
    let (id, agent) = (number(s), s.account());
    (s.operator(), pallet_participants::Call::rotate_agent { id, agent }.into())
}

/// Mostly of somebody whose money is on hold, to an account that nobody has.
fn rotate_account(s: &mut Session) -> (Origin, RuntimeCall) {
    let held = pallet_balances::Holds::<Runtime>::iter_keys().find_map(|who| Participants::acting(&who));
    let id = held.filter(|_| !s.bytes.once_in(4)).unwrap_or_else(|| number(s));
    let account = s.account();
    (s.operator(), pallet_participants::Call::rotate_account { id, account }.into())
}

fn replace_supplier(s: &mut Session) -> (Origin, RuntimeCall) {
    let name = match s.bytes.byte() {
        0..=199 => "RES",
        200..=229 => "LA1",
        _ => "no name",
    };
    let name = name.as_bytes().to_vec().try_into().unwrap_or_default();
    let (account, agent) = (s.account(), s.account());
    (s.operator(), pallet_participants::Call::replace_supplier { name, account, agent }.into())
}

fn withdraw_tariff(s: &mut Session) -> (Origin, RuntimeCall) {
    let Some(member) = s.member(|role| role == Role::RetailSupplier) else { return transfer(s) };
    let last = pallet_terms::TariffVersions::<Runtime>::get().last().map(|version| version.effective_from);
    let effective_from = last.filter(|_| !s.bytes.once_in(4)).unwrap_or_else(|| s.later_day());
    (s.caller(&member), pallet_terms::Call::withdraw_tariff { effective_from }.into())
}

fn rotate_meter(s: &mut Session) -> (Origin, RuntimeCall) {
    let id = number(s);
    let meter = people()[s.bytes.below(people().len())].meter.public().0;
    (s.operator(), pallet_participants::Call::rotate_meter { id, meter }.into())
}

/// Days of as long, in longer or shorter periods.
fn set_calendar(s: &mut Session) -> (Origin, RuntimeCall) {
    let day = s.later_day();
    let before = Terms::of(day);
    let length = before.day_length();
    let periods_per_day = s.bytes.pick(&[2, 4, 8]);
    let period_length = length / u64::from(periods_per_day);
    let mut calendar = Calendar { effective_from: day, periods_per_day, period_length, ..before };
    match s.bytes.byte() {
        0..=191 => {}
        192..=203 => calendar.release_to = calendar.release_from,
        204..=213 => calendar.anchor += period_length,
        214..=223 => calendar.period_length = before.period_length * 2,
        224..=239 => (calendar.periods_per_day, calendar.period_length) = (32, length / 32),
        _ => calendar.release_from = s.bytes.long() % length.max(1),
    }
    (s.operator(), pallet_terms::Call::set_calendar { calendar }.into())
}

/// A stage is paused, now and then one that was until lately; or, mostly, the one that is paused is resumed.
fn pause_or_resume(s: &mut Session) -> (Origin, RuntimeCall) {
    let paused = Stage::ALL.into_iter().find(|stage| Terms::is_paused(*stage));
    let now = Timestamp::get();
    let lately = Stage::ALL.into_iter().find(|stage| {
        let last = pallet_terms::Pauses::<Runtime>::get(stage).last().and_then(|pause| pause.to);
        last.is_some_and(|to| to <= now && now < to + world::LONGEST_PAUSE)
    });
    let any = s.bytes.pick(&Stage::ALL);
    let any = lately.filter(|_| s.bytes.once_in(2)).unwrap_or(any);
    let call = match (paused, s.bytes.byte()) {
        (Some(stage), 0..=223) => pallet_terms::Call::resume { stage },
        (None, 0..=31) => pallet_terms::Call::resume { stage: any },
        (Some(stage), 224..=239) => pallet_terms::Call::pause { stage },
        _ => pallet_terms::Call::pause { stage: any },
    };
    (s.operator(), call.into())
}

fn set_deposit_share(s: &mut Session) -> (Origin, RuntimeCall) {
    let share = PartsPerMillion(match s.bytes.byte() {
        0..=199 => u32::from(s.bytes.byte()) << 10,
        200..=207 => 0,
        208..=215 => 1_000_000,
        _ => 1_000_001,
    });
    (s.operator(), pallet_blind_auction::Call::set_deposit_share { share }.into())
}

/// What sellers cover: mostly nothing, or some of it.
fn set_exposure_share(s: &mut Session) -> (Origin, RuntimeCall) {
    let share = PartsPerMillion(match s.bytes.byte() {
        0..=99 => 0,
        100..=207 => u32::from(s.bytes.byte()) << 10,
        208..=215 => 1_000_000,
        _ => 1_000_001,
    });
    (s.operator(), pallet_energy_tasks::Call::set_exposure_share { share }.into())
}

fn void_offers(s: &mut Session) -> (Origin, RuntimeCall) {
    let seller = s.member(Role::sells).map(|member| member.id);
    let participant = seller.filter(|_| !s.bytes.once_in(4)).unwrap_or_else(|| number(s));
    (s.operator(), pallet_energy_tasks::Call::void_offers { participant }.into())
}

fn transfer(s: &mut Session) -> (Origin, RuntimeCall) {
    let (from, to) = (s.account(), s.account());
    let value = amount(s);
    let call: RuntimeCall = if s.bytes.once_in(2) {
        BalancesCall::transfer_keep_alive { dest: to.into(), value }.into()
    } else {
        BalancesCall::transfer_allow_death { dest: to.into(), value }.into()
    };
    (Origin::Account(from), call)
}

/// An account is drained, as between a seal and its reveal: all it can spend goes elsewhere.
fn transfer_all(s: &mut Session) -> (Origin, RuntimeCall) {
    use frame_support::traits::fungible::Inspect;
    use frame_support::traits::tokens::{Fortitude::Polite, Preservation::Expendable};
    let from = person(s.bytes.pick(&MEMBERS).0).account.clone();
    let to = if s.bytes.once_in(2) { s.account() } else { runtime::Settlement::pot() };
    let value = runtime::Balances::reducible_balance(&from, Expendable, Polite);
    (Origin::Account(from), BalancesCall::transfer_allow_death { dest: to.into(), value }.into())
}

/// Nobody can unmake money.
fn burn(s: &mut Session) -> (Origin, RuntimeCall) {
    let (from, value) = (s.account(), amount(s));
    (Origin::Account(from), BalancesCall::burn { value, keep_alive: s.bytes.once_in(2) }.into())
}

/// Several calls of one signer at once, all or none.
fn batch(s: &mut Session) -> (Origin, RuntimeCall) {
    let mut calls = Vec::new();
    let mut origin = Origin::Account(person(OPERATOR).account.clone());
    for _ in 0..=s.bytes.below(3) {
        let make = s.bytes.pick(&[release, correct_offer, seal, reveal, submit_reading, pay_debt, transfer]);
        let (by, call) = make(s);
        calls.push(call);
        origin = by;
    }
    (origin, pallet_utility::Call::batch_all { calls }.into())
}

fn number(s: &mut Session) -> ParticipantId {
    match s.bytes.byte() {
        0..=239 => ParticipantId(u32::from(s.bytes.byte()) % Participants::count().max(1)),
        240..=251 => ParticipantId(Participants::count()),
        _ => NOBODY,
    }
}

/// An amount of money, from nothing to all there could be.
fn amount(s: &mut Session) -> u128 {
    match s.bytes.byte() {
        0..=199 => u128::from(s.bytes.byte()) << 56,
        200..=215 => 0,
        216..=231 => 1,
        232..=251 => u128::from(s.bytes.byte()) << 64,
        _ => u128::MAX,
    }
}
