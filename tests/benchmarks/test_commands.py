"""benchmarks.commands: a command that tells nothing of the machine's folders."""

from __future__ import annotations

from benchmarks.commands import shown_command


def test_absolute_paths_lose_their_folders():
    words = ["--model", "/home/me/a b.tflite", "--python=ours=x", "--json=/tmp/x.json", "demo/x"]
    assert shown_command("benchmarks/peers.py", words) == (
        "python benchmarks/peers.py --model 'a b.tflite' --python=ours=x --json=x.json demo/x"
    )
