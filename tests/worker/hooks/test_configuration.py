"""Hooks as settings and files write them: each wrong value is named, and no secret is repeated."""

from base64 import b64encode

import pytest

from session.errors import SettingsError
from session.event_records import EventRecord
from worker.hooks.bodies import KINDS
from worker.hooks.configuration import open_hooks
from worker.settings import WorkerSettings

SECRET = "whsec_" + b64encode(b"k" * 32).decode()
OTHER = "whsec_" + b64encode(b"o" * 32).decode()
URL = "https://crm.example/inturn"


def hooks(**settings):
    return open_hooks(WorkerSettings(_env_file=None, **settings))


def in_file(folder, text):
    path = folder / "hooks.toml"
    path.write_text(text)
    return path


def test_without_settings_there_is_none():
    assert hooks() == {}


def test_a_single_one_is_in_the_settings():
    (hook,) = hooks(
        hook_url=URL, hook_secret=f"{SECRET} {OTHER}", hook_events="reply.sent, reply.failed"
    ).values()

    assert (hook.name, str(hook.url)) == ("default", URL)
    assert hook.events == {"reply.sent", "reply.failed"}
    assert hook.keys == (b"k" * 32, b"o" * 32)
    assert "kkk" not in repr(hook)
    assert hooks(hook_url=URL, hook_secret=SECRET)["default"].events == KINDS


def test_a_file_has_several(tmp_path):
    path = in_file(
        tmp_path,
        f"""
        [[hook]]
        name = "crm"
        url = "{URL}"
        secret = ["{SECRET}", "{OTHER}"]
        events = ["messages.taken"]
        scopes = ["estate"]
        texts = true

        [[hook]]
        name = "bi"
        url = "https://bi.example"
        secret = "{OTHER}"
        """,
    )
    found = hooks(hooks_file=path, hook_url=URL, hook_secret=SECRET)

    assert list(found) == ["crm", "bi", "default"]
    assert (found["crm"].scopes, found["crm"].texts, len(found["crm"].keys)) == ({"estate"}, True, 2)
    assert (found["bi"].scopes, found["bi"].texts, found["bi"].allow_private) == (frozenset(), False, False)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"name": "C R M"}, "name: must be lower-case"),
        ({"url": "crm.example"}, "url: must be an address"),
        ({"url": "ftp://crm.example"}, "url: must be an address"),
        ({"url": "https://user:pass@crm.example/"}, "url: must be an address"),
        ({"url": "http://crm.example/"}, "crm: url must begin with https://"),
        ({"url": "https://127.0.0.1/"}, "lead to a public address"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "lead to a public address"),
        ({"url": "https://127.1/"}, "lead to a public address"),
        ({"url": "https://169.254.169.254/latest"}, "HOOKS_ALLOW_PRIVATE"),
        ({"secret": "geheim"}, "secret: must be whsec_"),
        ({"secret": []}, "secret: "),
        ({"secret": [5]}, "secret: "),
        ({"secret": 5}, "secret: "),
        ({"url": 5}, "url: "),
        ({"name": 5}, "name: "),
        ({"events": [5]}, "events: "),
        ({"events": "reply.sent"}, "events: "),
        ({"secret": [SECRET, OTHER, SECRET]}, "secret: "),
        ({"events": ["reply.lost"]}, "events: there is no event 'reply.lost'; there are account.trouble"),
        ({"colour": "red"}, "colour: Extra inputs"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, entry, says):
    values = {"name": "crm", "url": URL, "secret": SECRET} | entry
    lines = "\n".join(
        f"{name} = {value if isinstance(value, list) else repr(value)}" for name, value in values.items()
    )
    path = in_file(tmp_path, f"[[hook]]\n{lines}")

    with pytest.raises(SettingsError) as error:
        hooks(hooks_file=path)

    assert str(path) in str(error.value)
    assert says in str(error.value)
    assert "geheim" not in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [("hook", "Expected"), ("hook = 1", "write each hook as"), ("hook = [1]", "write each hook as")],
)
def test_what_is_no_file_of_hooks_is_said(tmp_path, text, says):
    with pytest.raises(SettingsError, match=says):
        hooks(hooks_file=in_file(tmp_path, text))
    with pytest.raises(SettingsError, match="HOOKS_FILE="):
        hooks(hooks_file=tmp_path / "no such file")


def test_two_of_one_name_are_refused(tmp_path):
    entry = f'[[hook]]\nname = "default"\nurl = "{URL}"\nsecret = "{SECRET}"\n'

    with pytest.raises(SettingsError, match="two hooks 'default'"):
        hooks(hooks_file=in_file(tmp_path, entry), hook_url=URL, hook_secret=SECRET)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"hook_url": URL}, "HOOK_SECRET: "),
        ({"hook_url": URL, "hook_secret": "geheim"}, "HOOK_SECRET: must be whsec_"),
        ({"hook_url": "crm", "hook_secret": SECRET}, "HOOK_URL: must be an address"),
        ({"hook_url": "http://127.0.0.1/", "hook_secret": SECRET}, "HOOK_URL: default: url must begin"),
        ({"hook_url": URL, "hook_secret": SECRET, "hook_events": "x"}, "HOOK_EVENTS: there is no event"),
    ],
)
def test_the_settings_are_named(settings, says):
    with pytest.raises(SettingsError) as error:
        hooks(**settings)

    assert says in str(error.value)
    assert "geheim" not in str(error.value)


def test_a_private_address_may_be_allowed():
    found = hooks(hook_url="http://127.0.0.1:9/", hook_secret=SECRET, hooks_allow_private=True)

    assert found["default"].allow_private


@pytest.mark.parametrize(
    ("scopes", "conversation", "wanted"),
    [
        ([], "whatsapp:+201", True),
        ([], "", True),
        (["estate"], "whatsapp:estate:+201", True),
        (["estate"], "telegram:estate:5", True),
        (["estate"], "whatsapp:+201", False),
        (["estate"], "whatsapp:clinic:+201", False),
        (["estate"], "", False),
    ],
)
def test_it_gets_the_events_of_its_scopes(tmp_path, scopes, conversation, wanted):
    path = in_file(tmp_path, f'[[hook]]\nname = "crm"\nurl = "{URL}"\nsecret = "{SECRET}"\nscopes = {scopes}')
    record = EventRecord.of({"conversation": conversation, "delivery": "t.0", "sent": "p"})

    assert hooks(hooks_file=path)["crm"].wants(record) is wanted
