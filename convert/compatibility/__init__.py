"""Which runtimes and tools take a .tflite file, and why not: convert.check shows it."""

from convert.compatibility.judge import judge, require_devices
from convert.compatibility.operators import Operator, operators
from convert.compatibility.verdict import Verdict

__all__ = ["Operator", "Verdict", "judge", "operators", "require_devices"]
