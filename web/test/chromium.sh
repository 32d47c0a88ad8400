#!/bin/sh
# Prints the path of a Chromium to test with. Installs Debian's when there is
# none and this is allowed (root, apt-get); says what to install otherwise.
set -eu

find_chromium() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
        [ -n "$name" ] && command -v "$name" && return 0
    done
    return 1
}

find_chromium && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Chromium is missing: installing the system's package" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >&2
    find_chromium && exit 0
fi
cat >&2 <<'SAY'
The browser tests need Chromium, and there is none. Install it and run `make test` again:
  Debian, Ubuntu   sudo apt-get install chromium
  Fedora           sudo dnf install chromium
  macOS            brew install --cask chromium
or name one that is installed elsewhere: CHROMIUM=/path/to/chromium make test
SAY
exit 1
