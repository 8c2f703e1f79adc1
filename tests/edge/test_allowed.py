"""edge.allowed: lists of labels, and what a user reads who mistypes one."""

from __future__ import annotations

import pytest

from edge.decide.allowed import allowed_classes
from edge.errors import UsageError

ANIMALS = ("bird", "cat", "deer", "dog")
IMAGENET = ("background", "tench, Tinca tinca", "crane", "crane", "great white shark, white shark")


@pytest.mark.parametrize(
    "labels, allow, deny, expected",
    [
        pytest.param(ANIMALS, None, (), (0, 1, 2, 3), id="all"),
        pytest.param(ANIMALS, ("dog", "cat"), (), (1, 3), id="allowed, in the model's order"),
        pytest.param(ANIMALS, None, ("dog",), (0, 1, 2), id="denied"),
        pytest.param(ANIMALS, ("cat", "dog"), ("dog",), (1,), id="denied wins over allowed"),
        pytest.param(ANIMALS, ("cat", "cat"), ("dog", "dog"), (1,), id="said twice"),
        pytest.param(IMAGENET, ("crane",), (), (2, 3), id="two classes of one name"),
        pytest.param(IMAGENET, ("tench",), (), (1,), id="one name of a label with two"),
        pytest.param(IMAGENET, ("tench", "Tinca tinca"), (), (1,), id="a label split at its comma"),
        pytest.param(IMAGENET, ("tench, Tinca tinca",), (), (1,), id="a label with its comma"),
        pytest.param(
            "abcdefghi", ("i", "b"), (), (1, 8), id="a set of ids has an order of its own"
        ),
    ],
)
def test_allowed(labels, allow, deny, expected):
    assert allowed_classes(labels, allow, deny) == expected


@pytest.mark.parametrize(
    "labels, allow, deny, message",
    [
        pytest.param(
            ANIMALS,
            ("dgo",),
            (),
            "--allow 'dgo': the model has no such label; did you mean 'dog'?",
            id="mistyped",
        ),
        pytest.param(
            ANIMALS,
            None,
            ("cat", "BIRD"),
            "--deny 'BIRD': the model has no such label; did you mean 'bird'?",
            id="denied, and in capitals",
        ),
        pytest.param(
            IMAGENET,
            ("White shark",),
            (),
            "--allow 'White shark': the model has no such label; "
            "did you mean 'white shark' or 'great white shark'?",
            id="several are close",
        ),
        pytest.param(
            ANIMALS,
            ("lorry",),
            (),
            "--allow 'lorry': the model has no such label; it has bird, cat, deer, dog",
            id="nothing is close",
        ),
        pytest.param(
            tuple(f"class {i}" for i in range(1001)),
            ("",),
            (),
            "--allow '': the model has no such label; it has class 0, class 1, class 2, class 3, "
            "class 4, class 5, class 6, class 7, class 8, class 9 and 991 more",
            id="an empty name, and more labels than a line holds",
        ),
        pytest.param(
            ANIMALS,
            ("dog", "cat"),
            ("dog", "cat"),
            "--deny: leaves no label to decide; deny fewer labels, or allow more",
            id="none is left",
        ),
    ],
)
def test_a_list_that_cannot_be_is_named_with_its_remedy(labels, allow, deny, message):
    with pytest.raises(UsageError) as error:
        allowed_classes(labels, allow, deny)
    assert str(error.value) == message
