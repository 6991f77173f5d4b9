#!/usr/bin/env bash
# Starts PostgreSQL, Redis and an S3-compatible store, runs a command with them, and removes them afterwards:
#
#   deploy/local/stores.sh                                   # runs `cargo dev`
#   deploy/local/stores.sh cargo dev make "Why tests matter"
#   deploy/local/stores.sh deploy/local/request-events.sh    # a carousel by a request event
#
# Needs PostgreSQL, Redis (Debian: postgresql, redis-server) and Python with pip, which installs moto, an S3 server.
# For your own servers, set the exported variables below and run the command.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

bin=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || true)")
if [ ! -x "$bin/initdb" ]; then
    say "PostgreSQL is not installed: install it (Debian: apt-get install postgresql), or put initdb on PATH"
    exit 1
fi

if ! command -v redis-server >/dev/null; then
    say "Redis is not installed: install it (Debian: apt-get install redis-server)"
    exit 1
fi

work=$(mktemp -d)
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
pg_port=$(port)
s3_port=$(port)
redis_port=$(port)

# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work")
fi
mkdir "$work/pg"
chmod 711 "$work"
[ ${#as[@]} = 0 ] || chown 65534:65534 "$work/pg"

stop() {
    "${as[@]}" "$bin/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true
    [ -z "${moto:-}" ] || kill "$moto" 2>/dev/null || true
    [ -z "${redis:-}" ] || kill "$redis" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

say "starting PostgreSQL on port $pg_port"
(cd "$work/pg" && "${as[@]}" "$bin/initdb" -D data -U vibecoder -A trust -N >../initdb.log 2>&1 &&
    "${as[@]}" "$bin/pg_ctl" -D data -l log -w -o "-p $pg_port -h 127.0.0.1 -k ''" start >/dev/null)

say "starting Redis on port $redis_port"
redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work" --appendonly yes --save '' >"$work/redis.log" 2>&1 &
redis=$!

say "starting an S3-compatible store (moto) on port $s3_port"
if ! command -v moto_server >/dev/null; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet 'moto[server]==5.2.1'
    PATH="$work/venv/bin:$PATH"
fi
moto_server -H 127.0.0.1 -p "$s3_port" >"$work/moto.log" 2>&1 &
moto=$!
for _ in $(seq 100); do
    curl -sf -o /dev/null -X PUT "http://127.0.0.1:$s3_port/carousels" && break
    sleep 0.2
done

export DATABASE_URL="postgres://vibecoder@127.0.0.1:$pg_port/postgres"
export BLOBS_URL="s3://carousels/blobs?endpoint=http://127.0.0.1:$s3_port&region=us-east-1"
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
export REDIS_URL="redis://127.0.0.1:$redis_port" EVENT_SOURCES='/shop/cms 100'
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- cargo dev
"$@"

say ""
say "in PostgreSQL:"
psql=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -1)
"$psql" "$DATABASE_URL" -Atc "
    select '  carousels ' || count(*) || ', ' || max(outcome) from carousels;
    select '  deliveries ' || count(*) || ', ' || max(state) from deliveries;
    select '  events ' || count(*) || ', published ' || count(published_at) from events;" >&2
say "in the store: $(curl -s "http://127.0.0.1:$s3_port/carousels?list-type=2" | grep -o '<Key>' | wc -l) files"
say "in Redis: $(redis-cli -u "$REDIS_URL" xlen vibecoder:facts) facts, $(redis-cli -u "$REDIS_URL" xlen vibecoder:dead) dead letters"
