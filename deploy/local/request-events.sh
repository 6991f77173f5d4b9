#!/usr/bin/env bash
# Asks a running system for a carousel by an event, reads its facts as an outside consumer, and shows a dead letter. Starts
# `cargo dev` if REDIS_URL is set and nothing runs; `deploy/local/stores.sh deploy/local/request-events.sh` brings the servers.
set -euo pipefail

redis() { redis-cli -u "$REDIS_URL" "$@"; }
say() { printf '\n== %s\n' "$*"; }

data=$(mktemp -d)
export DATA_DIR=$data OUTPUT_DIR=${OUTPUT_DIR:-out}
cargo build --quiet -p dev -p gateway
cargo dev >"$data/dev.log" 2>&1 &
dev=$!
trap 'kill "$dev" 2>/dev/null; wait "$dev" 2>/dev/null || true; rm -rf "$data"' EXIT
until grep -q 'Everything is up' "$data/dev.log"; do
    kill -0 "$dev" || { cat "$data/dev.log"; exit 1; }
    sleep 0.5
done

say "a request from outside"
id="order-$(date +%s)"
redis xadd vibecoder:requests '*' event "{\"specversion\":\"1.0\",\"id\":\"$id\",\"source\":\"/shop/cms\",
  \"type\":\"carousel.generate.requested\",\"data\":{\"topic\":\"Why tests matter\",\"slides\":5}}"
say "a malformed request"
redis xadd vibecoder:requests '*' event '{"specversion":"1.0","id":"x","source":"/shop/cms","type":"carousel.generate.requested"}'

say "facts, as an outside consumer reads them"
redis xgroup create vibecoder:facts demo 0 mkstream >/dev/null
for _ in $(seq 60); do
    redis xreadgroup group demo reader count 100 block 1000 noack streams vibecoder:facts '>' |
        grep -A1 '^type$' | grep -v -e '^type$' -e '^--$' | tee -a "$data/types" || true
    ! grep -q '^workflow.completed$' "$data/types" || break
done

say "dead letters"
cargo run --quiet -p gateway -- events dead
say "the carousel"
cargo run --quiet -p gateway -- list
carousel=$(basename "$(ls -d "$OUTPUT_DIR"/carousel-event-*"$id")")
cargo run --quiet -p gateway -- events --carousel "$carousel"
cargo run --quiet -p gateway -- rebuild --check
ls "$OUTPUT_DIR"/carousel-event-*
