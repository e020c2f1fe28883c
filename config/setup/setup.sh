#!/usr/bin/env bash
# Sets this checkout up for a purpose: `demo` (run it), `test` (work on it) or `full` (the long tests too). May be
# interrupted and repeated at any time: what is done already is skipped, a changed pyproject.toml is installed anew.
#
#   config/setup/setup.sh demo|test|full
#   config/setup/setup.sh native [OPTION…]   the SIP library alone, with options of `python -m telephony.native`
#
#   VENV=DIR             where the virtual environment goes (default: .venv in the checkout)
#   PYTHON=FILE          the Python to build it with (default: the first suitable one on PATH)
#   VOICEBOT_NATIVE=no   leave the SIP library as it is: a wheel of four calls, or what `make native` has built
set -euo pipefail

purpose=${1:-}
# Festival's Russian is what the recogniser in the box understands best, espeak-ng has the only Kazakh.
voices=(espeak-ng festival festvox-ru)
tested=("${voices[@]}" sip-tester baresip kamailio kamailio-tls-modules sox openssl graphviz chromium)
case $purpose in
    demo) extra=demo debian=("${voices[@]}" graphviz) ;;
    test) extra=test debian=("${tested[@]}") ;;
    full) extra=test debian=("${tested[@]}" postgresql) ;;
    native) extra=demo debian=() ;;
    *) echo "usage: config/setup/setup.sh demo|test|full, or native [OPTION…]" >&2; exit 2 ;;
esac
shift
native_debian=(make g++ swig patch libssl-dev libsrtp2-dev uuid-dev)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
venv=${VENV:-.venv}
python=

say() { printf '\n== %s\n' "$*"; }
die() { printf '\nset-up stopped: %s\n' "$*" >&2; exit 1; }

# Debian package names that are not installed, one a line.
missing() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f='${Status}' "$name" 2>/dev/null)" = "install ok installed" ] || echo "$name"
    done
}

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Debian starts a new Kamailio at once, on every address: not on a machine where only tests start one.
unstarted() {
    local status=0 fresh=no
    [[ " $* " == *" kamailio "* ]] && command -v systemctl >/dev/null && fresh=yes
    [ "$fresh" = no ] || as_root systemctl --quiet mask kamailio.service || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" || status=$?
    [ "$fresh" = no ] || as_root systemctl --quiet unmask kamailio.service || true
    [ "$fresh" = no ] || as_root systemctl --quiet disable kamailio.service || true
    return "$status"
}

# Installs Debian packages, or prints the one command that does; succeeds only when all of them are there.
debian_packages() {
    local wanted
    if ! command -v dpkg-query >/dev/null; then
        printf 'This is no Debian or Ubuntu. Install what these packages hold: %s\n' "$*"
        return 1
    fi
    mapfile -t wanted < <(missing "$@")
    [ "${#wanted[@]}" = 0 ] && return 0
    if may_install; then
        say "Debian packages: ${wanted[*]}"
        # A list of packages that is out of date is the commonest reason for a failed install.
        as_root apt-get -qq update || echo "apt-get update failed; going on with the list that is there"
        unstarted "${wanted[@]}" && return 0
    fi
    mapfile -t wanted < <(missing "$@")
    printf '\nThese Debian packages are missing. Please run:\n\n    sudo apt-get install %s\n\n' "${wanted[*]}"
    return 1
}

# Prints the first Python on PATH that will do. Up to 3.12 comes first: for these the SIP library exists as a wheel too.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.12 python3.11}; do
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null &&
            echo "$candidate" && return
    done
    for candidate in ${PYTHON:-python3 python3.14 python3.13}; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' 2>/dev/null && echo "$candidate" && return
    done
    return 1
}

