"""How the webhook's side of the broker is configured."""

from pydantic import SecretStr

from webhook.broker import wake_broker


def test_on_rabbitmq_the_queue_is_a_quorum_queue_and_publishing_is_confirmed():
    conf = wake_broker(SecretStr("amqp://guest:guest@127.0.0.1//")).conf

    (queue,) = conf.task_queues
    assert (queue.name, queue.queue_arguments) == ("wake.intake", {"x-queue-type": "quorum"})
    assert conf.broker_transport_options["confirm_publish"] is True


def test_on_redis_the_queue_is_a_plain_one_and_nothing_is_acknowledged():
    conf = wake_broker(SecretStr("redis://127.0.0.1/0")).conf

    (queue,) = conf.task_queues
    assert (queue.name, queue.queue_arguments) == ("wake.intake", None)
    assert conf.broker_transport_options["ack_emulation"] is False
