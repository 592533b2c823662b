//! `vestibule ticket …`: what became of a ticket.

use super::arguments::TicketCommand;
use super::{Done, Failure, Outcome, Surroundings, open};
use crate::cas::ticket::Trace;
use crate::config::Config;
use crate::flow::explain::explain;

pub(super) fn run(command: TicketCommand, config: Config, around: &mut Surroundings) -> Outcome {
    let TicketCommand::Explain { trace } = command;
    let trace = Trace::parse(&trace).ok_or_else(|| {
        Failure::line("a trace is the fourteen digits (0-9, a-f) at the end of a refusal's text")
    })?;
    let app = open::app(config, around)?;
    let stories = open::block_on(explain(&app, trace))??;
    if stories.is_empty() {
        let line = match app.config.retention.tickets {
            None => "no story is kept: retention.tickets is off".to_owned(),
            Some(kept) => format!(
                "this server issued no ticket with the trace {trace} in the last {} hours: it comes from another \
                 server, was cut or changed on its way, was made up, or is older",
                kept.num_hours()
            ),
        };
        around.console.say(&line);
        return Ok(Done::No);
    }
    for story in stories {
        around.console.data(&story.tell())?;
    }
    Ok(Done::All)
}
