"""Making a guest's root file system: Debian by mmdebstrap, Python environments by its own pip."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from deploy.emulator.guest import Extra, Guest, ready_content, ready_mark, wanted_requirements
from deploy.emulator.host import PipSettings, Sources, apt_sources, pip_settings
from deploy.emulator.systems import Environment, System
from edge.errors import EdgeError
from edge.messages import print_message

_LEAVE_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
_PIP = (
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--root-user-action=ignore",
)


def build(guest: Guest) -> None:
    """Make the guest's system, or what is missing of it; nothing when it is up to date.

    Raises EdgeError when packages cannot be had; what was finished until then is kept.
    """
    wanted = wanted_requirements(guest.system)
    mark, content = ready_mark(guest.root), ready_content(wanted)
    if mark.exists() and mark.read_text() == content:
        print_message(f"{guest.root}: up to date")
        return
    if not _debian_mark(guest.root).exists():
        _make_debian(guest.root, guest.system, apt_sources(guest.system.name))
    mark.unlink(missing_ok=True)
    settings = pip_settings()
    for environment in guest.system.environments:
        _make_environment(guest, environment, wanted[environment.name], settings)
    mark.write_text(content)


def _debian_mark(root: Path) -> Path:
    return root / "opt" / "debian"


def _make_debian(root: Path, system: System, sources: Sources) -> None:
    """Debian with what the device needs, in ``root``; takes minutes, dpkg runs emulated."""
    log = root.with_suffix(".log")
    print_message(f"{root}: making Debian {system.name} for arm64 (some minutes; see {log})")
    start_s = time.monotonic()
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    command = [
        *("mmdebstrap", "--arch=arm64", "--variant=minbase", "--components=main"),
        f"--include={','.join(system.packages)}",
        '--aptopt=Apt::Install-Recommends "false"',
        *(f"--aptopt={setting.rstrip(';')}" for setting in sources.settings),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEAVE_OUT),
        *(system.name, str(root), *sources.lines),
    ]
    with log.open("w") as stream:
        done = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
    if done.returncode:
        shutil.rmtree(root, ignore_errors=True)
        raise EdgeError(
            f"{root}: Debian {system.name} cannot be made; {log} says why, at its end; "
            "check the network and `sudo apt update`"
        )
    _debian_mark(root).touch()
    print_message(f"{root}: Debian made in {time.monotonic() - start_s:.0f} s")


def _make_environment(
    guest: Guest, environment: Environment, text: str, settings: PipSettings
) -> None:
    """Install ``text``, a requirements file, with the guest's own Python and pip."""
    mark = guest.root / environment.folder.lstrip("/") / "ready"
    if mark.exists() and mark.read_text() == text:
        return
    log = guest.work / f"{guest.system.name}-{environment.name}.log"
    print_message(f"{guest.root}{environment.folder}: installing (see {log})")
    start_s = time.monotonic()
    cache = guest.work / "pip-cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(text)
        extra = Extra(
            binds=[(file, "/run/requirements.txt"), *((p, str(p)) for p in settings.files)],
            writable=[(cache, "/root/.cache/pip")],
            variables=settings.variables,
        )
        script = (
            f"/usr/bin/python3 -m venv --clear {environment.folder} && "
            f"{environment.python} {' '.join(_PIP)} -r /run/requirements.txt"
        )
        code = guest.run(["sh", "-c", script], extra, log=log)
    if code:
        raise EdgeError(
            f"{guest.root}{environment.folder}: pip failed with code {code}; {log} says why, at "
            "its end; check the network and this machine's own pip"
        )
    mark.write_text(text)
    print_message(
        f"{guest.root}{environment.folder}: installed in {time.monotonic() - start_s:.0f} s"
    )
