#!/bin/sh
# Installs the camera app as a systemd service, or brings an installed one up to date.
#
#     sudo deploy/install.sh --model model_int8.tflite
#     sudo deploy/install.sh --uninstall
#
# What goes where, and how it runs: docs/deploy.md.
set -eu
umask 022

usage() {
    cat <<END
usage: sudo deploy/install.sh --model FILE [--source SOURCE] [--python PROGRAM] [--root DIR]
       sudo deploy/install.sh --uninstall

  --model FILE      the .tflite file; may be left out when one is installed already
  --source SOURCE   camera, stream or picamera, as of edge.camera (default: 0)
  --python PROGRAM  run with this Python, which has what requirements-edge.txt names, instead of
                    making an environment
  --root DIR        install below DIR, such as an image's file system, and start nothing
  --uninstall       stop and remove it; options and log stay
END
}

say() { printf '%s\n' "$*"; }

fail() {
    say "error: $*" >&2
    exit 1
}

wrong_usage() {
    say "error: $*; see deploy/install.sh --help" >&2
    exit 2
}

read_arguments() {
    model='' source='' python='' root='' offline='' uninstall=''
    while [ $# -gt 0 ]; do
        case $1 in
            --model) model=${2-} ;;
            --source) source=${2-} ;;
            --python) python=${2-} ;;
            --root) root=${2-} offline=yes ;;
            --uninstall) uninstall=yes && shift && continue ;;
            -h | --help) usage && exit 0 ;;
            *) wrong_usage "$1 is no option" ;;
        esac
        [ -n "${2-}" ] || wrong_usage "$1 needs a value"
        shift 2
    done
}

name_places() {
    here=$(cd "$(dirname "$0")/.." && pwd)
    home=/opt/edge-vision
    root=${root%/}
    app=$root$home
    new=$app/.new
    options=$root/etc/default/edge-camera
    unit=$root/etc/systemd/system/edge-camera.service
    wanted=$root/etc/systemd/system/multi-user.target.wants/edge-camera.service
}

check_system() {
    if [ -n "$offline" ]; then
        [ -d "$root/" ] || fail "$root: no such folder; give --root a file system's root"
        return
    fi
    [ "$(id -u)" = 0 ] || fail "it writes to $home and /etc; run it with sudo"
    [ -d /run/systemd/system ] ||
        fail "systemd does not run here; use --root DIR to install into a file system"
}

check_model() {
    if [ -n "$model" ]; then
        [ -f "$model" ] || fail "$model: no such file; make it with \`python -m convert.quantize\`"
    else
        [ -f "$app/model_int8.tflite" ] || wrong_usage "which model? --model FILE is missing"
    fi
}

