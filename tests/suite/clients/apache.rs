//! Apache, without its packaged configuration: any user can run it from a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::world::fill;
use crate::support::process::{Process, needs};

const PROGRAM: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2/modules";

/// What Apache says once it takes requests.
pub const READY: &str = "resuming normal operations";

/// Starts Apache in `folder` with a configuration from `tests/data/clients`, its blanks filled.
pub fn start(folder: &Path, template: &str, blanks: &[(&str, &str)]) -> Process {
    Process::start(command(folder, template, blanks), READY)
}

/// The command that starts it.
pub fn command(folder: &Path, template: &str, blanks: &[(&str, &str)]) -> Command {
    needs(PROGRAM, "apache2-bin");
    // Started by root, Apache insists on becoming somebody else, who then has to reach its files.
    let user = if is_root() {
        "User www-data\nGroup www-data"
    } else {
        ""
    };
    open(folder, 0o755);
    let place = folder.display().to_string();
    let common = [("FOLDER", place.as_str()), ("MODULES", MODULES), ("USER", user)];
    let file = folder.join("apache.conf");
    fs::write(&file, fill(template, &[&common, blanks].concat())).expect("the folder can be written");
    let mut command = Command::new(PROGRAM);
    command.arg("-DFOREGROUND").arg("-f").arg(file);
    command
}

/// Lets others into a folder.
pub fn open(folder: &Path, mode: u32) {
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("the folder is ours");
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id is everywhere");
    id.stdout == b"0\n"
}
