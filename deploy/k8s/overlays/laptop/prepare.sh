#!/bin/sh
# Makes the Secrets of this overlay from random passwords. TELOXIDE_TOKEN=… makes the gateway a bot.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets
[ -e database.env ] && exit 0
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
password=$(random)
printf 'POSTGRES_PASSWORD=%s\nDATABASE_URL=postgres://vibecoder:%s@postgres:5432/vibecoder\n' "$password" "$password" > database.env
password=$(random)
printf 'REDIS_PASSWORD=%s\nREDIS_URL=redis://:%s@redis:6379\n' "$password" "$password" > bus.env
access=$(random)
secret=$(random)
printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n' "$access" "$secret" > blobs.env
printf '{"identities":[{"name":"vibecoder","actions":["Admin"],"credentials":[{"accessKey":"%s","secretKey":"%s"}]}]}' \
    "$access" "$secret" > s3.json
printf 'TELOXIDE_TOKEN=%s\n' "${TELOXIDE_TOKEN:-}" > bot.env
