#!/bin/sh
# Prints the path of the schemathesis that tests/api/requirements.txt names, in an
# environment of its own under target/, which is made if it is not there. Installs
# Debian's venv when that is missing and this is allowed (root, apt-get); says what to
# install otherwise. It is never left out in silence: a check that may not run cannot fail.
set -eu
cd "$(dirname "$0")/../.."

PYTHON=${PYTHON:-python3}
WANTED=tests/api/requirements.txt
PLACE=$PWD/target/api/venv

is_python() {
    command -v "$PYTHON" >/dev/null \
        && "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'
}

make_venv() {
    rm -rf "$PLACE"
    is_python && "$PYTHON" -c 'import ensurepip' 2>/dev/null && "$PYTHON" -m venv "$PLACE" >&2
}

cmp -s "$WANTED" "$PLACE/requirements.txt" && echo "$PLACE/bin/schemathesis" && exit 0
if ! make_venv && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Python's venv is missing: installing the system's package" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv; } >&2
    make_venv || true
fi
if [ ! -x "$PLACE/bin/pip" ]; then
    cat >&2 <<'SAY'
The API is tested by schemathesis, which needs Python 3.11 or newer with venv. Install it
and run this again:
  Debian, Ubuntu   sudo apt-get install python3-venv
  Fedora           sudo dnf install python3
  macOS            brew install python
or name one that is installed elsewhere: PYTHON=/path/to/python3 make api
SAY
    exit 1
fi
"$PLACE/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$WANTED" >&2
cp "$WANTED" "$PLACE/requirements.txt"
echo "$PLACE/bin/schemathesis"
