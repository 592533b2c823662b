//! The files that hold the server's keys: 32 random bytes in hexadecimal, readable by their owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::settings::KeyFiles;
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Key, Keyring};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such file.
    #[error("the key file {} does not exist", .0.display())]
    Missing(PathBuf),
    /// Somebody else may read or change the file.
    #[error("the key file {} is open to others: run chmod 600 {}", .0.display(), .0.display())]
    Exposed(PathBuf),
    /// The file does not hold a key.
    #[error("the key file {} does not hold 64 hexadecimal digits", .0.display())]
    Malformed(PathBuf),
    /// The file already exists.
    #[error("the key file {} already exists", .0.display())]
    Exists(PathBuf),
    /// The file system refused.
    #[error("could not use the key file {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Opens the key in force and the former ones.
///
/// # Errors
/// When one is missing, open to others or malformed.
pub fn open(files: &KeyFiles) -> Result<Keyring, KeyError> {
    let first = read(&files.file)?;
    let former = files
        .former
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Keyring::new(first, former))
}

/// The same, making the key in force when there is none yet. Only for a database that is new as well: with a new key
/// no stored password or code can be verified.
///
/// # Errors
/// As [`open`], and when the file cannot be written.
pub fn open_or_create(files: &KeyFiles, entropy: &Entropy) -> Result<Keyring, KeyError> {
    match open(files) {
        Err(KeyError::Missing(path)) if path == files.file => match create(&files.file, entropy) {
            // Another process was faster: its key is as good.
            Ok(()) | Err(KeyError::Exists(_)) => open(files),
            Err(error) => Err(error),
        },
        outcome => outcome,
    }
}

/// Writes a new key to `path`. It appears complete or not at all, and never replaces another.
///
/// # Errors
/// When the file exists, or cannot be written.
pub fn create(path: &Path, entropy: &Entropy) -> Result<(), KeyError> {
    let draft = path.with_file_name(format!(".vestibule-key-{}", entropy.alphanumeric(12)));
    let outcome = write(&draft, entropy).and_then(|()| fs::hard_link(&draft, path));
    // A draft that was never made needs no removing, and one that stays is a nuisance rather than an error.
    let _ = fs::remove_file(&draft);
    match outcome {
        Ok(()) => sync_folder(path).map_err(|source| KeyError::Io {
            path: path.to_owned(),
            source,
        }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(KeyError::Exists(path.to_owned())),
        Err(source) => Err(KeyError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

fn write(draft: &Path, entropy: &Entropy) -> io::Result<()> {
    let bytes = Zeroizing::new(entropy.bytes::<32>());
    let text = Zeroizing::new(hex::encode(bytes.as_ref()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes the name last as well as the content: after a power cut the database must not outlive its key.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn read(path: &Path) -> Result<Key, KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => KeyError::Io {
            path: path.to_owned(),
            source,
        },
    };
    let file = File::open(path).map_err(failed)?;
    // The mode of the open file, not of the name: nobody can swap it in between. A group may read (0640 is how a
    // package grants a service its key), but not write, and others may do nothing.
    if file.metadata().map_err(failed)?.permissions().mode() & 0o027 != 0 {
        return Err(KeyError::Exposed(path.to_owned()));
    }
    let text = Zeroizing::new(io::read_to_string(file).map_err(failed)?);
    let mut bytes = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(text.trim(), bytes.as_mut()).map_err(|_| KeyError::Malformed(path.to_owned()))?;
    Ok(Key::new(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> KeyFiles {
        KeyFiles {
            file: folder.join("vestibule.key"),
            former: Vec::new(),
        }
    }

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());

        let first = open_or_create(&files, &Entropy::seeded(1)).unwrap();
        let second = open_or_create(&files, &Entropy::seeded(2)).unwrap();

        assert_eq!(first.digest(&[b"x"]), second.digest(&[b"x"]));
        let mode = fs::metadata(&files.file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "the draft is gone"
        );
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        create(&files.file, &Entropy::seeded(1)).unwrap();

        for mode in [0o604, 0o620, 0o602, 0o601] {
            fs::set_permissions(&files.file, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(open(&files), Err(KeyError::Exposed(_))), "{mode:o}");
        }
        fs::set_permissions(&files.file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(open(&files).is_ok());
    }

    #[test]
    fn a_key_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        create(&files.file, &Entropy::seeded(1)).unwrap();
        let before = fs::read(&files.file).unwrap();

        assert!(matches!(
            create(&files.file, &Entropy::seeded(2)),
            Err(KeyError::Exists(_))
        ));

        assert_eq!(fs::read(&files.file).unwrap(), before);
    }

    #[test]
    fn s85_a_former_key_that_is_missing_stops_the_start_and_is_not_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files(folder.path());
        files.former.push(folder.path().join("old.key"));

        let refused = open_or_create(&files, &Entropy::seeded(1));

        assert!(matches!(refused, Err(KeyError::Missing(path)) if path.ends_with("old.key")));
        assert!(!folder.path().join("old.key").exists());
    }

    #[test]
    fn half_a_key_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        create(&files.file, &Entropy::seeded(1)).unwrap();
        let text = fs::read_to_string(&files.file).unwrap();
        fs::write(&files.file, &text[..40]).unwrap();

        assert!(matches!(open(&files), Err(KeyError::Malformed(_))));
    }
}
