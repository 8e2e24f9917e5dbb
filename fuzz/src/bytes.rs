//! An input, read byte by byte.

/// What is left of an input. Past its end it reads as zeros.
pub struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    /// Reads these bytes.
    pub const fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// How many were read.
    pub const fn consumed(&self) -> usize {
        self.at
    }

    /// Whether none is left.
    pub const fn is_empty(&self) -> bool {
        self.at >= self.all.len()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let byte = self.all.get(self.at).copied().unwrap_or_default();
        self.at = self.at.saturating_add(1).min(self.all.len());
        byte
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    /// True once in `of` times.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 1 % of
    }

    /// The next eight bytes as a number.
    pub fn long(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// A number from one to another, both included, on a scale of 256.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        let span = u128::from(to.saturating_sub(from));
        from + u64::try_from(span * u128::from(self.byte()) / 255).unwrap_or_default()
    }
}
