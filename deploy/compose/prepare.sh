#!/bin/sh
# Makes what docker-compose.yml needs on this host: .env, a random password per service, and a self-signed certificate
# for the profile `edge`. Keeps every file that exists. Put your own keys into the empty files.
set -eu
cd "$(dirname "$0")/../.."
[ -e .env ] || : > .env
umask 077
mkdir -p deploy/compose/secrets
cd deploy/compose/secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# Containers run as other users, so a file is readable; the folder is not.
put() {
    [ -e "$1" ] || printf '%s' "$2" > "$1"
    chmod 0444 "$1"
}

for name in database_password temporal_password redis_password AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY TELEGRAM_WEBHOOK_SECRET \
    ALERTMANAGER_TOKEN grafana_password; do
    put "$name" "$(random)"
done
for name in TELOXIDE_TOKEN OPENAI_API_KEY ANTHROPIC_API_KEY; do
    put "$name" ""
done
put DATABASE_URL "postgres://vibecoder:$(cat database_password)@postgres:5432/vibecoder"
put REDIS_URL "redis://:$(cat redis_password)@redis:6379"
put s3_config "{\"identities\":[{\"name\":\"vibecoder\",\"actions\":[\"Admin\"],\"credentials\":[{\"accessKey\":\"$(cat AWS_ACCESS_KEY_ID)\",\"secretKey\":\"$(cat AWS_SECRET_ACCESS_KEY)\"}]}]}"
if [ ! -e tls_key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,DNS:nginx -addext basicConstraints=critical,CA:FALSE \
        -keyout tls_key -out tls_certificate 2>/dev/null
fi
chmod 0444 tls_key tls_certificate
