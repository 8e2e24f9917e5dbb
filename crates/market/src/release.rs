//! What a participant publishes the day before.
