//! PostgreSQL as the database of several equal nodes: who is let in, what happens while it is away, who takes over.

mod away;
mod backup;
mod hung;
mod mixed;
mod redis;
mod start;
mod strained;
mod tls;
mod turns;
