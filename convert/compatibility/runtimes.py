"""Judges a file for an interpreter: by a trial where it is installed, else by the table."""

from __future__ import annotations

from convert.compatibility.graph import Graph
from convert.compatibility.limits import beyond, limits_of
from convert.compatibility.trial import try_on
from convert.compatibility.verdict import Verdict
from edge.runtime import RuntimeName, installed, runtime_version


def judge_by_runtime(target: str, runtime: RuntimeName, graph: Graph, data: bytes) -> Verdict:
    """The verdict of ``runtime``, called ``target``, on the file of these bytes.

    A trial on this machine outweighs the table, whose sentences say more clearly why it failed.
    """
    limits = limits_of(runtime)
    expected = beyond(graph, limits)
    if runtime not in installed():
        basis = f"table of the operators of {limits.version}; not installed here"
        return Verdict(target, not expected, expected, basis)
    fault = try_on(runtime, data)
    basis = f"loaded and run here by {runtime_version(runtime)}"
    if fault is None:
        return Verdict(target, True, (), basis)
    return Verdict(target, False, expected or (fault,), f"tried here by {runtime_version(runtime)}")
