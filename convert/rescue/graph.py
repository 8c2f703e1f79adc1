"""A Keras model as a flat list of layer calls, to be run or built anew with some of them changed.

For child processes only: imports Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras

from edge.errors import DataError


@dataclass(frozen=True)
class Ref:
    """Stands for one tensor of the graph."""

    key: int


@dataclass(frozen=True)
class Step:
    """One call of one layer (or of one Keras operation); ``Ref`` stands where a tensor goes in."""

    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output: Ref

    @property
    def inputs(self) -> tuple[Ref, ...]:
        """The tensors that go in, in order."""
        leaves = keras.tree.flatten((self.args, self.kwargs))
        return tuple(leaf for leaf in leaves if isinstance(leaf, Ref))


@dataclass(frozen=True)
class Graph:
    """Steps in an order in which they can run."""

    input: Ref
    steps: tuple[Step, ...]
    output: Ref

    def users(self, tensor: Ref) -> list[Step]:
        """The steps that take ``tensor``."""
        return [step for step in self.steps if tensor in step.inputs]

    def only_user(self, tensor: Ref) -> Step | None:
        """The one step that takes ``tensor``; None when others see it too."""
        users = self.users(tensor)
        return users[0] if len(users) == 1 and tensor != self.output else None


Call = Callable[[Step, tuple[Any, ...], dict[str, Any]], Any]


def plain_call(step: Step, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the step's layer gives."""
    return step.layer(*args, **kwargs)


def run(graph: Graph, inputs: Any, call: Call = plain_call) -> dict[Ref, Any]:
    """Every tensor of the graph for ``inputs``, which may be symbolic or real."""
    values = {graph.input: inputs}
    for step in graph.steps:
        args, kwargs = keras.tree.map_structure(
            lambda leaf: values[leaf] if isinstance(leaf, Ref) else leaf,
            (step.args, step.kwargs),
        )
        values[step.output] = call(step, args, kwargs)
    return values


def build(graph: Graph, shape: tuple[int | None, ...], call: Call) -> keras.Model:
    """A model from pixels of ``shape`` (height, width, channels) whose layers ``call`` gives."""
    inputs = keras.Input(shape, name="pixels")
    return keras.Model(inputs, run(graph, inputs, call)[graph.output])


def trace(model: keras.Model) -> Graph:
    """The layer calls of ``model``, those inside nested models included.

    DataError for a model that is no graph of layers (a subclassed model, a SavedModel).
    """
    steps: list[Step] = []
    held: list[Any] = []  # or a tensor's id would be given to another one

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = layer(*args, **kwargs)
        held.append(output)
        if isinstance(output, (list, tuple, dict)):
            raise _unfit(model, f"its layer {layer.name} has several outputs")
        held_args, held_kwargs = keras.tree.map_structure(_reference, (args, kwargs))
        step = Step(layer, held_args, held_kwargs, Ref(id(output)))
        steps.extend(_inlined(step) if isinstance(layer, keras.Model) else [step])
        return output

    if isinstance(model, keras.Sequential):
        inputs = output = keras.Input(batch_shape=model.input_shape)
        for layer in model.layers:
            output = call(layer, output)
        held.append(inputs)
        return Graph(Ref(id(inputs)), tuple(steps), Ref(id(output)))
    try:
        copy = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call
        )
    except ValueError as error:
        raise _unfit(model, "it is no graph of layers") from error
    (first,), (last,) = copy.inputs, copy.outputs
    # The inner steps of a nested model are its own tensors: keep the copy until they are noted.
    return Graph(Ref(id(first)), tuple(steps), Ref(id(last)))


def _inlined(step: Step) -> Iterator[Step]:
    """The steps inside a nested model, under tensors of the outer graph."""
    inner = trace(step.layer)
    (source,) = step.inputs
    # Numbers of our own, as the inner tensors' ids are free for others from now on.
    keys = {inner.input: source, inner.output: step.output}
    for number, nested in enumerate(inner.steps):
        if nested.output not in keys:
            keys[nested.output] = Ref(-hash((step.output.key, number)) | (1 << 62))
        args, kwargs = keras.tree.map_structure(
            lambda leaf: keys[leaf] if isinstance(leaf, Ref) else leaf,
            (nested.args, nested.kwargs),
        )
        yield replace(nested, args=args, kwargs=kwargs, output=keys[nested.output])


def _reference(leaf: Any) -> Any:
    return Ref(id(leaf)) if isinstance(leaf, keras.KerasTensor) else leaf


def _unfit(model: keras.Model, reason: str) -> DataError:
    return DataError(
        f"{model.name}: cannot be changed layer by layer ({reason}); save it as a functional or"
        " sequential Keras model"
    )
