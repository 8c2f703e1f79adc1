"""Whether a stream's server can be reached, and why a stream does not open."""

from __future__ import annotations

import os
import socket
from urllib.parse import SplitResult, urlsplit, urlunsplit

from edge.errors import SourceError

_SCHEMES = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}  # and the port each one means
_REACH_S = 1.0  # to connect: a host that is off costs no more than this


def stream_parts(url: str, name: str) -> SplitResult:
    """The parts of a stream's address. Raises SourceError when ``url`` is none."""
    try:
        parts = urlsplit(url)
        fits = bool(parts.scheme in _SCHEMES and parts.hostname and parts.port != 0)
    except ValueError:  # a port that is no number, or half an IPv6 address
        fits = False
    if not fits:
        raise SourceError(
            f"{name}: is no stream URL; use http://, https:// or rtsp://HOST[:PORT]/PATH"
        )
    return parts


def check_reachable(parts: SplitResult, name: str) -> None:
    """Raise SourceError within a second when nobody listens there; FFmpeg alone would take 5 s."""
    if parts.scheme in ("http", "https") and "http_proxy" in os.environ:
        return  # FFmpeg may reach through the proxy what we cannot
    address = (parts.hostname or "", parts.port or _SCHEMES[parts.scheme])
    try:
        socket.create_connection(address, timeout=_REACH_S).close()
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that no host can have
        raise SourceError(f"{name}: {_network_fault(error)}") from error


def diagnose(parts: SplitResult) -> str:
    """Fault and remedy of a stream that did not open, from one more look at its server."""
    if parts.scheme in ("http", "https"):
        return _http_fault(parts)
    return "the server answers but gives no video; check the path, the user and the password"


def silence(waited_s: float, lacking: str) -> str:
    """Fault and remedy of a server that has not given what is ``lacking`` for ``waited_s``."""
    return (
        f"no {lacking} within {waited_s:.0f} s; check that the camera is on and that the address "
        "and the port are right"
    )


def _network_fault(error: Exception) -> str:
    match error:
        case TimeoutError():
            return silence(_REACH_S, "answer")
        case ConnectionRefusedError():
            return "connection refused; start the stream's server, or correct the port"
        case socket.gaierror() | UnicodeError():
            return "unknown host; correct the name, or give the address as numbers"
        case _:
            return f"cannot be reached ({error}); check the network and the address"


def _http_fault(parts: SplitResult) -> str:
    # Here, because it takes a device a tenth of a second that most runs need not spend.
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import ProxyHandler, build_opener

    host = parts.netloc.rpartition("@")[2]
    opener = build_opener(ProxyHandler({}))  # a proxy would answer in the camera's place
    try:
        with opener.open(urlunsplit(parts._replace(netloc=host)), timeout=_REACH_S) as answer:
            content = answer.headers.get_content_type()
        return f"answers with {content}, which is no video that opens; check the path"
    except HTTPError as error:
        remedy = "check the path"
        if error.code in (401, 403):
            remedy = f"give user and password: {parts.scheme}://USER:PASSWORD@{host}{parts.path}"
        return f"the server answers {error.code} {error.reason}; {remedy}"
    except URLError as error:
        return _network_fault(error.reason if isinstance(error.reason, OSError) else error)
    except (OSError, ValueError, HTTPException) as error:
        return _network_fault(error)
