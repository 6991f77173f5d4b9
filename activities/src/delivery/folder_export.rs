//! Delivery into a folder: pictures, `caption.txt`, `carousel.pdf`, `carousel.zip`,
//! `carousel.json`. Writing is idempotent, so the ledger allows this destination to be repeated.

use std::{
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use document::{SectionUse, source_report};
use domain::{CarouselId, Slide, alt_text, record::BriefRecord};
use export::{Exporter, LoadedRevision, PDF, ZIP};
use serde::Serialize;
use storage::private_files;
use workflows::{carousel::DeliverInput, destination::DestinationRecord, model_calls::UsageRecord};

use super::Grants;
use crate::{activity_failure::ActivityFailure, activity_run::CarouselActivityRun};

const CAPTION: &str = "caption.txt";
const MANIFEST: &str = "carousel.json";
/// Contains the carousel's id while its files are written.
const MARKER: &str = ".carousel";

/// Folders that this pool may write to.
#[derive(Debug, Clone)]
pub enum Folders {
    /// Only below this folder: for workers on a Temporal server that other users can reach.
    Under(PathBuf),
    /// Below `root`, and in folders with a grant: for `cargo dev`.
    Granted { root: PathBuf, grants: Grants },
}

#[derive(Clone)]
pub(super) struct FolderExport {
    /// Names and contents; pictures first, `carousel.json` last.
    files: Vec<(String, Bytes)>,
}

pub(super) struct WrittenFiles {
    pub(super) folder: String,
    /// File names, pictures first.
    pub(super) files: Vec<String>,
}

/// Content of `carousel.json`.
#[derive(Debug, Serialize)]
struct Manifest {
    workflow_id: String,
    run_id: String,
    provider: String,
    /// Usage of model calls: tokens, and their cost by our price list; `None` without a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageEntry>,
    #[serde(skip_serializing_if = "String::is_empty")]
    backend: String,
    frame: String,
    brief: BriefRecord,
    caption: String,
    hashtags: Vec<String>,
    slides: Vec<SlideEntry>,
    /// The sections of the source text, and the numbers of their slides; those without were left
    /// out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sections: Vec<SectionEntry>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct UsageEntry {
    calls: u32,
    tokens_in: u64,
    tokens_out: u64,
    estimated_cost_usd: f64,
}

#[derive(Debug, Serialize)]
struct SectionEntry {
    title: String,
    slides: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct SlideEntry {
    file: String,
    alt: String,
    #[serde(flatten)]
    slide: domain::record::SlideRecord,
}

impl Folders {
    pub fn under(root: &Path) -> Self {
        Self::Under(root.to_owned())
    }

    /// The folder of the destination, if this pool may write `carousel` there.
    fn resolve(
        &self,
        wanted: &DestinationRecord,
        carousel: &CarouselId,
    ) -> Result<AllowedFolder, ActivityFailure> {
        let (root, grants) = match self {
            Self::Under(root) => (root, None),
            Self::Granted { root, grants } => (root, Some(grants)),
        };
        if let Some(token) = wanted.grant() {
            let granted = grants.and_then(|grants| grants.find(token, carousel));
            return granted.map(AllowedFolder::Granted).ok_or_else(|| {
                ActivityFailure::Destination(
                    "this request names a folder that it was not granted: only `cargo dev make` \
                     can, on the machine and as the user of the `cargo dev` that delivers"
                        .to_owned(),
                )
            });
        }
        let wanted = Path::new(&wanted.folder);
        if wanted.as_os_str().is_empty() {
            return Err(ActivityFailure::Input("the destination names no folder".to_owned()));
        }
        let inside = wanted.components().all(|c| matches!(c, Component::Normal(_)));
        if !inside {
            return Err(ActivityFailure::Destination(format!(
                "{} is not below this worker's OUTPUT_DIR: name a relative folder without “..”",
                wanted.display()
            )));
        }
        Ok(AllowedFolder::Below { root: root.clone(), folder: root.join(wanted) })
    }
}

/// A folder that this pool may write to.
#[derive(Debug)]
enum AllowedFolder {
    /// Named by a grant.
    Granted(PathBuf),
    /// Below a root; symbolic links must not lead out of it.
    Below { root: PathBuf, folder: PathBuf },
}

impl AllowedFolder {
    fn folder(&self) -> &Path {
        match self {
            Self::Granted(folder) | Self::Below { folder, .. } => folder,
        }
    }

    /// The failure to write `path`. The person who named a granted folder waits at a terminal and can
    /// name another one, so no failure there is retried.
    fn refusal(&self, path: &Path, error: &io::Error) -> ActivityFailure {
        match self {
            Self::Granted(_) => {
                ActivityFailure::Destination(format!("{}: {error}", path.display()))
            }
            Self::Below { .. } => refused(path, error),
        }
    }

    fn create(&self) -> Result<(), ActivityFailure> {
        let fault = |e| self.refusal(self.folder(), &e);
        private_files::create_private_folder(self.folder()).map_err(fault)?;
        if let Self::Below { root, folder } = self {
            let root = root.canonicalize().map_err(fault)?;
            if !folder.canonicalize().map_err(fault)?.starts_with(root) {
                return Err(ActivityFailure::Destination(format!(
                    "{} leads out of this worker's OUTPUT_DIR by a link",
                    folder.display()
                )));
            }
        }
        Ok(())
    }
}

impl FolderExport {
    /// Reads the stored revision and generates the PDF and ZIP.
    pub(super) async fn collect(
        press: &Exporter,
        attempt: &CarouselActivityRun,
        input: &DeliverInput,
    ) -> Result<Self, ActivityFailure> {
        let id = &attempt.carousel;
        let stored = press.read(id, input.revision, &input.pictures).await?;
        let stored = Arc::new(stored);
        let made = press.export(&stored).await?;
        let manifest = manifest(attempt, input, &stored);
        let json = serde_json::to_vec_pretty(&manifest)
            .map_err(|e| ActivityFailure::Input(format!("carousel.json: {e}")))?;
        let caption = format!("{}\n", stored.draft.post_text());
        let rest = [
            (CAPTION, caption.into()),
            (PDF, made.pdf.into()),
            (ZIP, made.zip.into()),
            (MANIFEST, json.into()),
        ];
        let rest = rest.map(|(name, bytes)| (name.to_owned(), bytes));
        Ok(Self { files: stored.pictures.iter().cloned().chain(rest).collect() })
    }

    /// Writes all files into the destination folder. Each file is written atomically;
    /// `carousel.json` is last, so its presence means that all files are complete.
    pub(super) async fn write(
        self,
        folders: &Folders,
        wanted: &DestinationRecord,
        carousel: &CarouselId,
    ) -> Result<WrittenFiles, ActivityFailure> {
        let place = folders.resolve(wanted, carousel)?;
        let carousel = carousel.clone();
        let writing = tokio::task::spawn_blocking(move || self.write_into(&place, &carousel));
        writing.await.map_err(|e| ActivityFailure::Unavailable {
            reason: e.to_string(),
            retry_after: None,
        })?
    }

    /// The result of [`FolderExport::write`] for files that an earlier attempt wrote.
    pub(super) fn file_names(
        &self,
        folders: &Folders,
        wanted: &DestinationRecord,
        carousel: &CarouselId,
    ) -> Result<WrittenFiles, ActivityFailure> {
        let place = folders.resolve(wanted, carousel)?;
        Ok(WrittenFiles { folder: place.folder().display().to_string(), files: self.names() })
    }

    fn names(&self) -> Vec<String> {
        self.files.iter().map(|(name, _)| name.clone()).collect()
    }

    fn write_into(
        self,
        place: &AllowedFolder,
        carousel: &CarouselId,
    ) -> Result<WrittenFiles, ActivityFailure> {
        place.create()?;
        let folder = place.folder();
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |e: io::Error| place.refusal(&path, &e)
        };
        if !claim(folder, carousel).map_err(fault(folder))? {
            return Err(ActivityFailure::Destination(format!(
                "{} contains files that this carousel did not write: name a new folder",
                folder.display()
            )));
        }
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            private_files::write(&path, bytes).map_err(fault(&path))?;
        }
        std::fs::remove_file(folder.join(MARKER)).or_else(ignore_missing).map_err(fault(folder))?;
        Ok(WrittenFiles { folder: folder.display().to_string(), files: self.names() })
    }
}

