"""The settings of the desk."""

import pytest

from tests.webhook.desk.office import PASSWORD
from webhook.desk.passwords import hash_of
from webhook.desk.settings import DeskSettings

MONA = hash_of("mona's own password", salt="saltsaltsalt")
KARIM = hash_of("karim's own password", salt="pepperpepper")


def desk_settings(**more):
    return DeskSettings(_env_file=None, **more)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"desk_password": "short"}, "at least 12"),
        ({"desk_agents": "Mona:secret"}, "needs a hash"),
        ({"desk_agents": f"Phone:{MONA}"}, "none of them `phone`"),
        ({"desk_agents": f"Mona:{MONA},mona:{KARIM}"}, "none of them twice"),
        ({"desk_agents": f"Mona:{MONA}:boss"}, "`agent` or `supervisor`"),
        ({"desk_agents": f"Mona:{MONA}:agent:one:two"}, "`agent` or `supervisor`"),
        ({"desk_agents": f"Mona:{MONA}:agent:one++two"}, "has scopes"),
        ({"desk_agents": f"Mona:{MONA}:agent:One"}, "has scopes"),
        ({"desk_agents": f"Mona:{MONA}", "desk_password": PASSWORD}, "either DESK_PASSWORD or DESK_AGENTS"),
    ],
)
def test_wrong_settings_are_named(settings, says):
    with pytest.raises(ValueError, match=says):
        desk_settings(**settings)


def test_agents_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("DESK_AGENTS", f"Mona:{MONA},Karim Adel:{KARIM}")

    settings = DeskSettings.load()

    assert list(settings.desk_agents) == ["Mona", "Karim Adel"]
    assert {(one.rank, one.scopes) for one in settings.desk_agents.values()} == {("supervisor", None)}
    assert MONA not in repr(settings)


def test_an_agent_may_have_a_rank_and_scopes():
    listed = f"Mona:{MONA}:agent:estate+-,Karim:{KARIM}:supervisor"

    agents = desk_settings(desk_agents=listed).desk_agents

    assert (agents["Mona"].rank, agents["Mona"].scopes) == ("agent", {"estate", ""})
    assert (agents["Karim"].rank, agents["Karim"].scopes) == ("supervisor", None)
