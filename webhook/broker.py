"""The broker of the wake-ups: Celery as a producer of messages, with a time-out for everything. It does not know the worker."""

from typing import Any

from celery import Celery
from kombu import Queue
from pydantic import SecretStr

from session.sentinels import broker_address

#: The queue of the intake's wake-ups. The worker declares the same one.
INTAKE_QUEUE = "wake.intake"

#: The content of the test message.
_TRIAL = "wake.trial"

#: Seconds for any operation of the broker: a provider waits for our answer meanwhile.
PATIENCE = 0.5


def wake_broker(url: SecretStr) -> Celery:
    """Return a Celery application that can publish to the intake's queue and nowhere else. It does not connect yet."""
    scheme = url.get_secret_value().partition(":")[0]
    broker = broker_address(url, timeout=PATIENCE)
    app = Celery("inturn-webhook", broker=broker.url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_queues=[_queue(scheme)],
        task_create_missing_queues=False,
        task_publish_retry=False,
        broker_connection_timeout=PATIENCE,
        # Without heartbeats: none would be sent between two wake-ups, and the broker would close the connection.
        broker_heartbeat=0,
        broker_transport_options=_options(scheme) | broker.options,
        broker_use_ssl=broker.tls,
    )
    return app


def put_trial(connection: Any) -> None:
    """Publish a test message that no queue receives; raises what the library raises."""
    channel = connection.default_channel
    if connection.transport.driver_type == "redis":
        channel.client.set(_TRIAL, "", px=1000)
        channel.client.delete(_TRIAL)
    elif connection.transport.driver_type == "amqp":
        # No queue has this name, so the message is dropped; but the broker confirms it.
        channel.basic_publish_confirm(
            channel.prepare_message(""), routing_key=_TRIAL, confirm_timeout=PATIENCE
        )


def _queue(scheme: str) -> Queue:
    if "amqp" in scheme:
        return Queue(INTAKE_QUEUE, queue_arguments={"x-queue-type": "quorum"})  # type: ignore[no-untyped-call]
    return Queue(INTAKE_QUEUE)  # type: ignore[no-untyped-call]


def _options(scheme: str) -> dict[str, Any]:
    if "amqp" in scheme:
        return {
            "confirm_publish": True,
            "read_timeout": PATIENCE,
            "write_timeout": PATIENCE,
            "max_retries": 0,
        }
    if "redis" in scheme:
        return {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            "max_retries": 0,
            # A wake-up may be lost: the sweep sends another one.
            "ack_emulation": False,
        }
    return {"max_retries": 0}