/// Whether the folder is this carousel's: an empty one becomes its own. So no file is overwritten
/// that an attempt of this carousel did not write.
fn claim(folder: &Path, carousel: &CarouselId) -> io::Result<bool> {
    #[derive(serde::Deserialize)]
    struct Owner {
        workflow_id: String,
    }
    let marker = folder.join(MARKER);
    match std::fs::read_to_string(&marker) {
        Ok(owner) => return Ok(owner == carousel.as_str()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Ok(manifest) = std::fs::read(folder.join(MANIFEST)) {
        let owner = serde_json::from_slice::<Owner>(&manifest);
        return Ok(owner.is_ok_and(|owner| owner.workflow_id == carousel.as_str()));
    }
    if std::fs::read_dir(folder)?.next().is_some() {
        return Ok(false);
    }
    private_files::write(&marker, carousel.as_str().as_bytes())?;
    Ok(true)
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn manifest(
    attempt: &CarouselActivityRun,
    input: &DeliverInput,
    stored: &LoadedRevision,
) -> Manifest {
    let (brief, draft) = (&stored.brief, &stored.draft);
    let count = draft.slides().len();
    let entry = |(i, (slide, (file, _))): (usize, (&Slide, &(String, Bytes)))| SlideEntry {
        file: file.clone(),
        alt: alt_text(slide, i + 1, count, brief.language),
        slide: domain::record::SlideRecord { alt: String::new(), ..slide.into() },
    };
    let mut notes: Vec<String> = Vec::new();
    for note in draft.slides().iter().filter_map(Slide::note) {
        if !notes.iter().any(|n| n == note) {
            notes.push(note.to_owned());
        }
    }
    let sections = stored.source.as_ref().map(|text| source_report(text, draft.slides()));
    let section = |SectionUse { title, slides }| SectionEntry { title, slides };
    Manifest {
        workflow_id: attempt.carousel.as_str().to_owned(),
        run_id: attempt.run_id.clone(),
        provider: stored.provider.clone(),
        usage: input.usage.map(UsageEntry::from),
        backend: input.backend.clone(),
        frame: stored.frame.clone(),
        brief: BriefRecord::from(brief),
        caption: draft.caption().as_str().to_owned(),
        hashtags: draft.hashtags().iter().map(|tag| tag.as_str().to_owned()).collect(),
        slides: draft.slides().iter().zip(&stored.pictures).enumerate().map(entry).collect(),
        sections: sections.unwrap_or_default().into_iter().map(section).collect(),
        notes,
    }
}

impl From<UsageRecord> for UsageEntry {
    fn from(usage: UsageRecord) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "costs stay far below nine billion dollars")]
        let estimated_cost_usd = usage.cost_micros as f64 / 1_000_000.0;
        Self {
            calls: usage.calls,
            tokens_in: usage.tokens_in,
            tokens_out: usage.tokens_out,
            estimated_cost_usd,
        }
    }
}

