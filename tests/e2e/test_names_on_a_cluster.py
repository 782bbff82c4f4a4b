"""Names of one customer whose keys are on different nodes of a cluster are joined, moved and merged there."""

from pydantic import SecretStr

from session.connection import connect
from session.store import Runner
from tests.e2e.servers import valkey_cluster
from tests.session.test_interleavings_of_names import P, People, Q, U, V

SHARDS = 32


def test_names_on_different_nodes_become_one_customer_also_if_drainers_die_between():
    with valkey_cluster() as url:
        people = People(Runner(connect(SecretStr(url), timeout=5, cluster=True)), SHARDS)
        assert len({people.stores.keys.shard_of(f"whatsapp:{name}") for name in (P, Q, U, V)}) > 1
        people.a_body_comes({"customer": U}, None, stop=True)
        people.a_body_comes({"customer": V}, None)
        people.a_body_comes({"customer": Q}, None)
        people.an_agent_takes_over(V, None)
        people.a_body_comes({"customer": Q, "also": (U,)}, 3)
        people.a_body_comes({"customer": P, "formerly": (Q,)}, 4)
        people.a_body_comes({"customer": P, "also": (V,)}, None)
        people.a_body_comes({"customer": U}, None)

        people.teardown()

        assert [key.rpartition("session:")[2] for key in people.stores.client.scan_iter("*session:*")] == [
            f"whatsapp:{P}"
        ]
