"""An HTTP camera with MJPEG, one ffmpeg a connection: servers.py starts it as a process.

python -m benchmarks.streams.http_camera PORT WIDTH HEIGHT FPS [CLIP]
"""

from __future__ import annotations

import os
import socketserver
import sys

_STDOUT = 1
_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n"


def ffmpeg_command(width: int, height: int, fps: int, clip: str | None) -> list[str]:
    """ffmpeg that writes multipart JPEG on its stdout for ever, at ``fps`` frames a second."""
    if clip is None:
        picture = ["-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate={fps}"]
    else:
        picture = ["-stream_loop", "-1", "-i", clip, "-vf", f"fps={fps},scale={width}:{height}"]
    return [
        *("ffmpeg", "-v", "fatal", "-nostdin", "-re", *picture, "-an"),
        *("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "5", "-threads", "1"),
        *("-f", "mpjpeg", "-boundary_tag", "frame", "-flush_packets", "1", "pipe:1"),
    ]


def serve(port: int, command: list[str]) -> None:
    """Answer every connection on loopback with the output of a ``command`` of its own."""

    class Connection(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass  # whatever is asked for, the answer is the picture
            self.wfile.write(_HEAD)
            # This is a forked child already, so it can become the ffmpeg that writes to the socket.
            os.dup2(self.request.fileno(), _STDOUT)
            os.execvp(command[0], command)

    class Listener(socketserver.ForkingTCPServer):
        allow_reuse_address = True  # a restart must not wait for the old connections to time out
        request_queue_size = 32
        max_children = 100

    with Listener(("127.0.0.1", port), Connection) as listener:
        listener.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    _port, _width, _height, _fps = map(int, sys.argv[1:5])
    serve(_port, ffmpeg_command(_width, _height, _fps, sys.argv[5] if sys.argv[5:] else None))
