#!/usr/bin/env bash
# See that the system's own packages are there, and install what is missing where rights allow.
#
#   scripts/system.sh run        Pango, HarfBuzz and fontconfig: without them no brief (PDF) can be made
#   scripts/system.sh test       a Java runtime (EPUBCheck, veraPDF), Poppler (pdftotext, pdftoppm), PostgreSQL
#   scripts/system.sh pictures   a browser, for the pictures of `make pictures`
#
# Probes for what is used, not for package names, so a machine set up in another way is left alone.
# Exit codes: 0 all there (or only tests lack something, said plainly), 2 something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

what="${1:-run}"
PATH="$PATH:/usr/sbin:/sbin"
for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done
python=.venv/bin/python
[ -x "$python" ] || python=python3

say() { printf 'system: %s\n' "$*" >&2; }

# Print the Debian package of each shared library that cannot be loaded.
missing_libraries() {
    "$python" - <<'PY'
import ctypes

LIBRARIES = {
    "libpango-1.0-0": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0.0.dylib"),
    "libpangoft2-1.0-0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0.0.dylib"),
    "libharfbuzz-subset0": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib", "libharfbuzz-subset.0.dylib"),
}
FOLDERS = ("", "/opt/homebrew/lib/", "/usr/local/lib/", "/opt/local/lib/")


def loads(name: str) -> bool:
    for folder in FOLDERS:
        try:
            ctypes.CDLL(folder + name)
        except OSError:
            continue
        return True
    return False


for package, names in LIBRARIES.items():
    if not any(loads(name) for name in names):
        print(package)
PY
}

missing_commands() {
    local package names name found
    for entry in "$@"; do
        package="${entry%%=*}"
        names="${entry#*=}"
        found=
        for name in ${names//,/ }; do
            command -v "$name" >/dev/null && found=yes
        done
        [ -n "$found" ] || echo "$package"
    done
}

missing() {
    case "$what" in
        run) missing_libraries && missing_commands fontconfig=fc-match ;;
        test)
            missing_commands default-jre-headless=java poppler-utils=pdftotext poppler-utils=pdftoppm \
                postgresql=initdb | sort -u
            ;;
        pictures) missing_commands chromium=chromium,chromium-browser,google-chrome poppler-utils=pdftoppm ;;
        *) say "say run, test or pictures"; exit 2 ;;
    esac
}

advice() {
    if command -v apt-get >/dev/null; then
        echo "sudo apt-get update && sudo apt-get install --no-install-recommends $1"
        return
    fi
    local dnf brew
    case "$what" in
        run) dnf="pango harfbuzz fontconfig" brew="pango harfbuzz fontconfig" ;;
        test) dnf="java-latest-openjdk-headless poppler-utils postgresql-server" brew="openjdk poppler postgresql" ;;
        pictures) dnf="chromium poppler-utils" brew="chromium poppler" ;;
    esac
    if command -v dnf >/dev/null; then
        echo "sudo dnf install $dnf"
    elif command -v brew >/dev/null; then
        echo "brew install $brew"
    else
        echo "your package manager's install command for: $1 (Debian's names; Fedora: $dnf; Homebrew: $brew)"
    fi
}

may_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@" </dev/null
    else
        sudo -n "$@" </dev/null
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -qq -y \
        --no-install-recommends "$@" >/dev/null
}

packages="$(missing | tr '\n' ' ' | sed 's/ *$//')"
[ -n "$packages" ] || exit 0

if command -v apt-get >/dev/null && may_be_root; then
    say "installing $packages"
    # The tests start a server of their own: Debian need not make a cluster and start one beside it.
    clusters=/etc/postgresql-common/createcluster.conf
    if [[ " $packages " == *" postgresql "* && ! -e "$clusters" ]]; then
        as_root sh -c "mkdir -p ${clusters%/*} && echo 'create_main_cluster = false' >$clusters" || true
    fi
    # The list of packages is fetched only when it is missing or too old to serve.
    # shellcheck disable=SC2086
    apt_install $packages 2>/dev/null || { as_root apt-get update -qq && apt_install $packages; } || true
    packages="$(missing | tr '\n' ' ' | sed 's/ *$//')"
    [ -n "$packages" ] || exit 0
fi

say "missing on this machine: $packages. Run this, then try again:"
say "    $(advice "$packages")"
if [ "$what" = test ]; then
    say "the tests that need it will be reported as skipped."
    exit 0
fi
exit 2
