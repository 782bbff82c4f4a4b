"""What the desk reads, on a real cluster: its keys are spread over several servers."""

from pydantic import SecretStr

from session.connection import connect
from session.conversations import conversation_of
from session.keys import Keys
from session.records import to_ms
from session.store import DeskStore, EventReader
from tests.clocks import START
from tests.e2e.servers import valkey_cluster
from tests.stores import at_once
from tests.values import session

NAMES = [conversation_of(f"+2010000000{number:02}") for number in range(12)]


def test_a_desk_sees_the_conversations_of_all_servers():
    with valkey_cluster() as url:
        client, keys = connect(SecretStr(url), timeout=5, cluster=True), Keys(16)
        desk, reader = at_once(client, DeskStore(keys)), at_once(client, EventReader(keys))
        for number, name in enumerate(NAMES):
            client.set(keys.of(name).session, session(name).to_json(), pxat=to_ms(START))
            client.zadd(keys.of(name).shared.waiting, {name: number})
            client.xadd(keys.of(name).shared.events, {"conversation": name, "at": "1"})

        assert list(desk.waiting().since) == NAMES
        assert set(desk.recent().conversations) == set(NAMES)
        assert set(desk.records(NAMES)) == set(NAMES)
        assert set(desk.find("2010000000").conversations) == set(NAMES)
        assert desk.snapshot(NAMES[0]).record == session(NAMES[0]).to_json()
        assert {event.fields["conversation"] for event in reader.read()} == set(NAMES)
        client.close()
