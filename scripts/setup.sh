#!/usr/bin/env bash
# Make .venv with the pinned, hashed packages of a requirements file and briefpub itself, editable.
#
#   scripts/setup.sh run    what briefpub needs to run
#   scripts/setup.sh dev    that, and what its tests, checks and docs need
#
# Works again and again, and without a network when everything is already there.
# Exit codes: 0 ready, 1 an installation failed, 2 something is missing that only you can install.
set -euo pipefail
cd "$(dirname "$0")/.."

set_name="${1:-run}"
oldest="3.11"

say() { printf 'setup: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

new_enough() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    say "no Python $oldest or newer was found (tried \$PYTHON, python3, python3.11 to python3.14)."
    say "install one, for example:  sudo apt-get install python3 python3-venv   or   brew install python@3.13"
    exit 2
}

install_venv_package() {
    local python="$1" version packages
    version="$("$python" -c 'import sys; print(f"{sys.version_info.major}.{sys.version_info.minor}")')"
    packages="python3-venv"
    if [ "$(basename "$(readlink -f "$python")")" != "$(basename "$(readlink -f "$(command -v python3)")")" ]; then
        packages="python$version-venv"
    fi
    if command -v apt-get >/dev/null && may_be_root; then
        say "installing $packages"
        install="env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -qq -y --no-install-recommends $packages"
        # shellcheck disable=SC2086
        as_root $install >/dev/null 2>&1 </dev/null || { as_root apt-get update -qq </dev/null && as_root $install >/dev/null </dev/null; }
    else
        say "$python cannot make a virtual environment here. Run this, then try again:"
        say "    sudo apt-get install $packages"
        exit 2
    fi
}

make_venv() {
    local python
    python="$(find_python)"
    say "making .venv with $python ($("$python" -V 2>&1))"
    if ! "$python" -m venv --clear .venv >/dev/null 2>&1; then
        rm -rf .venv
        install_venv_package "$python"
        if ! "$python" -m venv --clear .venv >&2; then
            rm -rf .venv
            say "$python still cannot make a virtual environment; the lines above say why."
            exit 2
        fi
    fi
}

# A half-made .venv, or one that was moved or copied here from another folder, is made anew.
usable() {
    [ -x .venv/bin/python ] && new_enough .venv/bin/python \
        && .venv/bin/pip --version 2>/dev/null | grep -qF "$(pwd -P)/.venv/"
}

usable || make_venv

pip() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input -qq "$@" </dev/null
}

say "installing requirements/$set_name.txt"
# The file names every package there is to install: nothing is resolved here, so that a newer release of one
# that another asks for with an extra cannot come in the way.
pip install --require-hashes --no-deps --requirement "requirements/$set_name.txt"
pip install --no-deps --no-build-isolation --editable .
.venv/bin/python -c 'import briefpub'
say "ready: .venv/bin/briefpub"
