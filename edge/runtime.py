"""The only file that imports an interpreter: LiteRT where it is installed, else tflite-runtime."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelFileError, RuntimeMissingError
from edge.modelfile import ModelFile, read_model_file
from edge.quiet import quiet

RuntimeName = Literal["litert", "tflite-runtime"]

_MODULES: dict[RuntimeName, str] = {"litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}
_DISTRIBUTIONS: dict[RuntimeName, str] = {
    "litert": "ai-edge-litert",
    "tflite-runtime": "tflite-runtime",
}
_INSTALL = "pip install -r requirements-edge.txt"


class Interpreter(Protocol):
    """What both runtimes' interpreters can do, as far as this project uses it."""

    def get_input_details(self) -> list[dict[str, Any]]: ...
    def get_output_details(self) -> list[dict[str, Any]]: ...
    def set_tensor(self, tensor_index: int, value: NDArray[Any]) -> None: ...
    def invoke(self) -> None: ...
    def get_tensor(self, tensor_index: int) -> NDArray[Any]: ...


def installed() -> tuple[RuntimeName, ...]:
    """The runtimes that work here, the preferred one first; empty when there is none."""
    return tuple(name for name in _MODULES if _is_present(name) and not _clashes_with_numpy(name))


def runtime_version(name: RuntimeName) -> str:
    """The installed version of a runtime, such as "2.14.0"."""
    if (loaded := sys.modules.get(_MODULES[name])) is not None:
        return str(getattr(loaded, "__version__", "unknown"))
    from importlib import metadata  # here, because it is large and the camera app needs it never

    try:
        return metadata.version(_DISTRIBUTIONS[name])
    except metadata.PackageNotFoundError:  # a vendor's build under another name
        return str(getattr(importlib.import_module(_MODULES[name]), "__version__", "unknown"))


def choose_runtime(wanted: str = "auto") -> RuntimeName:
    """The runtime that ``wanted`` names, or the best one for "auto".

    Raises RuntimeMissingError when it is not installed or does not work with the numpy here.
    """
    if wanted != "auto" and wanted not in _MODULES:
        raise ValueError(f"no runtime {wanted!r}; it is auto, {', '.join(_MODULES)}")
    candidates = [name for name in _MODULES if wanted in ("auto", name)]
    for name in candidates:
        if _is_present(name) and not _clashes_with_numpy(name):
            return name
    for name in candidates:
        if _is_present(name):
            raise RuntimeMissingError(
                f"{name} {runtime_version(name)}: does not work with numpy {np.__version__}; "
                f"`pip install 'numpy<2'`, or `pip install ai-edge-litert`, which takes any"
            )
    if wanted == "auto":
        raise RuntimeMissingError(
            f"no TFLite interpreter for this Python ({sys.executable}); `{_INSTALL}`"
        )
    others = ", ".join(installed()) or "none"
    raise RuntimeMissingError(
        f"{wanted}: not installed for Python {sys.version_info[0]}.{sys.version_info[1]} "
        f"(installed: {others}); `pip install {_DISTRIBUTIONS[cast(RuntimeName, wanted)]}` "
        "or --runtime auto"
    )


def make_interpreter(
    model: Path | ModelFile, num_threads: int, runtime: str = "auto", *, name: str | None = None
) -> Interpreter:
    """An interpreter with its tensors allocated, ready to invoke; XNNPACK is on, as by default.

    ``name`` is what errors call the model, its path by default. Raises ModelFileError for a file
    that this runtime cannot run, RuntimeMissingError when there is no such runtime.
    """
    chosen = choose_runtime(runtime)
    path = name or (str(model) if isinstance(model, Path) else "the model")
    file = read_model_file(model) if isinstance(model, Path) else model
    if file.lacks_bias and chosen == "tflite-runtime" and platform.machine() == "aarch64":
        raise ModelFileError(
            f"{path}: a dense layer without bias, on which tflite-runtime crashes on ARM; use "
            "--runtime litert (`pip install ai-edge-litert`), or convert the model again with "
            "`python -m convert.quantize`"
        )
    with quiet():
        module = import_interpreter(chosen)
        try:
            interpreter = module.Interpreter(model_content=file.data, num_threads=num_threads)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise ModelFileError(_load_fault(path, file, chosen, error)) from error
    return cast(Interpreter, interpreter)


def import_interpreter(name: RuntimeName) -> ModuleType:
    """The module of a runtime that is installed."""
    flags = sys.getdlopenflags()
    if "tensorflow" in sys.modules:
        # It exports the same symbols as tflite-runtime, of another version: bind to our own first.
        sys.setdlopenflags(flags | getattr(os, "RTLD_DEEPBIND", 0))
    try:
        return importlib.import_module(f"{_MODULES[name]}.interpreter")
    finally:
        sys.setdlopenflags(flags)


def _load_fault(path: str, file: ModelFile, runtime: RuntimeName, error: Exception) -> str:
    """One line on why ``runtime`` does not take a file whose structure is sound."""
    if "edgetpu-custom-op" in file.custom_operators:
        return f"{path}: compiled for the Edge TPU; use the file without _edgetpu in its name"
    if file.custom_operators:
        names = ", ".join(file.custom_operators)
        return (
            f"{path}: needs operators that are not TFLite's own ({names}); "
            "convert the model again with TFLite builtins only"
        )
    if isinstance(error, MemoryError):
        return f"{path}: needs more memory than there is; use a smaller model"
    reason = " ".join(str(error).split())
    if "Didn't find op" in reason or "op version" in reason:
        newer = "a newer ai-edge-litert" if runtime == "litert" else "ai-edge-litert"
        return f"{path}: too new for {runtime} {runtime_version(runtime)} ({reason}); use {newer}"
    return f"{path}: {runtime} cannot load it ({reason}); convert the model again"


def _is_present(name: RuntimeName) -> bool:
    return importlib.util.find_spec(_MODULES[name]) is not None


def _clashes_with_numpy(name: RuntimeName) -> bool:
    # Built against numpy 1: under 2 its Interpreter() raises SystemError, after a page of stderr.
    return name == "tflite-runtime" and int(np.__version__.split(".")[0]) >= 2
