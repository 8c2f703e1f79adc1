"""The camera command as a process of its own: signals, closed and full streams, terminals."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.edge.camera_command import BASICS, SUMMARY, labels, lines
from tests.edge.material import (
    AT_ONCE_S,
    PATIENCE,
    RED,
    mjpeg_server,
    plain,
    wait_until,
    write_video,
)


@contextmanager
def started(
    arguments: Sequence[str], stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, killed if the block leaves it running."""
    command = [sys.executable, "-m", "edge.camera", *BASICS, *arguments]
    process = subprocess.Popen(command, stdout=stdout, stderr=stderr, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def seconds_to_end(process: subprocess.Popen[str], number: signal.Signals) -> float:
    sent_s = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=10 * PATIENCE)
    return time.monotonic() - sent_s


def assert_only_a_summary(process: subprocess.Popen[str]) -> None:
    """What the source gives may be said before it, nothing else."""
    assert process.stderr is not None
    *described, summary = process.stderr.read().splitlines()
    assert SUMMARY.fullmatch(summary), summary
    assert len(described) <= 1
    assert all(" frames/s" in line or line.endswith("64x48 MJPEG") for line in described), described


@pytest.mark.usefixtures("heeds_hangup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("page", ["live", "stalls"])
def test_a_signal_ends_a_stream_at_once(page: str, number: signal.Signals) -> None:
    with mjpeg_server() as url, started(["--source", f"{url}/{page}"]) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert json.loads(process.stdout.readline())["type"] in ("decision", "event")
        assert seconds_to_end(process, number) < AT_ONCE_S
        assert process.returncode == 0
        kinds = {line["type"] for line in lines(process.stdout.read())}
        assert kinds <= {"decision", "event"}
        assert_only_a_summary(process)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="counts threads in /proc")
@pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="numpy starts a thread for each other core")
def test_numpy_starts_no_threads_unless_the_user_wants_some(monkeypatch) -> None:
    def threads() -> int:
        with started(["--source", "fault:good=60"]) as process:
            assert process.stdout is not None
            process.stdout.readline()  # a label: everything has started
            status = Path(f"/proc/{process.pid}/status").read_text()
        return int(re.findall(r"^Threads:\s*(\d+)", status, re.MULTILINE)[0])

    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    few = threads()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert threads() > few  # on ARM, OpenCV's wheel brings an OpenBLAS of its own


def test_a_signal_ends_a_source_that_is_still_opening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with started(["--source", f"http://127.0.0.1:{port}/"]) as process:
            silent.settimeout(20 * PATIENCE)
            silent.accept()[0].close()  # its look whether anybody is there
            with silent.accept()[0]:
                assert seconds_to_end(process, signal.SIGTERM) < AT_ONCE_S
                assert process.returncode == 0
                assert_only_a_summary(process)


def test_a_board_that_hangs_delays_neither_the_run_nor_its_end(tmp_path: Path, monkeypatch) -> None:
    vcgencmd = tmp_path / "vcgencmd"
    vcgencmd.write_text("#!/bin/sh\nexec sleep 5\n")
    vcgencmd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    arguments = ["--source", "fault:good=60", "--health-every", "0.3"]
    with started(arguments) as process:
        assert process.stdout is not None
        health: list[dict[str, Any]] = []
        while len(health) < 9:
            record = json.loads(process.stdout.readline())
            health += [record] if record["type"] == "health" else []
        # Held up, the frames at a report were as old as vcgencmd's time-out of a second. Where
        # everything is slow, that cannot be told from it.
        if PATIENCE == 1:
            ages_ms = [record["frame_age_p99_ms"] for record in health[1:]]
            assert min(age_ms for age_ms in ages_ms if age_ms is not None) < 900
        assert seconds_to_end(process, signal.SIGTERM) < AT_ONCE_S
        assert process.returncode == 0


