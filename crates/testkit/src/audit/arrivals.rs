//! The pictures that arrived: in folders, and in the chats of the fake Bot API.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    AuditError,
    audit_data::{ArrivedPictures, AuditDestination, UncertaintyNotice},
};
use crate::bot_api::{FakeMessage, Snapshot};

/// Every folder below `root` that contains slides.
pub(super) fn in_folders(root: &Path) -> Result<Vec<ArrivedPictures>, AuditError> {
    let mut arrivals = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let fault = |source| AuditError::Folder { path: folder.clone(), source };
        let mut slides = Vec::new();
        for entry in entries(&folder).map_err(fault)? {
            if entry.is_dir() {
                folders.push(entry);
            } else if is_slide(&entry) {
                slides.push(entry);
            }
        }
        if slides.is_empty() {
            continue;
        }
        slides.sort();
        let digests: io::Result<Vec<String>> = slides.iter().map(|slide| digest(slide)).collect();
        arrivals.push(ArrivedPictures {
            pictures: digests.map_err(fault)?,
            named_carousel: named_carousel(&folder),
            together: true,
            destination: AuditDestination::Folder(folder),
        });
    }
    Ok(arrivals)
}

/// The entries of a folder; empty if the folder does not exist.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// `slide-07.jpg`; not `.slide-07.jpg.new`, which is incomplete.
fn is_slide(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("slide-"))
}

fn digest(path: &Path) -> io::Result<String> {
    let digest = Sha256::digest(fs::read(path)?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The carousel id that a folder's metadata names.
fn named_carousel(folder: &Path) -> Option<String> {
    let manifest = fs::read(folder.join("carousel.json")).ok()?;
    let manifest: Value = serde_json::from_slice(&manifest).ok()?;
    manifest["workflow_id"].as_str().map(str::to_owned)
}

/// Every photo that the bot sent, including deleted ones: albums together, others alone.
pub(super) fn in_chats(snapshot: &Snapshot) -> Vec<ArrivedPictures> {
    let digests: BTreeMap<&str, &str> =
        snapshot.files.iter().map(|file| (file.id.as_str(), file.sha256.as_str())).collect();
    let mut arrivals = Vec::new();
    for chat in &snapshot.chats {
        let mut albums: BTreeMap<&str, usize> = BTreeMap::new();
        for message in chat.messages.iter().filter(|m| m.is_from_bot() && m.is_photo()) {
            let digest = message.file().and_then(|file| digests.get(file));
            let digest = digest.copied().unwrap_or_default().to_owned();
            let begun = message.album.as_deref().and_then(|album| albums.get(album));
            if let Some(arrival) = begun.and_then(|index| arrivals.get_mut(*index)) {
                let arrival: &mut ArrivedPictures = arrival;
                arrival.pictures.push(digest);
                continue;
            }
            if let Some(album) = &message.album {
                albums.insert(album, arrivals.len());
            }
            arrivals.push(ArrivedPictures {
                destination: AuditDestination::Chat(chat.id),
                pictures: vec![digest],
                together: message.album.is_some(),
                named_carousel: None,
            });
        }
    }
    arrivals
}

/// The messages that report an unknown outcome.
pub(super) fn notices(
    snapshot: &Snapshot,
    admits: fn(&FakeMessage) -> bool,
) -> Vec<UncertaintyNotice> {
    let chats = snapshot.chats.iter();
    let notices = chats.flat_map(|chat| {
        let admitting = chat.bot_messages().filter(|message| admits(message));
        admitting.map(|_| UncertaintyNotice { destination: AuditDestination::Chat(chat.id) })
    });
    notices.collect()
}
