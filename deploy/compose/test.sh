#!/bin/bash
# Starts the system with a fake Bot API, makes carousels through chats, kills each container, disconnects each for 30 s,
# and audits: nothing lost, nothing twice. 10 min after the build. Options go to `e2e containers`.
#
#   AIRGAPPED=1 deploy/compose/test.sh                   with the stand-ins of deploy/airgapped/build.sh
#   EDGE=1 deploy/compose/test.sh                        webhook mode: nginx with TLS before two gateways
#   deploy/compose/test.sh --roll IMAGE:NEW,IMAGE:OLD    then also an upgrade and a roll-back
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! docker info >/dev/null 2>&1 || ! command -v docker-compose >/dev/null; then
    echo "skipped: no container engine answers"
    exit 0
fi

# `e2e containers` runs docker-compose with the same variables.
export COMPOSE_PROJECT_NAME=vibecoder-test COMPOSE_FILE=docker-compose.yml:deploy/compose/test.yml
context=deploy/airgapped/cache/e2e
base=debian:bookworm-slim
if [ -n "${AIRGAPPED:-}" ]; then
    set -a
    # shellcheck source=deploy/airgapped/images.env
    . deploy/airgapped/images.env
    set +a
    base=airgapped/debian
fi
if [ -n "${EDGE:-}" ]; then
    export COMPOSE_PROFILES=edge TELEGRAM_WEBHOOK_URL=https://nginx:8443/telegram
fi
trap 'docker-compose down --volumes >/dev/null 2>&1' EXIT

deploy/compose/prepare.sh
cargo build --locked -p e2e
mkdir -p "$context"
install --strip target/debug/e2e "$context/e2e"
docker build --quiet --tag vibecoder-e2e --build-arg "BASE=$base" \
    --file deploy/compose/e2e.Dockerfile "$context"

began=$SECONDS
docker-compose up --detach
unhealthy() {
    docker ps --all --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Names}} {{.Status}}' |
        grep -E 'starting|unhealthy|Restarting|Exited \([^0]' || true
}
for _ in $(seq 100); do
    [ -n "$(unhealthy)" ] || break
    sleep 3
done
[ -z "$(unhealthy)" ] || { unhealthy; docker-compose logs --tail 20; exit 1; }
echo "all healthy after $((SECONDS - began)) s"
docker stats --no-stream --format 'table {{.Name}}\t{{.MemUsage}}'
target/debug/e2e containers --project "$COMPOSE_PROJECT_NAME" "$@"
