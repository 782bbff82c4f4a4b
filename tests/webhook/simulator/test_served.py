"""The simulator as a process, to test what happens on the connection."""

import os
import socket
import subprocess
import sys

import httpx
import pytest

ENVIRONMENT = {
    "META_APP_SECRET": "app-secret",
    "META_ACCESS_TOKEN": "token",
    "META_PHONE_NUMBER_ID": "1",
    "META_GRAPH_URL": "http://127.0.0.1:1",
    "SIMULATOR_STATUSES": "off",
}


@pytest.fixture(scope="module")
def served():
    """A client of a simulator as it is served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "webhook.serving", "simulator", "--port", str(port)]
    environment = {**os.environ, **ENVIRONMENT}
    with subprocess.Popen(command, env=environment) as process:
        transport = httpx.HTTPTransport(retries=8)  # each with a longer pause, until the server is up
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client:
            assert client.get("/simulator").json()["last"] == 0
            yield client
        process.terminate()


def send(client):
    payload = {
        "messaging_product": "whatsapp",
        "to": "201001234567",
        "type": "text",
        "text": {"body": "hello"},
    }
    return client.post("/v23.0/1/messages", json=payload, headers={"Authorization": "Bearer token"})


def test_a_dropped_answer_is_a_broken_connection_and_the_message_was_accepted(served):
    before = served.get("/simulator").json()["last"]
    served.post("/simulator/faults", json={"channel": "meta", "mode": "drop", "count": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        send(served)

    received = served.get("/simulator/received", params={"after": before}).json()["messages"]
    assert [one["text"] for one in received] == ["hello"]
    assert send(served).status_code == 200
