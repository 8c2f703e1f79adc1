"""Virtual environments of peers: built once, and again when what they are made from changes."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from benchmarks.comparison.peers import Environment
from benchmarks.virtual_environment import InstallError, make_environment, pip
from edge.errors import EdgeError

_STAMP = "made-from"


class PeerMissingError(EdgeError):
    """A peer that cannot be had here; its row says why, and the others go on."""


def absolute(text: str) -> Path:
    """The path of an argument, because peers run in another folder.

    A link stays one: that of a Python says which environment it is of.
    """
    return Path(text).absolute()


def python_of(environment: Environment, folder: Path) -> Path:
    """The Python of the environment below ``folder``, which is built first where it must be.

    Raises PeerMissingError, with pip's own word, when it cannot be.
    """
    home = folder / environment.name
    python = home / "bin" / "python"
    wanted = made_from(environment.requirements)
    stamp = home / _STAMP
    if python.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"building {home} from {environment.requirements.name} ...", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    try:
        pip(make_environment(home), "install", "-r", str(environment.requirements))
    except InstallError as error:
        raise PeerMissingError(f"{environment.name}: cannot be installed ({error})") from error
    stamp.write_text(wanted)
    return python


def made_from(requirements: Path) -> str:
    """A hash of the file, of those that it names with -r and -c, and of this Python."""
    digest = hashlib.sha256(f"{sys.version}\n".encode())
    waiting = [requirements]
    for path in waiting:  # grows while files name others
        text = path.read_text("utf-8")
        digest.update(text.encode())
        for line in text.splitlines():
            if line.startswith(("-r ", "-c ")):
                waiting.append(path.parent / line[3:].strip())
    return digest.hexdigest()
