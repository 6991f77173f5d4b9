#!/usr/bin/env bash
# fuzz/run.sh TARGET [libFuzzer's options]: `document`, `file`, `layout` or `reply`, for five minutes by
# default (`-max_total_time=60` changes that). Needs a C++ compiler and stable Rust, which can count coverage for
# libFuzzer. It can't check memory accesses, but this project has no `unsafe` code.
# `cargo +nightly fuzz run TARGET` does both.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?which target: document, file, layout or reply}
shift
triple=$(rustc -vV | sed -n 's/^host: //p')
# --target keeps the flags away from build scripts.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing" \
  cargo build --locked --release --target "$triple" --bin "$target"
mkdir -p "corpus/$target" "artifacts/$target"
exec "${CARGO_TARGET_DIR:-target}/$triple/release/$target" \
  -artifact_prefix="artifacts/$target/" -max_total_time=300 -max_len=2000 -timeout=20 -rss_limit_mb=2048 \
  "$@" "corpus/$target"