def run_without_stdout(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, started by something that has closed stdout."""
    command = [sys.executable, "-m", "edge.camera", *BASICS, *arguments]
    return subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_a_closed_stdout_is_a_warning_beside_another_output(colours: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    done = run_without_stdout("--source", str(colours), "--log", str(log))
    warning, summary = done.stderr.splitlines()
    assert warning.startswith("warning: stdout: is closed; ")
    assert SUMMARY.fullmatch(summary)
    assert done.returncode == 0
    decided = [record["label"] for record in lines(log.read_text())]
    assert decided == ["class 0", "class 1", "class 2"]


def test_no_file_takes_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import sys; from edge.outputs import descriptor; descriptor.fill_standard_descriptors(); "
        "sys.exit(open(sys.argv[1], 'w').fileno())"
    )
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
    assert subprocess.run([*command, str(tmp_path / "log")], check=False).returncode == 3


def test_a_closed_stdout_is_an_error_where_nothing_else_is_told(colours: Path) -> None:
    done = run_without_stdout("--source", str(colours))
    assert done.stderr.startswith("error: stdout: is closed; ")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 1


def wait_for_log(log: Path, size: int) -> None:
    """Return when the app, which logs what it prints, has come to ``size`` bytes."""
    wait_until(lambda: log.exists() and log.stat().st_size >= size)


def test_a_signal_ends_a_run_whose_reader_sleeps(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with (
        mjpeg_server(fps=500) as url,
        started(["--log", str(log), "--source", f"{url}/live"]) as process,
    ):
        wait_for_log(log, 100_000)  # by then the 64 KiB of the pipe are full, and nobody reads
        assert seconds_to_end(process, signal.SIGINT) < AT_ONCE_S
        assert process.returncode == 0
        assert process.stderr is not None
        assert SUMMARY.fullmatch(process.stderr.read().splitlines()[-1])


def test_a_reader_that_has_gone_does_not_end_the_run() -> None:
    with (
        mjpeg_server() as url,
        started(["--source", f"{url}/live", "--duration", "2"]) as process,
    ):
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=10) == 0
        *_, warning, summary = process.stderr.read().splitlines()
        assert warning.startswith("warning: stdout: its reader has gone; ")
        assert SUMMARY.fullmatch(summary)


def test_a_full_disk_behind_stdout_is_one_warning(colours: Path) -> None:
    with (
        open("/dev/full", "w") as full,
        started(["--source", str(colours)], full.fileno()) as process,
    ):
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        *_, warning, summary = process.stderr.read().splitlines()
        full_disk = "warning: stdout: cannot be written (No space left on device); "
        assert warning.startswith(full_disk)
        assert summary.startswith("3 frames, ")


def test_a_signal_ends_a_run_of_which_nobody_reads_anything(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    reading, writing = os.pipe()
    os.write(writing, b"x" * 65536)  # what a pipe holds
    with mjpeg_server(fps=500) as url:
        arguments = ["--log", str(log), "--source", f"{url}/live"]
        with started(arguments, writing, writing) as process:
            wait_for_log(log, 10_000)
            assert seconds_to_end(process, signal.SIGTERM) < AT_ONCE_S
            assert process.returncode == 0
    os.close(reading)
    os.close(writing)


def test_on_a_terminal_one_line_is_refreshed_and_fits(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(RED)] * 20, fps=20)
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    with started(["--source", str(clip)], inside) as process:
        os.close(inside)
        text = read_terminal(terminal)
        assert process.wait(timeout=10) == 0
    redraws = text.split("\r\x1b[K")[1:]
    assert len(redraws) > 3
    assert all(line.startswith("class 0  ") for line in redraws)
    assert all(len(line.rstrip("\r\n")) <= 29 for line in redraws), "it would wrap"
    assert text.count("\n") == 1
    assert "frames/s" in redraws[-1]


def read_terminal(terminal: int) -> str:
    """All that is written to the other end, until it is closed."""
    pieces = []
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        try:
            while piece := stream.read(4096):
                pieces.append(piece)
        except OSError:  # Linux' way to say that the terminal's other end is closed
            pass
    return b"".join(pieces).decode()


def test_json_on_a_terminal_when_asked_for(colours: Path) -> None:
    terminal, inside = pty.openpty()
    with started(["--source", str(colours), "--json"], inside) as process:
        os.close(inside)
        text = read_terminal(terminal)
        assert process.wait(timeout=10) == 0
    assert labels(text) == ["class 0", "class 1", "class 2"]
