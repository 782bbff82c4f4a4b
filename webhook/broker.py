"""What carries the wake-ups: Celery as a producer of messages, with a time-out on everything. It knows no worker."""

from typing import Any

from celery import Celery
from kombu import Queue
from pydantic import SecretStr

#: The queue of the intake's wake-ups. The worker declares the same.
INTAKE_QUEUE = "wake.intake"

#: What is put into the broker to see whether it takes anything.
_TRIAL = "wake.trial"

#: Seconds that the broker may take for anything: a provider waits for our answer meanwhile.
PATIENCE = 0.5


def wake_broker(url: SecretStr) -> Celery:
    """Return a Celery application that can publish to the intake's queue and to nothing else. Does not connect."""
    scheme = url.get_secret_value().partition(":")[0]
    app = Celery("inturn-webhook", broker=url.get_secret_value(), set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_queues=[_queue(scheme)],
        task_create_missing_queues=False,
        task_publish_retry=False,
        broker_connection_timeout=PATIENCE,
        # Nothing would send heartbeats between two wake-ups, and the broker would hang up on us.
        broker_heartbeat=0,
        broker_transport_options=_options(scheme),
    )
    return app


def put_trial(connection: Any) -> None:
    """Have the broker take something that nobody gets and that leaves nothing behind; raises what its library raises."""
    channel = connection.default_channel
    if connection.transport.driver_type == "redis":
        channel.client.set(_TRIAL, "", px=1000)
        channel.client.delete(_TRIAL)
    elif connection.transport.driver_type == "amqp":
        # No queue has this name, so it is dropped; but the broker confirms that it has taken it.
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
            # A wake-up may be lost: the sweep sends another.
            "ack_emulation": False,
        }
    return {"max_retries": 0}
