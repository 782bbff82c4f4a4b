"""A customer is forgotten on a real cluster: what is kept lies on several servers, each with a file of its own."""

from pydantic import SecretStr

from session import SessionManager
from session.connection import connect
from session.results import Rewrite
from tests.e2e.servers import valkey_cluster
from tests.stores import everything
from tests.values import CUSTOMER, OTHER


def test_a_customer_of_several_lines_is_forgotten_on_all_servers():
    with valkey_cluster() as url:
        client = connect(SecretStr(url), timeout=5, cluster=True)
        manager = SessionManager(client, shards=16)
        names = [f"{scope}:{CUSTOMER}" for scope in ("estate", "directory", "third", "fourth")]
        for name in names:
            manager.add_message(name, "user", "hello")
        kept = OTHER.removeprefix("whatsapp:")
        manager.add_message(kept, "user", "hello")
        assert manager.find("0020 100 123 4567") == sorted(names)

        assert manager.forget("0020 100 123 4567").file is Rewrite.OFF

        digits = CUSTOMER.removeprefix("+")
        assert not [key for key, held in everything(client).items() if digits in key + repr(held)]
        assert manager.customers() == [kept]

        for node in client.get_nodes():
            client.get_redis_connection(node).config_set("appendonly", "yes")
        assert manager.forget(kept).file in (Rewrite.BEGUN, Rewrite.UNDER_WAY)
        client.close()
