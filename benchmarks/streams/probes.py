"""When a stream server has its first good frame: a look from outside, with sockets alone."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from typing import BinaryIO
from urllib.parse import urlsplit

from edge.errors import SourceError

_RETRY_S = 0.02
_ANSWER_S = 5.0
_JPEG_END = b"\xff\xd9"
_IDR, _FU_A = 5, 28  # NAL unit types: a key frame's slice; a piece of a unit (RFC 6184, 5.4)


def first_frame_s(url: str, limit_s: float = 15.0) -> float:
    """time.monotonic() at which the first whole picture could be had from ``url``.

    Connects again and again until it comes: a whole JPEG over HTTP, a whole key frame of H.264 over
    RTSP, as frames before it cannot be decoded. Raises SourceError after ``limit_s`` seconds.
    """
    fetch: Callable[[str, socket.socket], None]
    fetch = _fetch_jpeg if url.startswith("http:") else _fetch_key_frame
    until_s = time.monotonic() + limit_s
    parts = urlsplit(url)
    while time.monotonic() < until_s:
        try:
            address = (parts.hostname or "", parts.port or 0)
            with socket.create_connection(address, timeout=_ANSWER_S) as connection:
                fetch(url, connection)
                return time.monotonic()
        except (OSError, EOFError):  # not up yet, or up and not ready
            time.sleep(_RETRY_S)
    raise SourceError(f"{url}: no frame within {limit_s:g} s; look at the server's messages above")


def _fetch_jpeg(url: str, connection: socket.socket) -> None:
    connection.sendall(f"GET {urlsplit(url).path} HTTP/1.0\r\n\r\n".encode())
    received = b""
    while _JPEG_END not in received:
        piece = connection.recv(1 << 16)
        if not piece:
            raise EOFError
        received += piece


def _fetch_key_frame(url: str, connection: socket.socket) -> None:
    """RTSP with the pictures in the same connection (RFC 2326, 10.12), to the first key frame."""
    with connection.makefile("rb") as stream:
        _ask(connection, stream, f"DESCRIBE {url}", 1)
        transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        session = _ask(connection, stream, f"SETUP {url}/stream=0", 2, transport)
        _ask(connection, stream, f"PLAY {url}", 3, f"Session: {session}")
        inside = False
        while True:
            magic, channel, length = struct.unpack(">cBH", _exactly(stream, 4))
            packet = _exactly(stream, length)
            if magic != b"$":
                raise EOFError
            if channel == 0:
                inside = inside or _starts_key_frame(packet)
                if inside and packet[1] & 0x80:  # the marker: the picture's last packet
                    return


def _starts_key_frame(packet: bytes) -> bool:
    kind = packet[12] & 31
    return kind == _IDR or (kind == _FU_A and packet[13] & 31 == _IDR and bool(packet[13] & 0x80))


def _ask(
    connection: socket.socket, stream: BinaryIO, request: str, number: int, header: str = ""
) -> str:
    """Send one RTSP request, read the answer, and return its session ("" without one)."""
    lines = [f"{request} RTSP/1.0", f"CSeq: {number}", *([header] if header else []), "", ""]
    connection.sendall("\r\n".join(lines).encode())
    if b" 200 " not in stream.readline():
        raise EOFError
    fields = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(":")
        fields[name.lower()] = value.strip()
    _exactly(stream, int(fields.get("content-length", 0)))
    return fields.get("session", "").split(";")[0]


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
