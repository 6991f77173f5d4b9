#!/bin/sh
# Writes CycloneDX SBOMs of both programs to target/sbom, from Cargo.lock, without network:
# deploy/release/sbom.sh [v1.2.3]. Needs cargo-cyclonedx.
set -eu
cd "$(dirname "$0")/../.."
version=${1:-v$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)}
mkdir -p target/sbom
for program in gateway workers; do
    cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries --manifest-path "$program/Cargo.toml"
    mv "$program/${program}_bin.cdx.json" "target/sbom/$program-${version#v}.cdx.json"
done
find . -name '*.cdx.json' -not -path './target/*' -delete
