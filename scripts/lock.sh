#!/usr/bin/env bash
# Write requirements/run.txt and requirements/dev.txt anew from pyproject.toml: every version pinned, every
# file known by its hash, no address of any registry. Versions already pinned stay; `scripts/lock.sh
# --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    .venv/bin/python -m uv pip compile pyproject.toml --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@" >/dev/null
}

compile --group install --output-file requirements/run.txt "${@}"
compile --group dev --constraints requirements/run.txt --output-file requirements/dev.txt "${@}"

if grep -nE '://|--(index|extra-index|find-links)' requirements/*.txt; then
    echo "lock: an address stands in a requirements file" >&2
    exit 1
fi
