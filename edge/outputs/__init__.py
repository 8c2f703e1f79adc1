"""What leaves the app: JSON lines for programs; a line, a window or a sheet for people."""

from edge.outputs.descriptor import ByteStream
from edge.outputs.json_lines import JsonLines
from edge.outputs.log_file import LogFile
from edge.outputs.output import Decision, Output
from edge.outputs.terminal import TerminalLine

__all__ = ["ByteStream", "Decision", "JsonLines", "LogFile", "Output", "TerminalLine"]
