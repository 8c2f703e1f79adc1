"""One function call in a process of its own, so that a crash there is an error message here.

The TFLite converter leaks memory with each call and ends the whole process on some graphs; in a
child neither concerns the command.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from edge.command import Finished, run_bounded
from edge.errors import DataError, EdgeError

_LONGEST_S = 24 * 3600.0
_WATCH_S = 0.5  # how soon a child notices that its parent is gone
_REMEDY = "close other programs or use a smaller model, and report the model if that does not help"


def run_in_child(
    function_path: str, *args: Any, timeout_s: float = _LONGEST_S
) -> tuple[Any, float, float]:
    """Call ``"package.module:function"`` with picklable ``args`` in a new Python process.

    Returns the function's result, the seconds that the process took, and the largest memory (MB of
    10^6 bytes, resident) that it held. An EdgeError of the function is raised here as it is.
    Raises DataError, with the child's last words, when it crashes, is killed or runs out of memory,
    or takes longer than ``timeout_s``. Ctrl-C here ends the child too.
    """
    with TemporaryDirectory(prefix="convert-") as scratch:
        job, answer = Path(scratch, "job"), Path(scratch, "answer")
        job.write_bytes(pickle.dumps((function_path, args)))
        start = time.monotonic()
        ours = str(os.getpid())
        command = [sys.executable, "-m", "convert.child", ours, str(job), str(answer)]
        try:
            finished = run_bounded(command, timeout_s, _environment(scratch))
        except TimeoutError as error:
            raise DataError(
                f"{_name(function_path, args)}: not finished within {timeout_s:g} s; {_REMEDY}"
            ) from error
        seconds = time.monotonic() - start
        if finished.code != 0 or not answer.exists():
            raise DataError(
                f"{_name(function_path, args)}: a process at work on it died"
                f" ({_last_words(finished)});"
                f" {_REMEDY}"
            )
        kind, value, peak_mb = pickle.loads(answer.read_bytes())
    if kind == "fault":
        raise value
    if kind == "bug":
        raise RuntimeError(f"in the child process:\n{value}")
    return value, seconds, peak_mb


def _environment(scratch: str) -> dict[str, str]:
    """This process' environment, with a child that finds the same modules and logs less."""
    home = str(Path(__file__).resolve().parents[1])
    paths = dict.fromkeys([home, *filter(None, sys.path)])
    return {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "TMPDIR": scratch,  # TensorFlow leaves files behind, above all when it dies
    }


def _name(function_path: str, args: tuple[Any, ...]) -> str:
    """What a message calls the work: the model that it was about."""
    return str(getattr(args[0], "path", function_path)) if args else function_path


def _last_words(finished: Finished) -> str:
    lines = [line.strip() for line in finished.stderr.splitlines() if line.strip()]
    if finished.code == -signal.SIGKILL:
        return "killed, most likely because the memory ran out"
    ended = signal.Signals(-finished.code).name if finished.code < 0 else f"exit {finished.code}"
    return f"{ended}: {lines[-1][:200]}" if lines else ended


def _peak_mb() -> float:
    """Largest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss would also count what the parent held when it started this process.
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def _serve(job: Path, answer: Path) -> None:
    """The child's side: run the job, leave its answer as a file."""
    with suppress(OSError):
        # When memory runs out, the kernel shall end this process and no other.
        Path("/proc/self/oom_score_adj").write_text("1000")
    function_path, args = pickle.loads(job.read_bytes())
    module, function = function_path.split(":")
    try:
        outcome = ("result", getattr(import_module(module), function)(*args))
    except EdgeError as error:
        outcome = ("fault", error)
    except ModuleNotFoundError as error:
        missing = f"{error.name}: not installed; pip install -r requirements-train.txt"
        outcome = ("fault", DataError(missing))
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)  # what the kernel would do a moment later
    except Exception:
        outcome = ("bug", traceback.format_exc())
    answer.write_bytes(pickle.dumps((*outcome, _peak_mb())))


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=[int(sys.argv[1])], daemon=True).start()
    _serve(Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # TensorFlow's own clean-up can crash, and nothing is left to clean
