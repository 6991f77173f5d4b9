#!/usr/bin/env bash
# Draws the same slide with our renderer, @napi-rs/canvas and Chromium, and updates docs/benchmarks.md. See README.md.
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
  # Stores the pictures of the other renderers, for review.
  mkdir -p "${2:?a folder}"
  folder=$(realpath "$2")
  node napi.mjs --show "$folder/napi.png"
  node chromium.mjs --show "$folder/chromium.png"
  exit
fi
node bench.mjs
