//! The live view of a market in a terminal.

use super::block::{Block, CATCH_UP};
use crate::chain::Chain;
use crate::events::Events;
use crate::words::{stages, time_of_day};
use anyhow::Result;
use market::NetMoney;
use market::api::{Clock, ParticipantInfo};
use market::clearing::Order;
use ratatui::crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Block as Pane, Gauge, List, Paragraph, Row, Table};
use ratatui::{DefaultTerminal, Frame};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a look at the keyboard takes at most, and so how often the node is asked.
const PAUSE: Duration = Duration::from_millis(200);
/// After how long a node's silence is told.
const SILENCE: Duration = Duration::from_secs(2);
/// How many blocks are remembered.
const BLOCKS: usize = 200;

/// What is shown.
pub struct View {
    /// The chain's name.
    pub chain: String,
    /// Where the market stands.
    pub clock: Clock,
    /// Everybody.
    pub participants: Vec<ParticipantInfo>,
    /// The bids that wait for clearing, of the period that is revealed or cleared.
    pub queue: Vec<Order>,
    /// The newest blocks, the last one first.
    pub blocks: VecDeque<Block>,
    /// How long the node owes an answer.
    pub silent: Duration,
}

/// Shows the market until q, Esc or Ctrl-C, and leaves the terminal as it was. The keys are heard beside a silent node,
/// too.
pub async fn run(chain: &Chain, events: &Events) -> Result<()> {
    let mut view = View {
        chain: chain.name().await?,
        clock: chain.clock(None).await?,
        participants: Vec::new(),
        queue: Vec::new(),
        blocks: VecDeque::new(),
        silent: Duration::ZERO,
    };
    let next = chain.header(None).await?.number;
    let mut terminal = ratatui::try_init()?;
    let outcome = view.show(&mut terminal, chain, events, next).await;
    ratatui::restore();
    outcome
}

/// What is new since the last look.
struct Seen {
    clock: Clock,
    participants: Vec<ParticipantInfo>,
    queue: Vec<Order>,
    blocks: Vec<Block>,
    next: u32,
}

/// Looks at the blocks from a number on; `None` where there is none yet.
async fn look(chain: &Chain, events: &Events, next: u32) -> Result<Option<Seen>> {
    let head = chain.header(None).await?;
    if head.number < next {
        return Ok(None);
    }
    let mut blocks = Vec::new();
    for number in next.max(head.number.saturating_sub(CATCH_UP))..=head.number {
        blocks.push(Block::read(chain, events, number).await?);
    }
    let clock = chain.clock(Some(&head.hash)).await?;
    let queued = clock.open.reveal.or(clock.open.execution);
    let queue = match queued {
        Some(delivery) => chain.queue(delivery, Some(&head.hash)).await?,
        None => Vec::new(),
    };
    let participants = chain.participants(Some(&head.hash)).await?;
    Ok(Some(Seen { clock, participants, queue, blocks, next: head.number.saturating_add(1) }))
}

/// Whether a key says so, now or within a time.
fn leaves(wait: Duration) -> Result<bool> {
    if !event::poll(wait)? {
        return Ok(false);
    }
    let event::Event::Key(key) = event::read()? else { return Ok(false) };
    let interrupted = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    let asked = matches!(key.code, KeyCode::Char('q') | KeyCode::Esc);
    Ok(key.kind == KeyEventKind::Press && (interrupted || asked))
}

impl View {
    async fn show(
        &mut self,
        terminal: &mut DefaultTerminal,
        chain: &Chain,
        events: &Events,
        mut next: u32,
    ) -> Result<()> {
        loop {
            let looking = look(chain, events, next);
            tokio::pin!(looking);
            let asked = Instant::now();
            let seen = loop {
                tokio::select! {
                    seen = &mut looking => break seen?,
                    () = tokio::time::sleep(PAUSE) => {}
                }
                self.silent = asked.elapsed();
                terminal.draw(|frame| self.draw(frame))?;
                if leaves(Duration::ZERO)? {
                    return Ok(());
                }
            };
            self.silent = Duration::ZERO;
            if let Some(seen) = seen {
                next = seen.next;
                self.take(seen);
            }
            terminal.draw(|frame| self.draw(frame))?;
            if leaves(PAUSE)? {
                return Ok(());
            }
        }
    }

    fn take(&mut self, seen: Seen) {
        for block in seen.blocks {
            self.blocks.push_front(block);
        }
        self.blocks.truncate(BLOCKS);
        (self.clock, self.participants, self.queue) = (seen.clock, seen.participants, seen.queue);
    }

