import pytest

from tests.webhook.api.program import Deployment


@pytest.fixture
def deploy():
    """Start a system with an API; at its end it is closed."""
    started = []

    def begin(**settings):
        started.append(Deployment(**settings))
        return started[-1]

    yield begin
    for one in started:
        one.story.redis.close()


@pytest.fixture
def deployment(deploy):
    return deploy()


@pytest.fixture
def crm(deployment):
    return deployment.program()
