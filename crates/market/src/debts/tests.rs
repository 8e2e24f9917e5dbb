use super::*;
use proptest::prelude::*;

const ONE: ParticipantId = ParticipantId(1);
const OTHER: ParticipantId = ParticipantId(2);

/// More than all the money of a market: 10^12 ETH.
const MOST: u128 = 1_000_000_000_000_000_000_000_000_000_000;

fn net(planck: i128) -> NetMoney {
    NetMoney::from_planck(planck)
}

fn planck(amount: u128) -> Money {
    Money::from_planck(amount)
}

/// The books of a market, kept as the simulator keeps them.
#[derive(Clone, Debug)]
struct Ledger {
    /// What each member has, and owes.
    members: Vec<(Money, NetMoney)>,
    supplier: Money,
    creditors: Creditors,
}

impl Ledger {
    fn new(money: &[u128], supplier: u128) -> Self {
        let members = money.iter().map(|free| (planck(*free), NetMoney::ZERO)).collect();
        Self { members, supplier: planck(supplier), creditors: Creditors::default() }
    }

    fn fall_due(&mut self, member: usize, due: i128) -> (Dues, Payment, Change) {
        let id = ParticipantId(u32::try_from(member).unwrap());
        let (free, debt) = self.members[member];
        let dues = Dues::new(id, debt, net(due));
        let payment = dues.payment(
            |payer| if payer == Payer::Member { free } else { self.supplier },
            || self.creditors.oldest(),
        );
        let change = dues.paid(payment.amount);
        let (free, supplier) = payment.apply(free, self.supplier).unwrap();
        self.members[member] = (free, change.debt);
        self.supplier = supplier;
        self.creditors.apply(&change);
        (dues, payment, change)
    }

    /// Pays creditors by age, and gives who was paid, in order.
    fn pay_claims(&mut self) -> Vec<ParticipantId> {
        let mut paid = Vec::new();
        while let Some(oldest) = self.creditors.oldest() {
            let (_, payment, change) = self.fall_due(usize::try_from(oldest.0).unwrap(), 0);
            paid.extend((!payment.amount.is_zero()).then_some(oldest));
            if !change.is_paid_off() {
                break;
            }
        }
        paid
    }

    fn money(&self) -> Money {
        self.members.iter().map(|(free, _)| *free).sum::<Money>().saturating_add(self.supplier)
    }

    /// What the members owe, less what is owed to them.
    fn debts(&self) -> i128 {
        self.members.iter().map(|(_, debt)| debt.planck()).sum()
    }
}

#[test]
fn ages_should_be_in_order_of_time_when_they_are_keys() {
    let ages = [0, 1, 255, 256, 65_536, u64::MAX].map(Age::new);
    assert!(ages.is_sorted());
    assert!(ages.map(|age| age.encode()).is_sorted());
    assert_eq!(Age::new(77).number(), 77);
}

#[test]
fn supplier_should_pay_by_age_when_it_is_short_of_money() {
    let mut ledger = Ledger::new(&[0, 0, 0, 0], 0);
    ledger.fall_due(3, -5);
    ledger.supplier = planck(6);
    ledger.fall_due(0, -3);
    let debts = |ledger: &Ledger| (ledger.members[3].1, ledger.members[0].1);
    assert_eq!(debts(&ledger), (net(-5), net(-3)), "the older one is first");
    assert_eq!(ledger.pay_claims(), [ParticipantId(3), ParticipantId(0)]);
    assert_eq!((debts(&ledger), ledger.supplier), ((net(0), net(-2)), Money::ZERO));
    // What falls due to the oldest is paid with its claim.
    ledger.supplier = planck(4);
    ledger.fall_due(0, -1);
    assert_eq!((ledger.members[0].1, ledger.supplier), (net(0), planck(1)));
    assert_eq!(ledger.creditors.oldest(), None);
}

#[test]
fn creditor_should_keep_its_place_until_it_is_paid_off() {
    let mut ledger = Ledger::new(&[9, 9, 9], 0);
    let queue = |ledger: &Ledger| ledger.creditors.iter().map(|id| id.0).collect::<Vec<_>>();
    for (member, due) in [(1, -10), (2, -10), (1, -10), (1, 5)] {
        ledger.fall_due(member, due);
    }
    assert_eq!(queue(&ledger), [1, 2], "it is owed more, then less");
    ledger.fall_due(1, 15);
    assert_eq!(queue(&ledger), [2]);
    ledger.fall_due(1, -1);
    assert_eq!(queue(&ledger), [2, 1], "it comes last when it is owed again");
}

