"""The document of the API says what the API does: whatever it allows is answered as it says, and so is what it forbids."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.webhook.api.program import EVERYTHING, SECRETS, Deployment, tokens
from webhook.api.app import create_api
from webhook.api.settings import ApiSettings

pytestmark = pytest.mark.slow

DOCUMENT = create_api(ApiSettings(_env_file=None, api_tokens=tokens(crm=EVERYTHING))).api_doc
OPERATIONS = [
    (method.upper(), path)
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if method in ("get", "post", "put", "patch", "delete")
]
HEADERS = {"Authorization": f"Bearer {SECRETS['crm']}"}


SALE = {"template": "sale", "language": "en", "sender": "meta:106540352242922"}


@pytest.fixture(scope="module")
def system():
    """One system for all requests, with a customer who has written, a template and a campaign."""
    deployment = Deployment()
    deployment.story.says("hello")
    crm = deployment.program()
    for path, body in (
        ("/templates/meta:1/sale/en", {"category": "UTILITY", "body": "Hi {{1}}"}),
        ("/campaigns/sale", SALE),
    ):
        assert crm.asks("PUT", path, json=body).status_code == 200
    yield deployment
    deployment.story.redis.close()


@pytest.fixture(scope="module")
def there(system):
    """Parts of addresses that lead to something."""
    crm = system.program()
    sent, conversation = crm.sends().json, system.pseudonym()
    closed = crm.asks("POST", f"/conversations/{conversation}/close").json
    return {
        "conversation": conversation,
        "message": sent["id"],
        "action": closed["id"],
        "campaign": "sale",
        "account": "meta:1",
        "name": "sale",
        "language": "en",
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_every_operation_answers_as_the_document_says(system, there, method, path, mode):
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", system.app)[path][method]

    @settings(
        max_examples=15,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def attack(data):
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if mode is GenerationMode.POSITIVE and data.draw(st.booleans()):
            case.path_parameters = {name: there.get(name, one) for name, one in case.path_parameters.items()}
        # No schema says which texts are customers, and what a message must contain.
        case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])

    attack()


def test_no_operation_is_missing_in_the_document(system):
    routes = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in system.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert routes - {("GET", "/api/v1/openapi.json")} == set(OPERATIONS)
    assert len(OPERATIONS) == 33


def test_whoever_has_no_token_reads_the_document_and_nothing_else(system):
    stranger = system.stranger()

    assert stranger.gets("/openapi.json").json == DOCUMENT
    operations = [one for item in DOCUMENT["paths"].values() for one in item.values()]
    assert all(one["security"] == [{"token": []}] for one in operations)
