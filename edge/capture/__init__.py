"""From a source that may fail to the newest good frame."""

from edge.capture.newest import Capture, Ready
from edge.capture.outage import SourceChange, SourceFault
from edge.capture.reconnect import Patience, ReconnectingCapture

__all__ = ["Capture", "Patience", "Ready", "ReconnectingCapture", "SourceChange", "SourceFault"]