# What was installed, so that a repeat can tell that nothing changed.
fingerprint() {
    { pwd -P; "$venv/bin/python" -VV; sha256sum pyproject.toml config/setup/*.txt config/setup/setup.sh; } 2>/dev/null |
        sha256sum | cut -d' ' -f1
}

is_current() { [ -x "$venv/bin/voicebot" ] && [ "$(cat "$venv/voicebot-$1.stamp" 2>/dev/null)" = "$(fingerprint)" ]; }

# The same for the SIP library: what it is built from, and which one is installed.
native_fingerprint() {
    { installed_library; find telephony/native -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum; } |
        sha256sum | cut -d' ' -f1
}

# Name and version as in pjsua2_python-2.15.1.post1; nothing where there is none.
installed_library() { find "$venv"/lib/python3.*/site-packages -maxdepth 1 -name 'pjsua2_python-*.dist-info' -printf '%f\n' | sed 's/[.]dist-info$//'; }

has_native() { [[ $(installed_library) == *+voicebot* ]]; }

# Builds the SIP library for hundreds of calls and installs it over the wheel. Where that cannot be done, four calls
# are better than none: `make setup` says so in two lines and goes on; `make native` fails.
native() {
    local stamp=$venv/voicebot-native.stamp
    if [ "$purpose" != native ]; then
        [ "${VOICEBOT_NATIVE:-}" != no ] || return 0
        [ "$(cat "$stamp" 2>/dev/null)" != "$(native_fingerprint)" ] || return 0
    fi
    rm -f "$stamp"
    say "SIP library for hundreds of calls (about two minutes; a repeat takes seconds; VOICEBOT_NATIVE=no skips it)"
    # A Python of the system's own has its headers in a package; others bring them along.
    "$venv/bin/python" -c 'import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())' ||
        native_debian+=("$("$venv/bin/python" -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')")
    debian_packages "${native_debian[@]}" || true  # the build knows by itself what it lacks
    local code=0
    "$venv/bin/python" -m telephony.native "$@" || code=$?
    [ "$code" -lt 128 ] || exit "$code"  # interrupted
    if [ "$code" != 0 ]; then
        [ "$purpose" != native ] || exit "$code"
        echo "Going on with the SIP library that is here: $(installed_library | grep . || echo none). See voicebot doctor."
        echo "Try again with \`make native\`, or with a source tarball: make native PJPROJECT=pjproject-2.17.tar.gz"
    fi
    # A failure is noted too, so that not every `make test` tries again.
    native_fingerprint > "$stamp.part"
    mv "$stamp.part" "$stamp"
}

# Voices for whoever may not install packages: they work unpacked, in $venv/debian, with a starter each in $venv/bin.
unpack_voices() {
    [ -n "$(missing "${voices[@]}")" ] && [ ! -x "$venv/bin/festival" ] && ! may_install || return 0
    command -v apt-get >/dev/null || return 0
    local root wanted libraries file
    root=$(cd "$venv" && pwd -P)/debian
    mapfile -t wanted < <(apt-get --simulate --no-install-recommends install "${voices[@]}" 2>/dev/null |
        awk '$1 == "Inst" { print $2 }')
    [ "${#wanted[@]}" != 0 ] || return 0
    # The system's own would not look for voices here.
    [[ " ${wanted[*]} " == *" festival "* ]] || wanted+=(festival)
    say "Voices without root: unpacking ${wanted[*]} into $root (180 MB to fetch)"
    rm -rf "$root"
    mkdir -p "$root/packages"
    if ! (cd "$root/packages" && apt-get --quiet download "${wanted[@]}"); then
        echo "They could not be fetched; going on without them."
        rm -rf "$root"
        return 0
    fi
    for file in "$root"/packages/*.deb; do dpkg -x "$file" "$root"; done
    rm -rf "$root/packages"
    libraries=$root/usr/lib/$(uname -m)-linux-gnu:$root/lib/$(uname -m)-linux-gnu
    if [ -e "$root/usr/share/festival/voices.scm" ]; then
        # The place of the voices is written into it.
        sed -i "s|/usr/share/festival/voices|$root/usr/share/festival/voices|" "$root/usr/share/festival/voices.scm"
        starter festival "LD_LIBRARY_PATH=$libraries" "$root/usr/bin/festival" --datadir "$root/usr/share/festival"
    fi
    [ ! -e "$root/usr/bin/espeak-ng" ] ||
        starter espeak-ng "LD_LIBRARY_PATH=$libraries" "ESPEAK_DATA_PATH=${libraries%%:*}" "$root/usr/bin/espeak-ng"
}

# starter NAME [VARIABLE=VALUE…] PROGRAM [ARGUMENT…] writes $venv/bin/NAME, which passes its own arguments on.
starter() {
    local name=$1
    shift
    { printf '#!/bin/sh\nexec env'; printf " '%s'" "$@"; printf ' "$@"\n'; } > "$venv/bin/$name"
    chmod +x "$venv/bin/$name"
}

[ "${#debian[@]}" = 0 ] || debian_packages "${debian[@]}" || echo "Going on without them; voicebot doctor says what that costs."

if is_current "$extra" || { [ "$extra" = demo ] && is_current test; }; then
    unpack_voices
    native "$@"
    exit 0
fi

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    python=$(find_python) || die "Python 3.11 or newer is needed; ${PYTHON:-python3} is \
$("${PYTHON:-python3}" --version 2>/dev/null || echo missing). Debian 12 and Ubuntu 24.04 have one: \
sudo apt-get install python3 python3-venv. If yours lies elsewhere: PYTHON=/path/to/python3.12 make setup"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        debian_packages python3-venv && "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            die "$python cannot make virtual environments: sudo apt-get install python3-venv"
    fi
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv")" ]; then
        die "$venv exists and is no virtual environment; name another place: VENV=DIR make setup"
    fi
    say "Virtual environment $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] > (3, 12))' ||
        echo "For this Python the SIP library is not to be had as a wheel: calls over SIP need the one built here."
fi

rm -f "$venv"/voicebot-{demo,test,full}.stamp
say "Python packages for '$extra' (about 300 MB to fetch; a repeat takes them from pip's cache)"
pip=("$venv/bin/python" -m pip --disable-pip-version-check install)
"${pip[@]}" --quiet --upgrade "pip>=25"
# The exact wheel of the SIP library, unless a native build has taken its place: pip would put the wheel back.
constraint=(--constraint config/setup/wheels.txt)
if has_native; then constraint=(); fi
"${pip[@]}" "${constraint[@]}" --config-settings editable_mode=compat --editable ".[$extra]"
say "Voice activity model, by its checksum"
"${pip[@]}" --no-deps --require-hashes --requirement config/setup/silero.txt
say "What callers say, learned from examples (half a minute; kept in ~/.cache/voicebot)"
"$venv/bin/python" -c 'from dialogs.understanding.understanding import load_understanding; load_understanding()'
"$venv/bin/voicebot" --version
fingerprint > "$venv/voicebot-$extra.stamp.part"
mv "$venv/voicebot-$extra.stamp.part" "$venv/voicebot-$extra.stamp"
unpack_voices
native "$@"
say "Ready. Next: make demo, or $venv/bin/voicebot --help"
