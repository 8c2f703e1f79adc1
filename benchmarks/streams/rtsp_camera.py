"""An RTSP camera with H.264 by GStreamer: servers.py starts it with the system's own Python.

/usr/bin/python3 rtsp_camera.py PORT WIDTH HEIGHT FPS

Imports nothing of this project: the bindings of GStreamer are a package of the system, and so they
are seen by the system's Python only. With --check it ends at once: 0 when all it needs is there.
"""

from __future__ import annotations

import sys

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found]  # noqa: E402

# A key frame each third of a second at 30 frames/s: who connects in between waits for the next one.
PIPELINE = (
    "( videotestsrc is-live=true pattern=smpte horizontal-speed=4"
    " ! video/x-raw,format=I420,width={width},height={height},framerate={fps}/1"
    " ! openh264enc complexity=low gop-size=10"
    " ! rtph264pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency )"
)


def check() -> None:
    """Raise SystemExit with the first element of the pipeline that is not installed."""
    for element in ("videotestsrc", "openh264enc", "rtph264pay"):
        if Gst.ElementFactory.find(element) is None:
            sys.exit(f"GStreamer has no {element}")


def serve(port: int, width: int, height: int, fps: int) -> None:
    """Serve rtsp://127.0.0.1:PORT/live until the process is killed."""
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE.format(width=width, height=height, fps=fps))
    server.get_mount_points().add_factory("/live", factory)
    if not server.attach(None):
        sys.exit(f"port {port}: cannot be bound")
    GLib.MainLoop().run()


if __name__ == "__main__":
    Gst.init(None)
    check()
    if sys.argv[1:] != ["--check"]:
        serve(*map(int, sys.argv[1:5]))
