"""edge.labels: lists as people write them, and lists that do not fit."""

from __future__ import annotations

import pytest

from edge.errors import ModelFileError
from edge.labels import match_labels, parse_labels, read_labels_file


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("cat\ndog\n", ("cat", "dog"), id="one a line"),
        pytest.param("cat\r\ndog\r\n\r\n\n", ("cat", "dog"), id="Windows, blank lines at the end"),
        pytest.param("\ufeffcat\ndog", ("cat", "dog"), id="byte order mark"),
        pytest.param("0 cat\n1 dog", ("cat", "dog"), id="Teachable Machine"),
        pytest.param("0  tench, Tinca tinca\n1  dog", ("tench, Tinca tinca", "dog"), id="Coral"),
        pytest.param("0: cat\n1: dog", ("cat", "dog"), id="colon"),
        pytest.param("1 cat\n2 dog", ("cat", "dog"), id="from one"),
        pytest.param("0\n1\n2", ("0", "1", "2"), id="the digits are the labels"),
        pytest.param("2 cats\n3 dogs", ("2 cats", "3 dogs"), id="numbers that are part of names"),
        pytest.param("0 cat\ndog", ("0 cat", "dog"), id="not on every line"),
        pytest.param("cat\n\ndog", ("cat", "", "dog"), id="a blank line keeps its place"),
        pytest.param("", (), id="empty"),
    ],
)
def test_parse(text, expected):
    assert parse_labels(text) == expected


def test_numbers_of_our_own_labels_are_names():
    assert parse_labels("1 cent\n2 cent\n", numbered=False) == ("1 cent", "2 cent")


def test_equal_counts_match():
    assert match_labels(("a", "b"), 2, "x") == ("a", "b")


def test_background_of_a_model_without_it_is_dropped():
    assert match_labels(("Background", "a", "b"), 2, "x") == ("a", "b")


def test_imagenet_labels_get_the_background_of_a_model_with_it():
    labels = tuple(f"thing {i}" for i in range(1000))
    assert match_labels(labels, 1001, "x") == ("background", *labels)


@pytest.mark.parametrize(
    "labels, outputs",
    [
        pytest.param(("a", "b", "c"), 2, id="one too many, no background"),
        pytest.param(tuple("abcdefghi"), 10, id="one missing would shift the others"),
        pytest.param(("a",), 10, id="many missing"),
        pytest.param((), 2, id="none"),
    ],
)
def test_other_counts_are_refused_with_both_numbers(labels, outputs):
    with pytest.raises(ModelFileError) as caught:
        match_labels(labels, outputs, "my.txt")
    message = str(caught.value)
    assert message.startswith(f"my.txt: {len(labels)} labels, but the model has {outputs} outputs")
    assert "--labels" in message


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"\n\n"])
def test_a_file_that_holds_no_labels_is_named(tmp_path, content):
    path = tmp_path / "labels.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"labels\.txt: .*; give a text file"):
        read_labels_file(path)