/// On a server, a full disk is a transient failure; missing permissions are permanent.
fn refused(path: &Path, error: &io::Error) -> ActivityFailure {
    let reason = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::InvalidFilename => ActivityFailure::Destination(reason),
        _ => ActivityFailure::Unavailable { reason, retry_after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carousel() -> CarouselId {
        CarouselId::parse("carousel-cli-1").unwrap()
    }

    fn resolved(folders: &Folders, wanted: &str) -> Result<PathBuf, ActivityFailure> {
        let wanted = DestinationRecord::folder(wanted);
        let place = folders.resolve(&wanted, &carousel())?;
        Ok(place.folder().to_owned())
    }

    #[test]
    fn requests_without_a_grant_stay_below_output_dir() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let others = CarouselId::parse("carousel-cli-2").unwrap();
        let others = grants.issue(&others, Path::new("/etc")).unwrap();
        let (root, under) = (PathBuf::from("/srv/out"), Folders::under(Path::new("/srv/out")));
        let foreign = format!("grant:{}", others.token());
        for folders in [under, Folders::Granted { root, grants }] {
            assert_eq!(resolved(&folders, "a/b").unwrap(), Path::new("/srv/out/a/b"));
            for bad in ["/etc", "../x", "a/../../x", "", ".", "grant:", "grant:../../etc", &foreign]
            {
                assert!(resolved(&folders, bad).is_err(), "{bad}");
            }
        }
    }

    #[test]
    fn granted_folder_may_be_anywhere() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let grant = grants.issue(&carousel(), Path::new("/home/me/here")).unwrap();
        let wanted = DestinationRecord::granted(grant.token());
        assert!(!wanted.description().contains(grant.token()));
        let root = PathBuf::from("/srv/out");
        let folders = Folders::Granted { root, grants };
        let place = folders.resolve(&wanted, &carousel()).unwrap();
        assert_eq!(place.folder(), Path::new("/home/me/here"));
    }

    #[test]
    fn symlinks_can_not_leave_output_dir() {
        let home = tempfile::tempdir().unwrap();
        let (root, elsewhere) = (home.path().join("out"), home.path().join("elsewhere"));
        for folder in [&root, &elsewhere] {
            std::fs::create_dir(folder).unwrap();
        }
        std::os::unix::fs::symlink(&elsewhere, root.join("link")).unwrap();
        let below =
            |name: &str| AllowedFolder::Below { root: root.clone(), folder: root.join(name) };
        below("real/deeper").create().unwrap();
        assert!(below("link").create().is_err());
        assert!(below("link/deeper").create().is_err());
    }

    #[test]
    fn folder_with_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (carousel(), CarouselId::parse("carousel-cli-2").unwrap());
        let write = |carousel: &CarouselId| {
            let export = FolderExport {
                files: vec![
                    (CAPTION.to_owned(), "text".into()),
                    (MANIFEST.to_owned(), format!(r#"{{"workflow_id":"{carousel}"}}"#).into()),
                ],
            };
            export.write_into(&AllowedFolder::Granted(folder.path().to_owned()), carousel)
        };
        assert!(write(&mine).is_ok() && write(&mine).is_ok(), "a repeated attempt");
        assert!(matches!(write(&other), Err(ActivityFailure::Destination(_))));
        assert!(!folder.path().join(MARKER).exists());
        std::fs::remove_file(folder.path().join(MANIFEST)).unwrap();
        assert!(write(&mine).is_err(), "the caption may be the user's");
        // An attempt that was killed after its first file.
        std::fs::write(folder.path().join(MARKER), mine.as_str()).unwrap();
        assert!(write(&mine).is_ok());
    }

    #[test]
    fn granted_folder_failure_is_final() {
        let place = AllowedFolder::Granted(PathBuf::from("/proc/carousel"));
        assert!(matches!(place.create(), Err(ActivityFailure::Destination(_))));
    }
}
