"""edge.threads: the fastest number of threads wins, one thread when more are no gain."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import pytest

from edge import threads
from edge.digest import Digest
from edge.errors import ModelFileError
from edge.modelfile import read_model_file
from edge.remembered import remember_threads, remembered_threads
from edge.threads import best_num_threads, leave_a_core_to_the_model, load_interpreter


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when a model "runs"."""

    class Clock:
        now = 0.0

        def maker(self, seconds: dict[int, float]) -> Callable[[int], Callable[[], None]]:
            def make(num_threads: int) -> Callable[[], None]:
                def run() -> None:
                    self.now += seconds[num_threads]

                return run

            return make

    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(threads, "_available_cores", lambda: 4)
    return clock


@pytest.mark.parametrize(
    "seconds, expected",
    [
        pytest.param({1: 0.040, 2: 0.022, 3: 0.015, 4: 0.012}, 4, id="all four help"),
        pytest.param({1: 0.040, 2: 0.022, 3: 0.025, 4: 0.030}, 2, id="two are best"),
        pytest.param({1: 0.010, 2: 0.0098, 3: 0.0097, 4: 0.0096}, 1, id="four save only 4 %"),
        pytest.param({1: 0.010, 2: 0.015, 3: 0.02, 4: 0.03}, 1, id="threads are in the way"),
        pytest.param({1: 0.80, 2: 0.4, 3: 0.3, 4: 0.2}, 4, id="one run of each, and four help"),
        pytest.param({1: 0.15, 2: 0.12, 3: 0.18, 4: 0.2}, 1, id="one run of each, and one is best"),
        pytest.param({1: 5.0, 2: 4.0, 3: 3.0, 4: 2.0}, None, id="slower than the whole budget"),
    ],
)
def test_fastest_wins(clock, seconds, expected):
    assert best_num_threads(clock.maker(seconds)) == expected


def test_the_measurement_is_short(clock):
    best_num_threads(clock.maker(dict.fromkeys(range(1, 5), 0.002)))
    assert clock.now < 0.45  # seconds, warm-up runs included


def test_a_slow_model_is_measured_with_all_cores_and_with_one_alone(clock):
    # 0.04 s and 0.125 s, twice each: two and three threads, which do not run, have no time left.
    assert best_num_threads(clock.maker({1: 0.125, 4: 0.04})) == 4
    assert clock.now < 0.5


@pytest.mark.parametrize("cores", [2, 4, 8])
@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0, 4.0], ids="one takes {} times as long".format)
@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.05, 0.087, 0.1, 0.17, 0.2, 0.3, 0.35])
def test_all_cores_and_one_are_compared_in_under_half_a_second(
    clock, monkeypatch, seconds, gain, cores
):
    monkeypatch.setattr(threads, "_available_cores", lambda: cores)
    took = dict.fromkeys(range(2, cores + 1), seconds) | {1: seconds * gain}
    best = best_num_threads(clock.maker(took))
    assert best == 1 if gain <= 1 else best in (2, cores)
    # One run of each may take longer; nothing else does.
    assert clock.now < max(0.5, seconds + seconds * gain + 1e-9)


def test_a_first_run_that_packs_weights_decides_nothing_where_a_second_fits(clock):
    def make(num_threads: int) -> Callable[[], None]:
        seconds = iter([0.09, *[0.01] * 1000] if num_threads == 4 else [0.05] * 1000)

        def run() -> None:
            clock.now += next(seconds)

        return run

    assert best_num_threads(make) == 4


def test_what_could_not_be_compared_is_measured_again(clock, models, runtime, monkeypatch):
    class Slow:
        def invoke(self) -> None:
            clock.now += 1.0

    made = []

    def make(file, count, runtime, name):
        made.append(count)
        return Slow()

    monkeypatch.setattr(threads, "make_interpreter", make)
    monkeypatch.setattr(
        "edge.remembered.remember_threads", lambda *entry: pytest.fail("remembered")
    )
    path = models / "colours_int8.tflite"
    for _ in range(2):
        assert load_interpreter(path, read_model_file(path), "auto", runtime)[0] == 4
    assert made == [4, 4]


def test_one_core_needs_no_measurement(monkeypatch):
    monkeypatch.setattr(threads, "_available_cores", lambda: 1)

    def make(num_threads: int) -> Callable[[], None]:
        raise AssertionError("measured")

    assert best_num_threads(make) == 1


