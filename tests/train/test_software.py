"""train.software: a run says which code it was made by."""

from __future__ import annotations

import subprocess

from train.software import software, software_at


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(("git", "-C", str(folder), *identity, *arguments), check=True)


def test_a_changed_line_is_other_software(tmp_path):
    (tmp_path / "train").mkdir()
    code = tmp_path / "train" / "fit.py"
    code.write_text("epochs = 1\n")
    before = software_at(tmp_path)
    assert before["commit"] is None  # no checkout: an unpacked archive
    assert before == software_at(tmp_path)
    code.write_text("epochs = 2\n")
    changed = software_at(tmp_path)["sha256"]
    code.rename(tmp_path / "train" / "fitting.py")
    assert len({before["sha256"], changed, software_at(tmp_path)["sha256"]}) == 3


def test_the_commit_is_that_of_the_checkout(tmp_path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    commit = software_at(tmp_path)["commit"]
    assert len(commit) == 40
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "second")
    assert software_at(tmp_path)["commit"] != commit


def test_what_runs_is_said_as_it_was_at_the_start(monkeypatch):
    first = software()
    monkeypatch.setattr("train.software._ROOT", None)  # not read again
    assert software() == first and len(first["sha256"]) == 64
