"""Whether a port is free."""

import socket

import pytest

from worker.cli.running.probes import PortTaken, next_free, require_free_port


def test_a_taken_port_is_reported_with_its_setting():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match="SIMULATOR_PORT"):
            require_free_port("SIMULATOR_PORT", "127.0.0.1", port)
        assert next_free("127.0.0.1", port) != port
        assert next_free("127.0.0.1", port, tries=1) is None
    require_free_port("SIMULATOR_PORT", "127.0.0.1", port)
