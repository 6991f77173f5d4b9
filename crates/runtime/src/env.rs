//! Environment variables as a value: their sources, and the collection of all errors in them before
//! the first is reported.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::settings::{SECRETS, SECRETS_DIR};

/// A snapshot of environment variables.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<String, String>);

/// A variable that the system reads. All are in [`crate::settings::VARIABLES`].
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub name: &'static str,
    /// The default, as shown in `.env.example`; empty if there is none.
    pub default: &'static str,
    /// The description in `.env.example`.
    pub about: &'static str,
}

impl Variable {
    /// Whether `text`, a value of this variable that can't be read, may hold a secret: then it is
    /// not repeated in errors.
    fn is_private(&self, text: &str) -> bool {
        SECRETS.contains(&self.name) || self.name.ends_with("_URL") || text.contains('@')
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsErrors(Vec<String>);

impl Env {
    /// The process's environment, which overrides the variables of a `.env` file in `folder`, if
    /// there is one. A secret without a value is read from the file of its name in `SECRETS_DIR`.
    ///
    /// # Errors
    /// [`SettingsErrors`] if a file exists but can't be read or parsed.
    pub fn load(folder: &Path) -> Result<Self, SettingsErrors> {
        let path = folder.join(".env");
        let mut vars = BTreeMap::new();
        if path.exists() {
            let fault = |e: dotenvy::Error| {
                // The library's error repeats the line, which may hold a secret.
                let why = match e {
                    dotenvy::Error::LineParse(line, _) => unreadable(&line),
                    other => other.to_string(),
                };
                SettingsErrors(vec![format!("{}: {why}", path.display())])
            };
            for pair in dotenvy::from_path_iter(&path).map_err(fault)? {
                let (name, value) = pair.map_err(fault)?;
                vars.insert(name, value);
            }
        }
        vars.extend(std::env::vars());
        let mut env = Self(vars);
        env.read_secret_files()?;
        Ok(env)
    }

    /// Container platforms mount secrets as files, which no list of processes shows.
    fn read_secret_files(&mut self) -> Result<(), SettingsErrors> {
        let Some(folder) = self.get(SECRETS_DIR).map(PathBuf::from) else { return Ok(()) };
        let mut problems = SettingsErrors::default();
        for name in SECRETS {
            if self.0.get(name).is_some_and(|value| !value.trim().is_empty()) {
                continue;
            }
            let path = folder.join(name);
            match std::fs::read_to_string(&path) {
                Ok(text) => drop(self.0.insert(name.to_owned(), text)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => problems.add(format!("{}: {e}", path.display())),
            }
        }
        problems.into_result(())
    }

    /// An environment with these variables: for tests, and for programs that start others.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }

    /// The value of `variable`; an empty one counts as unset.
    pub fn get(&self, variable: Variable) -> Option<&str> {
        self.0.get(variable.name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }
}

impl SettingsErrors {
    pub fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    /// Returns `value` if there is no error.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Parses `variable` or its default as a `T`, and adds an error if it is invalid.
    ///
    /// Returns `None` only if an error was added or neither is set.
    pub fn read<T: FromStr<Err: fmt::Display>>(
        &mut self,
        env: &Env,
        variable: Variable,
    ) -> Option<T> {
        let text = env.get(variable).unwrap_or(variable.default);
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(value) => Some(value),
            Err(e) => {
                let name = variable.name;
                self.add(if variable.is_private(text) {
                    format!("{name}: {e}")
                } else {
                    format!("{name}={text}: {e}")
                });
                None
            }
        }
    }
}

/// The error of a line in a `.env` file: names the variable without its value.
fn unreadable(line: &str) -> String {
    let name = line.split('=').next().unwrap_or_default().trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if line.contains('=') && !name.is_empty() && name.chars().all(is_name) {
        format!("the line of {name} can't be read: put its value into single quotes")
    } else {
        "a line can't be read: each has to look like NAME=value".to_owned()
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are wrong:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for SettingsErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Variable = Variable { name: "PORT", default: "80", about: "" };

    #[test]
    fn empty_variable_counts_as_unset() {
        let mut problems = SettingsErrors::default();
        assert_eq!(problems.read::<u16>(&Env::of([("PORT", " ")]), PORT), Some(80));
        assert_eq!(problems.into_result(()), Ok(()));
    }

    #[test]
    fn every_error_is_reported() {
        let mut problems = SettingsErrors::default();
        for value in ["x", "70000"] {
            assert_eq!(problems.read::<u16>(&Env::of([("PORT", value)]), PORT), None);
        }
        let said = problems.into_result(()).unwrap_err().to_string();
        assert!(said.contains("PORT=x: invalid digit") && said.contains("PORT=70000"), "{said}");
    }

    #[test]
    fn unreadable_file_errors_repeat_no_value() {
        for line in ["DATABASE_URL=postgres://u:hunter2 x@h", "hunter2", "'=hunter2"] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(".env"), line).unwrap();
            let said = Env::load(folder.path()).unwrap_err().to_string();
            assert!(said.contains(".env") && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn secret_without_value_is_read_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        std::fs::create_dir(&secrets).unwrap();
        std::fs::write(secrets.join("ALERTMANAGER_TOKEN"), "from the file\n").unwrap();
        std::fs::write(secrets.join("LOG_FORMAT"), "human").unwrap();
        let load = |line: &str| {
            let lines = format!("SECRETS_DIR={}\n{line}", secrets.display());
            std::fs::write(folder.path().join(".env"), lines).unwrap();
            Env::load(folder.path())
        };
        let var = |name| Variable { name, default: "", about: "" };
        let token = |line| load(line).unwrap().get(var("ALERTMANAGER_TOKEN")).map(str::to_owned);
        assert_eq!(token("").unwrap(), "from the file");
        assert_eq!(token("ALERTMANAGER_TOKEN=set").unwrap(), "set");
        assert_eq!(load("").unwrap().get(var("LOG_FORMAT")), None, "it is not a secret");

        std::fs::create_dir(secrets.join("DATABASE_URL")).unwrap();
        let said = load("").unwrap_err().to_string();
        assert!(said.contains("DATABASE_URL"), "{said}");
    }

    #[test]
    fn environment_overrides_env_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "PATH=/nowhere\nONLY_HERE_XYZ='a b'\n").unwrap();
        let env = Env::load(folder.path()).unwrap();
        let var = |name| Variable { name, default: "", about: "" };
        assert_eq!(env.get(var("ONLY_HERE_XYZ")), Some("a b"));
        assert_ne!(env.get(var("PATH")), Some("/nowhere"));
    }
}
