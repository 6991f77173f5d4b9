#!/bin/sh
# Prints the changelog of the version of a tag: deploy/release/notes.sh v1.2.3. Fails if Cargo.toml has another version
# or the changelog has no section for it.
set -eu
cd "$(dirname "$0")/../.."
version=${1#v}
ours=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
[ "$version" = "$ours" ] || { echo "the tag is $1, Cargo.toml has $ours" >&2; exit 1; }
notes=$(awk -v head="## $version" '$0 == head || index($0, head " ") == 1 { on = 1; next } /^## / { on = 0 } on' CHANGELOG.md)
[ -n "$notes" ] || { echo "CHANGELOG.md has no section “## $version”" >&2; exit 1; }
printf '%s\n' "$notes"