#[test]
fn nobody_should_be_asked_when_it_does_not_matter() {
    let owes = Dues::new(ONE, net(3), net(4));
    let payment = owes.payment(|_| planck(5), || unreachable!("who owes pays at once"));
    assert_eq!(payment, Payment { payer: Payer::Member, amount: planck(5) });
    let waits = Dues::new(ONE, net(3), net(-4));
    let payment = waits.payment(|_| unreachable!("it is not its turn"), || Some(OTHER));
    assert_eq!(payment, Payment { payer: Payer::Supplier, amount: Money::ZERO });
}

#[test]
fn payment_should_be_refused_when_the_payer_has_less() {
    let payment = Payment { payer: Payer::Member, amount: planck(5) };
    assert_eq!(payment.apply(planck(4), Money::ZERO), None);
    assert_eq!(payment.apply(planck(5), Money::MAX), None);
    assert_eq!(payment.apply(planck(7), planck(1)), Some((planck(2), planck(6))));
}

#[test]
fn debt_should_stay_when_nothing_moves() {
    let change = Dues::new(ONE, net(-3), net(0)).paid(Money::ZERO);
    assert!(change.is_none() && !change.is_paid_off());
    // What can't be as much money is cut, and nothing panics.
    let most = Dues::new(ONE, NetMoney::MAX, NetMoney::MAX);
    assert_eq!(most.paid(Money::MAX).debt, NetMoney::MAX);
}

#[test]
fn debtor_should_be_who_owes() {
    assert_eq!([-1, 0, 1].map(|planck| is_debtor(net(planck))), [false, false, true]);
}

#[test]
fn offer_should_count_as_far_as_its_seller_delivered_when_it_owes() {
    let energy = |all: &[u64]| all.iter().copied().map(Energy::from_watt_hours).collect::<Vec<_>>();
    let count = |offered, delivered: &[u64]| {
        counted(Energy::from_watt_hours(offered), true, energy(delivered)).watt_hours()
    };
    assert_eq!((count(100, &[]), count(100, &[0, 0])), (0, 0));
    assert_eq!((count(100, &[40, 70, 0]), count(50, &[40, 70, 0])), (70, 50));
}

#[test]
fn offer_should_count_whole_when_its_seller_owes_nothing() {
    let never = std::iter::from_fn(|| -> Option<Energy> { panic!("nobody is asked what it delivered") });
    let offered = Energy::from_watt_hours(100);
    assert_eq!(counted(offered, false, never), offered);
}

#[test]
fn top_up_should_wait_when_something_falls_on_the_same_moment() {
    assert!(is_top_up_first(1, 2));
    assert!(!is_top_up_first(2, 2));
    assert_eq!((first_top_up(None), first_top_up(Some(0)), first_top_up(Some(6))), (1, 1, 7));
}

