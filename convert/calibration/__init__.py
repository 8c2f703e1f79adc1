"""The representative dataset: pictures that show the converter each layer's range."""

from convert.calibration.chosen import TRAINING, Calibration, choose
from convert.calibration.doubts import doubts
from convert.calibration.held_out import refuse_held_out
from convert.calibration.pool import read_pool

__all__ = ["TRAINING", "Calibration", "choose", "doubts", "read_pool", "refuse_held_out"]
