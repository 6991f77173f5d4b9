#!/usr/bin/env bash
# Makes every picture in the docs, with a `cargo dev` of its own in a temporary folder.
# Needs Chromium (Debian: chromium, chromium-driver) for screenshots of the Web UI and of the studio.
set -euo pipefail
cd "$(dirname "$0")/.."

home=$(mktemp -d)
export DATA_DIR="$home/data" TEMPORAL_PORT=7633 TEMPORAL_UI_PORT=8633 HTTP_ADDRESS=127.0.0.1:9864
export TEMPORAL_UI_URL=http://127.0.0.1:8633
cargo build -p dev -p gateway
mkdir -p "$DATA_DIR/bin"
cp data/bin/temporal-* "$DATA_DIR/bin/" 2>/dev/null || true
target/debug/dev >"$home/log" 2>&1 &
dev=$!
trap 'kill -INT $dev; wait $dev; rm -rf "$home"' EXIT
until grep -q 'Everything is up' "$home/log"; do sleep 0.2; done

shoot() { # URL FILE WIDTH,HEIGHT
  chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-sync \
    --disable-background-networking --disable-component-update --hide-scrollbars \
    --user-data-dir="$home/chromium" --window-size="$3" --virtual-time-budget=15000 \
    --screenshot="$2" "$1" 2>/dev/null
}

target/debug/dev make "принципы VIBECODING" --out "$home/v"
made=$(target/debug/dev make "Почему тесты важны" --out "$home/a" --json | tail -1)
target/debug/dev make "How to name things" --slides 5 --format 1x1 --out "$home/b"
export TEMPORAL_ADDRESS=127.0.0.1:7633
target/debug/gateway start "Почему тесты важны" --key no-folder-named --out "" >/dev/null
sleep 5 # the workflow list is updated with a delay

cp "$home/a/slide-01.jpg" docs/pictures/slide-title.jpg
cp "$home/a/slide-06.jpg" docs/pictures/slide-practice.jpg
page=$(printf '%s' "$made" | sed 's/.*"ui_url":"\([^"]*\)".*/\1/; s#/history$#/timeline#')
shoot "$page" docs/pictures/web-ui-workflow.png 1600,1060
shoot "$TEMPORAL_UI_URL/namespaces/default/workflows" docs/pictures/web-ui-list.png 1400,560

# The studio, by the test of a newcomer.
STUDIO_PICTURES="$PWD/docs/pictures/studio" cargo test -p gateway --test api studio::newcomer
