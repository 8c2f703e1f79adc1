"""edge.errors: our type and the standard one both catch an error."""

from __future__ import annotations

import inspect

import pytest

from edge import errors


@pytest.mark.parametrize(
    "error, standard",
    [
        (errors.ModelFileError, ValueError),
        (errors.SourceError, OSError),
        (errors.DataError, ValueError),
        (errors.OutputError, OSError),
        (errors.RuntimeMissingError, ImportError),
        (errors.UsageError, ValueError),
    ],
)
def test_caught_as_ours_and_as_the_standard_type(error, standard):
    with pytest.raises(errors.EdgeError, match=r"^a: b; c$"):
        raise error("a: b; c")
    assert issubclass(error, standard)


def test_the_tree_in_the_docstring_names_every_error():
    classes = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    drawn = {word for word in errors.__doc__.split() if word.endswith("Error")}
    assert drawn == classes
