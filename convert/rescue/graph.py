"""A Keras model as a flat list of layer calls, to be run or built anew with some of them changed.

For child processes only: imports Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
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

    Tensors are numbered in order: two traces of one model have the same ``Ref`` for the same
    tensor. DataError for a model that is no graph of layers (a subclassed model, a SavedModel).
    """
    numbers = count()
    refs: dict[int, Ref] = {}  # by the id of the Keras tensor
    held: list[Any] = []  # the tensors, or an id would be given to another one
    steps: list[Step] = []

    def reference(leaf: Any) -> Any:
        if not isinstance(leaf, keras.KerasTensor):
            return leaf
        if id(leaf) not in refs:
            held.append(leaf)
            refs[id(leaf)] = Ref(next(numbers))
        return refs[id(leaf)]

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = layer(*args, **kwargs)
        if not isinstance(output, keras.KerasTensor):
            raise _unfit(model, f"its layer {layer.name} has several outputs")
        taken = keras.tree.map_structure(reference, (args, kwargs))
        if isinstance(layer, keras.Model):
            (source,) = (leaf for leaf in keras.tree.flatten(taken) if isinstance(leaf, Ref))
            inner = _renumbered(trace(layer), source, numbers)
            steps.extend(inner.steps)
            held.append(output)
            refs[id(output)] = inner.output
        else:
            taken_args, taken_kwargs = taken
            steps.append(Step(layer, taken_args, taken_kwargs, reference(output)))
        return output

    first, last = _called(model, call)
    return Graph(reference(first), tuple(steps), reference(last))


def _called(
    model: keras.Model, call: Callable[..., Any]
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Input and output of ``model`` when ``call`` calls each of its layers."""
    if isinstance(model, keras.Sequential):
        inputs = output = keras.Input(batch_shape=model.input_shape)
        for layer in model.layers:
            output = call(layer, output)
        return inputs, output
    try:
        copy = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call
        )
        (inputs,), (output,) = copy.inputs, copy.outputs
    except ValueError as error:
        raise _unfit(model, "it is no graph of layers") from error
    return inputs, output


def _renumbered(inner: Graph, source: Ref, numbers: Iterator[int]) -> Graph:
    """A nested model's graph under numbers of the outer one, fed from ``source``."""
    new = {inner.input: source}
    for step in inner.steps:
        new[step.output] = Ref(next(numbers))
    steps = []
    for step in inner.steps:
        args, kwargs = keras.tree.map_structure(
            lambda leaf: new[leaf] if isinstance(leaf, Ref) else leaf, (step.args, step.kwargs)
        )
        steps.append(replace(step, args=args, kwargs=kwargs, output=new[step.output]))
    return Graph(source, tuple(steps), new[inner.output])


def _unfit(model: keras.Model, reason: str) -> DataError:
    return DataError(
        f"{model.name}: cannot be changed layer by layer ({reason}); save it as a functional or"
        " sequential Keras model"
    )
