//! The proxy in front of the server: https on localhost with a certificate of a university that does not exist.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::apache;
use super::world::data;
use crate::support::port::free_port;
use crate::support::process::{Process, succeed};

/// A proxy's place and certificate, before it runs.
pub struct Front {
    pub folder: TempDir,
    pub port: u16,
}

impl Front {
    /// Chooses a port and makes an authority and the certificate it signs.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let front = Self {
            folder,
            port: free_port(),
        };
        certify(front.folder.path());
        // mod_auth_cas, being Apache, may read it as another user.
        apache::open(front.folder.path(), 0o755);
        front
    }

    /// The address of the server as browsers and applications see it.
    pub fn base(&self) -> String {
        format!("https://localhost:{}/cas", self.port)
    }

    /// The certificate of the authority, which clients are told to trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Starts the proxy to the server on `server_port`.
    pub fn start(&self, server_port: u16) -> Process {
        let blanks = [
            ("PORT", self.port.to_string()),
            ("SERVER_PORT", server_port.to_string()),
        ];
        let blanks = blanks.each_ref().map(|(name, value)| (*name, value.as_str()));
        apache::start(self.folder.path(), &data("front/apache.conf"), &blanks)
    }
}

fn certify(folder: &Path) {
    let openssl = |words: &str| {
        let mut command = Command::new("openssl");
        command
            .args(words.split(' '))
            .current_dir(folder)
            .env("RANDFILE", "/dev/null");
        succeed(command, "");
    };
    fs::write(
        folder.join("front.ext"),
        "subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n",
    )
    .expect("the folder can be written");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout authority.key -out authority.pem -days 2 -subj /CN=Authority"
    ));
    openssl(&format!(
        "req -new {key} -keyout front.key -out front.csr -subj /CN=localhost"
    ));
    openssl(
        "x509 -req -in front.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile front.ext -out front.pem",
    );
}
