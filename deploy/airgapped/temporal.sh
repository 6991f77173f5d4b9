#!/bin/sh
# The dev server in place of the server with PostgreSQL: its database is a file in the volume. The commands name an
# address without DNS, which is slow in a network without a way out.
set -eu
serve="temporal server start-dev --ip 0.0.0.0 --ui-ip 0.0.0.0 --ui-port 8233 --db-filename /var/lib/temporal/temporal.db
  --sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=NORMAL --log-level warn
  --dynamic-config-value history.transferProcessorMaxPollRPS=1000"
(
    until temporal operator namespace update --namespace default --retention "$DEFAULT_NAMESPACE_RETENTION" \
        --address 127.0.0.1:7233 >/dev/null 2>&1
    do sleep 1; done
) &
# shellcheck disable=SC2086
exec $serve