check_source() {
    # It is written between two kinds of quotes, which systemd takes away again.
    case $source in
        *[\'\"\\]* | *"
"*) fail "$source: quotes, backslashes and line breaks cannot be passed on; rename it" ;;
    esac
}

choose_python() {
    if [ -n "$python" ]; then
        case $python in
            /*) ;;
            *) python=$PWD/$python ;;
        esac
        [ -x "$python" ] || fail "$python: no such program; give --python a Python"
        case ${offline:-$python} in
            /home/* | /root/* | /run/user/*)
                fail "$python: a service may not look there; move its environment to /opt" ;;
        esac
        base=$python
    else
        # The system's own: picamera2 belongs to it, and another one may be gone some day.
        base=/usr/bin/python3
        [ -x "$base" ] || fail "$base: missing; run \`sudo apt install python3\`"
    fi
    "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$base: $("$base" --version 2>&1) is too old; 3.11 or newer is needed, as in" \
            "Raspberry Pi OS Bookworm"
    [ -n "$python" ] || check_environment
}

check_environment() {
    case $(uname -m) in
        armv*) fail "32-bit systems have no packages of numpy and OpenCV; install the 64-bit" \
            "Raspberry Pi OS, or give --python" ;;
    esac
    "$base" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$base: cannot make environments; run \`sudo apt install python3-venv\`"
    has_picamera=$("$base" -c \
        'import importlib.util as u; print("yes" if u.find_spec("picamera2") else "")')
    case $source in
        picamera*) [ -n "$has_picamera" ] ||
            fail "picamera2 is missing; run \`sudo apt install python3-picamera2\`" ;;
    esac
}

make_environment() {
    # picamera2 comes with the system only, so the environment must see the system's packages.
    seen=${has_picamera:+--system-site-packages}
    # One environment for each set of requirements, so that an update without new ones needs no
    # network, and a download that breaks off leaves the running app alone.
    id=$({ cat "$here/requirements-edge.txt" && "$base" -VV && echo "$seen"; } | cksum | cut -d' ' -f1)
    venv=venv-$id
    python=$home/venv/bin/python
    if [ -e "$app/$venv/ready" ]; then
        say "Python environment: $app/$venv is up to date"
        return
    fi
    say "Python environment: making $app/$venv (downloads about 120 MB)"
    rm -rf "${app:?}/$venv"
    # shellcheck disable=SC2086 # no option at all is right when it is empty
    "$base" -m venv $seen "$app/$venv"
    "$app/$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/requirements-edge.txt" ||
        fail "the packages could not be installed (see above); check the network, then run it again"
    touch "$app/$venv/ready"
}

stage() {
    say "App: $app/edge"
    rm -rf "$new"
    mkdir -p "$new"
    cp -R "$here/edge" "$new/edge"
    find "$new/edge" -name __pycache__ -prune -exec rm -rf {} +
    cp "$here/requirements-edge.txt" "$here/LICENSE" "$here/docs/deploy.md" "$new/"
    if [ -n "$model" ]; then
        say "Model: $app/model_int8.tflite"
        cp "$model" "$new/model_int8.tflite"
    fi
    # A strict umask of whoever copied the files here must not lock the service out.
    chmod -R u=rwX,go=rX "$new"
}

try_opencv() {
    reason=$("$1" -c 'import cv2' 2>&1) || fail "OpenCV does not load" \
        "($(printf '%s' "$reason" | tail -n 1)); run \`sudo apt install libgl1 libglib2.0-0\`"
}

try_model() {
    # The runtime and the model's golden frames, before the installed app is touched.
    PYTHONPATH=$new "$1" -BP -c '
import sys
from pathlib import Path
from edge.classifier import Classifier
from edge.cli import run_command
sys.exit(run_command(lambda args: Classifier(Path(sys.argv[1])) and None, None))
' "${model:-$app/model_int8.tflite}" ||
        fail "the model does not run here (see above); nothing was replaced"
}

replace() {
    # The service may not write there, and would compile every module at every start.
    "$1" -m compileall -q "$new/edge"
    sync
    rm -rf "$app/.old"
    [ ! -e "$app/edge" ] || mv "$app/edge" "$app/.old"
    for file in "$new"/*; do
        mv -f "$file" "$app/"
    done
    if [ -n "${venv-}" ]; then
        ln -sfn "$venv" "$app/venv.new"
        mv -Tf "$app/venv.new" "$app/venv"
    fi
    rm -rf "$app/.old" "$new"
}

write_options() {
    if [ -e "$options" ]; then
        say "Options: $options is kept as it is"
        [ -z "$source" ] || say "  so --source $source is not used; change it in that file"
        return
    fi
    say "Options: $options"
    mkdir -p "$(dirname "$options")"
    # A stream's address may hold a password; systemd reads the file as root.
    (umask 077 && cat >"$options" <<END
# Options of the camera app: see \`cd $home && $python -m edge.camera --help\`.
# After a change: sudo systemctl restart edge-camera
EDGE_CAMERA_OPTIONS="--model $home/model_int8.tflite --source '${source:-0}' --events --log /var/log/edge-camera/camera.jsonl"
END
    )
}

write_unit() {
    say "Unit: $unit"
    mkdir -p "$(dirname "$wanted")"
    sed "s|^ExecStart=[^ ]*|ExecStart=$python|" "$here/deploy/edge-camera.service" >"$unit.new"
    mv -f "$unit.new" "$unit"
}

start() {
    if [ -n "$offline" ]; then
        ln -sf /etc/systemd/system/edge-camera.service "$wanted"
        say "Installed below $root/; it starts when that system boots"
        return
    fi
    systemctl daemon-reload
    systemctl --quiet enable edge-camera
    say "Starting: it is ready with the first classified frame"
    if systemctl restart edge-camera; then
        systemctl --no-pager --full --lines=3 status edge-camera
        say "Follow it with: journalctl -u edge-camera -f -o cat"
    else
        journalctl -u edge-camera --no-pager -o cat -n 5 >&2
        fail "installed, but it does not run yet (see above); it is tried again every second," \
            "and its options are in $options"
    fi
}

remove_old_environments() {
    for folder in "$app"/venv-*; do
        [ "$folder" = "$app/${venv-}" ] || rm -rf "$folder"
    done
}

uninstall() {
    if [ -z "$offline" ] && [ -e "$unit" ]; then
        systemctl --quiet disable --now edge-camera
    fi
    rm -f "$unit" "$wanted"
    rm -rf "$app"
    [ -n "$offline" ] || systemctl daemon-reload
    say "Removed $unit and $app"
    say "Kept $options and $root/var/log/edge-camera"
}

read_arguments "$@"
name_places
check_system
if [ -n "$uninstall" ]; then
    uninstall
    exit 0
fi
check_model
check_source
choose_python
mkdir -p "$app"
trap 'rm -rf "$new"' EXIT
if [ -z "$python" ]; then
    make_environment
    usable=$app/$venv/bin/python
else
    usable=$python
fi
stage
try_opencv "$usable"
try_model "$usable"
replace "$usable"
write_options
write_unit
start
remove_old_environments
