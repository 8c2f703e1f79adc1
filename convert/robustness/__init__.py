"""How much of a file's accuracy is left under what cameras do to pictures."""

from convert.robustness.faults import FAULTS, Fault
from convert.robustness.measure import Robustness, Row, measure
from convert.robustness.plot import draw

__all__ = ["FAULTS", "Fault", "Robustness", "Row", "draw", "measure"]
