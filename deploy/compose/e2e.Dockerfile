# The fake Bot API, for tests.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY e2e /usr/local/bin/e2e
USER 65534
ENTRYPOINT ["/usr/local/bin/e2e"]
