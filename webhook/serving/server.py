"""Starts granian in front of an application, with all its limits."""

import resource
import socket
from contextlib import suppress
from ipaddress import ip_address

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from session.errors import SettingsError
from webhook.serving.settings import ServingSettings

_SIX = 6
#: Bytes of the head of a request, and of what granian reads of a body at a time.
_BUFFER = 32 * 1024
#: Seconds until a process that was asked to stop is killed, together with its streams and long polls.
_ENDS_WITHIN = 2
#: Files that a process has open besides its connections.
_OTHER_FILES = 512


def claim(host: str, port: int) -> None:
    """Raise `SettingsError` if the address is not available; granian would print a page of addresses."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == _SIX else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except ValueError:
        raise SettingsError(f"--host {host}: not an IP address; use for example 127.0.0.1") from None
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}, port {port}: {error.strerror}; choose another --host or --port"
        ) from None


def serve(target: str, *, host: str, port: int, workers: int, settings: ServingSettings) -> None:
    """Serve until the process is asked to stop. `target` names a function that returns an RSGI application."""
    _allow_files(settings.max_connections + _OTHER_FILES)
    Granian(
        target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        # One request for each connection, so that a client with many requests needs as many connections.
        http=HTTPModes.http1,
        websockets=False,
        backlog=max(1024, settings.max_connections),
        backpressure=settings.max_connections,
        http1_settings=HTTP1Settings(
            # This also applies to a connection on which nothing arrives.
            header_read_timeout=int(min(settings.body_timeout_seconds, 60) * 1000),
            max_buffer_size=_BUFFER,
        ),
        respawn_failed_workers=workers > 1,
        workers_kill_timeout=_ENDS_WITHIN,
        log_level=LogLevels.error,
    ).serve()


def _allow_files(count: int) -> None:
    """Allow this process and its children to open so many files, if the system permits: a connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
