#!/usr/bin/env bash
# Draws the same slide with us, @napi-rs/canvas and Chromium, and writes docs/benchmarks.md. See README.md.
set -euo pipefail
cd "$(dirname "$0")"
cargo build --locked --release -p render --example peer
target=$(cargo metadata --no-deps --format-version 1 | node -pe 'JSON.parse(fs.readFileSync(0)).target_directory')
npm ci --no-audit --no-fund --loglevel=error
FONTS=$(mktemp -d)
trap 'rm -rf "$FONTS"' EXIT
export FONTS OURS="$target/release/examples/peer"
"$OURS" --fonts "$FONTS"
if [ "${1:-}" = --show ]; then
  # What they draw, to look at.
  mkdir -p "${2:?a folder}"
  folder=$(realpath "$2")
  node napi.mjs --show "$folder/napi.png"
  node chromium.mjs --show "$folder/chromium.png"
  exit
fi
node bench.mjs