proptest! {
    #[test]
    fn payment_should_be_at_most_what_is_owed_and_what_the_payer_can_spend(
        before in any::<i64>(), due in any::<i64>(), member in any::<u64>(), supplier in any::<u64>(), is_first in any::<bool>(),
    ) {
        let dues = Dues::new(ONE, net(before.into()), net(due.into()));
        let free = |payer| planck(u128::from(if payer == Payer::Member { member } else { supplier }));
        let payment = dues.payment(free, || (!is_first).then_some(OTHER));
        prop_assert!(payment.amount <= dues.amount() && payment.amount <= free(payment.payer));
        let change = dues.paid(payment.amount);
        // It goes towards zero, and never past it.
        let owed = i128::from(before) + i128::from(due);
        prop_assert!(change.debt.planck().abs() <= owed.abs() && change.debt.planck().signum() * owed.signum() >= 0);
        // Who can pay and may, pays all.
        let may = is_first || payment.payer == Payer::Member;
        prop_assert_eq!(change.is_paid_off(), owed == 0 || may && dues.amount() <= free(payment.payer));
    }

    #[test]
    fn money_should_be_conserved_and_every_due_be_paid_or_owed(
        money in prop::collection::vec(0u128..1_000, 4), supplier in 0u128..1_000,
        dues in prop::collection::vec((0usize..4, -1_000i128..1_000, any::<bool>()), 0..60),
    ) {
        let mut ledger = Ledger::new(&money, supplier);
        let (all, start) = (ledger.money(), ledger.supplier.planck());
        let mut due_to_supplier = 0;
        for (member, due, pays_claims) in dues {
            ledger.fall_due(member, due);
            due_to_supplier += due;
            if pays_claims {
                ledger.pay_claims();
            }
            prop_assert_eq!(ledger.money(), all);
            let earned = i128::try_from(ledger.supplier.planck()).unwrap() - i128::try_from(start).unwrap();
            prop_assert_eq!(earned + ledger.debts(), due_to_supplier);
        }
    }

    #[test]
    fn nobody_should_be_paid_before_an_older_creditor(
        money in prop::collection::vec(0u128..1_000, 5), supplier in 0u128..500,
        dues in prop::collection::vec((0usize..5, -1_000i128..1_000, any::<bool>()), 0..60),
    ) {
        let mut ledger = Ledger::new(&money, supplier);
        for (member, due, pays_claims) in dues {
            let before: Vec<_> = ledger.creditors.iter().collect();
            let (_, payment, _) = ledger.fall_due(member, due);
            if payment.payer == Payer::Supplier && !payment.amount.is_zero() {
                prop_assert!(before.first().is_none_or(|oldest| oldest.0 as usize == member));
            }
            if pays_claims {
                let before: Vec<_> = ledger.creditors.iter().collect();
                let paid = ledger.pay_claims();
                prop_assert_eq!(&before[..paid.len()], &paid[..]);
                prop_assert!(ledger.supplier.is_zero() || ledger.creditors.oldest().is_none());
            }
        }
    }

    #[test]
    fn queue_should_hold_whom_the_supplier_owes_in_the_order_in_which_it_came_to_owe(
        dues in prop::collection::vec((0usize..6, -100i128..100), 0..80),
    ) {
        let mut ledger = Ledger::new(&[50; 6], 50);
        // The rule in words: who is owed and was not goes to the end, who is not owed leaves.
        let mut expected = Vec::new();
        for (member, due) in dues {
            ledger.fall_due(member, due);
            let id = ParticipantId(u32::try_from(member).unwrap());
            let is_owed = ledger.members[member].1 < NetMoney::ZERO;
            expected.retain(|other| *other != id || is_owed);
            if is_owed && !expected.contains(&id) {
                expected.push(id);
            }
            prop_assert_eq!(ledger.creditors.iter().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(ledger.creditors.oldest(), expected.first().copied());
        }
    }

    #[test]
    fn members_order_should_not_matter_when_the_supplier_has_money_for_all(
        dues in prop::collection::vec((0u128..2_000, -1_000i128..1_000), 1..12), by in 0usize..12,
    ) {
        let money: Vec<_> = dues.iter().map(|(money, _)| *money).collect();
        let settle = |order: Vec<usize>| {
            let mut ledger = Ledger::new(&money, MOST);
            for member in order {
                ledger.fall_due(member, dues[member].1);
            }
            (ledger.members, ledger.supplier)
        };
        let mut order: Vec<_> = (0..dues.len()).collect();
        let in_order = settle(order.clone());
        order.rotate_left(by % dues.len());
        prop_assert_eq!(&settle(order.clone()), &in_order);
        order.reverse();
        prop_assert_eq!(&settle(order), &in_order);
    }

    #[test]
    fn debtors_order_should_not_matter(
        dues in prop::collection::vec((0u128..1_000, 0i128..1_000), 1..12), supplier in 0u128..10,
    ) {
        let money: Vec<_> = dues.iter().map(|(money, _)| *money).collect();
        let settle = |order: &[usize]| {
            let mut ledger = Ledger::new(&money, supplier);
            for member in order {
                ledger.fall_due(*member, dues[*member].1);
            }
            (ledger.members, ledger.supplier)
        };
        let mut order: Vec<_> = (0..dues.len()).collect();
        let in_order = settle(&order);
        order.reverse();
        prop_assert_eq!(settle(&order), in_order);
    }
}
