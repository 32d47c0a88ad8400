#!/bin/sh
# Prints the path of a Valgrind to count with. Installs Debian's when there is
# none and this is allowed (root, apt-get); says what to install otherwise. It
# is never left out in silence: a check that may not run cannot fail.
set -eu

find_valgrind() {
    for name in "${VALGRIND:-}" valgrind; do
        [ -n "$name" ] && command -v "$name" && return 0
    done
    return 1
}

find_valgrind && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Valgrind is missing: installing the system's package" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq valgrind; } >&2
    find_valgrind && exit 0
fi
cat >&2 <<'SAY'
Instructions are counted by Valgrind, and there is none. Install it and run this again:
  Debian, Ubuntu   sudo apt-get install valgrind
  Fedora           sudo dnf install valgrind
or name one that is installed elsewhere: VALGRIND=/path/to/valgrind make instructions
Where there is none to be had (macOS), `make rust web provider api browser` is all the rest
of `make test`.
SAY
exit 1