    /// Draws all of it.
    pub fn draw(&self, frame: &mut Frame) {
        let members = u16::try_from(self.participants.len()).unwrap_or(u16::MAX).saturating_add(3).min(16);
        let [top, progress, middle, bottom] = Layout::vertical([
            Constraint::Length(4),
            Constraint::Length(3),
            Constraint::Length(members),
            Constraint::Min(3),
        ])
        .areas(frame.area());
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(68), Constraint::Percentage(32)]).areas(middle);
        frame.render_widget(self.head(), top);
        frame.render_widget(self.window(), progress);
        frame.render_widget(self.members(), left);
        frame.render_widget(self.bids(), right);
        let blocks = self.blocks.iter().map(Block::text);
        frame.render_widget(List::new(blocks).block(Pane::bordered().title(" blocks ")), bottom);
    }

    fn head(&self) -> Paragraph<'_> {
        let number = self.blocks.front().map_or(0, |block| block.number);
        let time = time_of_day(&self.clock.calendar, self.clock.now);
        let lines =
            vec![Line::from(format!("{time}   block {number}")).bold(), Line::from(stages(&self.clock.open))];
        let silence = if self.silent < SILENCE {
            String::new()
        } else {
            format!("no answer for {} s - ", self.silent.as_secs())
        };
        Paragraph::new(lines).block(Pane::bordered().title(format!(" {} - {silence}q leaves ", self.chain)))
    }

    /// How far the time is between two boundaries.
    fn window(&self) -> Gauge<'_> {
        let Clock { now, next_boundary, calendar, .. } = self.clock;
        let left = next_boundary.saturating_sub(now);
        let length = calendar.quarter().max(1);
        let ratio =
            1.0 - Duration::from_millis(left).as_secs_f64() / Duration::from_millis(length).as_secs_f64();
        let label = format!("{} s until {}", left.div_ceil(1_000), time_of_day(&calendar, next_boundary));
        Gauge::default()
            .block(Pane::bordered().title(" next change "))
            .ratio(ratio.clamp(0.0, 1.0))
            .label(label)
    }

    fn members(&self) -> Table<'_> {
        let rows = self.participants.iter().map(|info| {
            let debt = info.debt.to_market_decimal().to_string();
            let row = Row::new([
                info.name.clone(),
                info.role.name().to_owned(),
                short(info.free),
                short(info.held),
                debt.get(..debt.len().saturating_sub(6)).unwrap_or_default().to_owned(),
            ]);
            if info.debt > NetMoney::ZERO { row.style(Style::new().red()) } else { row }
        });
        let widths = [14, 9, 20, 18, 16].map(Constraint::Max);
        Table::new(rows, widths)
            .header(Row::new(["member", "role", "free ETH", "held ETH", "owes ETH"]).bold())
            .block(Pane::bordered().title(" members "))
    }

    fn bids(&self) -> List<'_> {
        let name = |order: &Order| {
            let id = order.key.participant();
            self.participants
                .iter()
                .find(|info| info.id == id)
                .map_or_else(|| id.0.to_string(), |info| info.name.clone())
        };
        let bids = self
            .queue
            .iter()
            .map(|order| format!("{:<8} {} ETH/kWh  {} kWh", name(order), order.key.bid_price(), order.open));
        List::new(bids).block(Pane::bordered().title(" queue "))
    }
}

/// Money with six places: enough for a look.
fn short(money: market::Money) -> String {
    let text = money.to_string();
    text.get(..text.len().saturating_sub(12)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::calendar::OpenWindows;
    use market::participant::Parameters;
    use market::{Calendar, Delivery, Money, ParticipantId, Role};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn view() -> View {
        let hour = 3_600_000;
        let calendar =
            Calendar { anchor: 24 * hour, period_length: hour, periods_per_day: 24, ..Calendar::default() };
        let delivery = Delivery { day: 0, period: 2 };
        let now = calendar.sealing(delivery).from + 60_000;
        let open = OpenWindows { sealing: Some(delivery), ..OpenWindows::default() };
        View {
            chain: "Gridbid Development".into(),
            clock: Clock {
                now,
                calendar,
                open,
                paused: Vec::new(),
                next_boundary: calendar.sealing(delivery).to,
                first_release: 0,
                backlog: false,
                next_to_settle: None,
            },
            participants: vec![ParticipantInfo {
                id: ParticipantId(0),
                name: "LA1".into(),
                role: Role::LoadAggregator,
                account: [0; 32],
                agent: [0; 32],
                parameters: Parameters::default(),
                suspended: false,
                free: Money::from_planck(1_499_500_000_000_000_000_000),
                held: Money::from_planck(500_000_000_000_000_000),
                debt: NetMoney::ZERO,
            }],
            queue: Vec::new(),
            silent: Duration::ZERO,
            blocks: VecDeque::from([Block::of(61, "0xabcdef0123", "day 0 01:46:00", &open, &[("seals", 3)])]),
        }
    }

    #[test]
    fn screen_should_show_time_windows_members_and_blocks() {
        let mut terminal = Terminal::new(TestBackend::new(110, 24)).unwrap();
        terminal.draw(|frame| view().draw(frame)).unwrap();
        let shown = terminal.backend().to_string();
        for text in [
            "Gridbid Development - q leaves",
            "day 0 01:46:00   block 61",
            "sealing of day 0 period 2",
            "390 s until day 0 01:52:30",
            "LA1",
            "1499.500000",
            "0.500000",
            "(3 seals)",
        ] {
            assert!(shown.contains(text), "{text}\n{shown}");
        }
    }

    #[test]
    fn screen_should_tell_when_the_node_is_silent() {
        let mut terminal = Terminal::new(TestBackend::new(110, 24)).unwrap();
        let silent = View { silent: Duration::from_secs(7), ..view() };
        terminal.draw(|frame| silent.draw(frame)).unwrap();
        let shown = terminal.backend().to_string();
        assert!(shown.contains("Gridbid Development - no answer for 7 s - q leaves"), "{shown}");
    }

    #[test]
    fn screen_should_be_drawn_when_the_terminal_is_tiny() {
        let mut terminal = Terminal::new(TestBackend::new(8, 3)).unwrap();
        terminal.draw(|frame| view().draw(frame)).unwrap();
    }
}