def test_a_given_number_is_taken_without_measuring(models, runtime, monkeypatch):
    monkeypatch.setattr(threads, "best_num_threads", None)
    file = read_model_file(models / "colours_int8.tflite")
    count, interpreter = load_interpreter(models / "colours_int8.tflite", file, 2, runtime)
    assert count == 2
    assert len(interpreter.get_input_details()) == 1


def test_a_model_that_fails_as_it_runs_is_the_files_fault(models, runtime, monkeypatch):
    class Failing:
        def invoke(self) -> None:
            raise RuntimeError("Node number 3 (RESHAPE) failed to invoke.")

    monkeypatch.setattr(threads, "_available_cores", lambda: 2)
    monkeypatch.setattr(threads, "make_interpreter", lambda *args, **options: Failing())
    path = models / "colours_int8.tflite"
    with pytest.raises(
        ModelFileError, match=rf"colours_int8\.tflite: {runtime} cannot run it .*; "
    ):
        load_interpreter(path, read_model_file(path), "auto", runtime)


def test_auto_gives_a_working_interpreter(models, runtime, monkeypatch):
    monkeypatch.setattr(threads, "_BUDGET_S", 0.01)
    file = read_model_file(models / "colours_int8.tflite")
    count, interpreter = load_interpreter(models / "colours_int8.tflite", file, "auto", runtime)
    assert 1 <= count <= threads._available_cores()
    interpreter.invoke()


def test_the_fastest_is_measured_once_for_a_model_and_a_machine(models, runtime, monkeypatch):
    measured = []

    def measure(make):
        measured.append(make)
        return 2

    monkeypatch.setattr(threads, "_available_cores", lambda: 2)
    monkeypatch.setattr(threads, "best_num_threads", measure)
    path = models / "colours_int8.tflite"
    for _ in range(3):
        assert load_interpreter(path, read_model_file(path), "auto", runtime)[0] == 2
    assert len(measured) == 1
    other = models / "colours_uint8.tflite"
    load_interpreter(other, read_model_file(other), "auto", runtime)
    assert len(measured) == 2
    monkeypatch.setattr(threads, "_available_cores", lambda: 3)
    load_interpreter(path, read_model_file(path), "auto", runtime)
    assert len(measured) == 3, "another number of cores is another machine"


def test_models_of_one_size_that_differ_late_are_measured_apart(models, runtime, monkeypatch):
    measured = []
    monkeypatch.setattr(threads, "_available_cores", lambda: 2)
    monkeypatch.setattr(threads, "best_num_threads", lambda make: measured.append(make) or 1)
    path = models / "colours_int8.tflite"
    file = read_model_file(path)
    for end in (b"a", b"b", b"a"):  # a converter writes the weights first, then what says the time
        digest = Digest(bytes(1 << 20) + end)
        load_interpreter(path, file._replace(digest=digest), "auto", runtime)
    assert len(measured) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"no json", b"[1]", b'{"key": "many"}', b'{"key": -1}', b"\xff\xfe"],
    ids=["empty", "no json", "list", "no number", "nonsense", "no text"],
)
def test_a_damaged_memory_is_no_memory(content, own_cache):
    file = own_cache / "edge-vision" / "threads.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert remembered_threads("key") is None
    remember_threads("key", 3)
    assert remembered_threads("key") == 3


def test_without_a_home_directory_nothing_is_written_where_the_run_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "~")  # what expanduser leaves when it knows no home
    remember_threads("key", 3)
    assert remembered_threads("key") is None
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    remember_threads("key", 3)
    assert remembered_threads("key") is None


def test_the_memory_is_bounded(own_cache):
    for number in range(150):
        remember_threads(f"key {number}", 1)
    assert remembered_threads("key 49") is None
    assert remembered_threads("key 149") == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no threads")
@pytest.mark.parametrize("spare", [0, 1])
def test_the_calling_thread_leaves_a_core_that_the_model_has_use_for(spare):
    cores = sorted(os.sched_getaffinity(0))
    if spare >= len(cores):
        pytest.skip("one core cannot be shared out")
    seen = []

    def call():
        leave_a_core_to_the_model(len(cores) - spare)
        seen.append(sorted(os.sched_getaffinity(0)))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert seen == [cores[: len(cores) - spare]]
    assert sorted(os.sched_getaffinity(0)) == cores, "the model's own thread is free"
