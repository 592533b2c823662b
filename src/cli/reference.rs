//! `docs/reference/commands.md`, written from the definition of the commands.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};

use super::arguments::Arguments;

/// The page.
pub(super) fn page() -> String {
    let mut command = Arguments::command();
    command.build();
    let mut text = String::from(
        "# Commands\n\n<!-- Written by `vestibule commands`; a test compares it with the program. -->\n\n",
    );
    paragraph(&mut text, &about(&command));
    text.push_str(
        "Lines for people go to standard error and data to standard output, so that `vestibule service list | wc -l` \
         counts\nservices. Colours are left out when the variable `NO_COLOR` is set. The audit names the operator by \
         the variable `LOGNAME`.\n",
    );
    text.push_str("\nEvery command takes:\n\n| option | |\n| --- | --- |\n");
    for option in command.get_arguments().filter(|option| is_told(option)) {
        row(&mut text, option);
    }
    for one in command.get_subcommands() {
        tell(&mut text, one, "vestibule");
    }
    text
}

fn tell(text: &mut String, command: &Command, path: &str) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let path = format!("{path} {}", command.get_name());
    let mut children = command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
        .peekable();
    if children.peek().is_none() {
        line(text, format_args!("\n## {path}\n"));
        paragraph(text, &about(command));
        let usage = command.clone().render_usage().to_string();
        line(
            text,
            format_args!("```text\n{}\n```", usage.trim_start_matches("Usage: ")),
        );
        let own: Vec<&Arg> = command
            .get_arguments()
            .filter(|argument| is_told(argument) && !argument.is_global_set())
            .collect();
        if !own.is_empty() {
            text.push_str("\n| argument | |\n| --- | --- |\n");
        }
        for argument in own {
            row(text, argument);
        }
    }
    for child in children {
        tell(text, child, &path);
    }
}

fn is_told(argument: &Arg) -> bool {
    !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
}

fn row(text: &mut String, argument: &Arg) {
    let mut about = argument
        .get_long_help()
        .or_else(|| argument.get_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    let takes_value = argument.get_action().takes_values();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| takes_value)
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !about.is_empty() && !about.ends_with('.') {
        about.push('.');
    }
    if !values.is_empty() {
        let _ = write!(about, " One of {}.", values.join(", "));
    }
    let default = argument.get_default_values().first().filter(|_| takes_value);
    if let Some(default) = default
        .and_then(|value| value.to_str())
        .filter(|value| !value.is_empty())
    {
        let _ = write!(about, " Default: `{default}`.");
    }
    let name = match argument.get_long() {
        Some(long) if takes_value => format!("--{long} {}", value_name(argument)),
        Some(long) => format!("--{long}"),
        None => value_name(argument),
    };
    line(
        text,
        format_args!("| `{name}` | {} |", about.replace('\n', " ").replace('|', "\\|")),
    );
}

fn value_name(argument: &Arg) -> String {
    let name = argument
        .get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string);
    format!("<{name}>")
}

fn about(command: &Command) -> String {
    let about = command
        .get_long_about()
        .or_else(|| command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    if about.ends_with('.') { about } else { about + "." }
}

fn paragraph(text: &mut String, about: &str) {
    line(text, format_args!("{about}\n"));
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{content}").expect("writing to text does not fail");
}

#[cfg(test)]
mod tests {
    fn stored(name: &str) -> String {
        let path = format!("{}/docs/reference/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_page_of_commands_is_what_the_program_prints() {
        assert_eq!(
            stored("commands.md"),
            super::page(),
            "run: vestibule commands > docs/reference/commands.md"
        );
    }

    #[test]
    fn the_page_of_the_configuration_is_what_the_program_prints() {
        assert_eq!(
            stored("configuration.md"),
            crate::config::reference::page(),
            "run: vestibule config reference > docs/reference/configuration.md"
        );
    }
}
