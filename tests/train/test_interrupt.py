"""train.interrupt: Ctrl-C waits for the end of a batch, a second one does not."""

from __future__ import annotations

import os
import signal

import pytest

from train.interrupt import ctrl_c_between_batches


@pytest.fixture(autouse=True)
def python_handles_it():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_it_waits_for_the_end_of_the_batch():
    with ctrl_c_between_batches() as stop:
        stop.on_train_batch_end(0)
        press()
        with pytest.raises(KeyboardInterrupt):
            stop.on_train_batch_end(1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_one_does_not_wait():
    with ctrl_c_between_batches():
        press()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_what_ignores_it_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ctrl_c_between_batches() as stop:
        press()
        stop.on_train_batch_end(0)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
