"""Tokens as `API_TOKENS` writes them: no secret is ever repeated, and none is taken that could be guessed."""

import pytest

from session.api_tokens import Right, hash_of, read_tokens, token_of

SECRET = "inturn_0123456789abcdefghijklmnopqrstuvwxyz"
OTHER = SECRET[::-1]


def test_a_token_has_a_name_rights_and_scopes():
    tokens = read_tokens(f"crm:{hash_of(SECRET)}:read+send:estate+-, reports:{OTHER}:read")

    crm, reports = tokens["crm"], tokens["reports"]
    assert crm.rights == {Right.READ, Right.SEND}
    assert crm.scopes == {"estate", ""}
    assert crm.covers("whatsapp:estate:+201")
    assert crm.covers("whatsapp:+201")
    assert not crm.covers("whatsapp:clinic:+201")
    assert (reports.hashed, reports.scopes) == (hash_of(OTHER), None)
    assert reports.covers("whatsapp:clinic:+201")


def test_a_secret_finds_its_token_and_its_hash_does_not():
    tokens = read_tokens(f"crm:{SECRET}:read,reports:{OTHER}:read")

    assert token_of(SECRET, tokens) is tokens["crm"]
    assert token_of(OTHER, tokens) is tokens["reports"]
    for wrong in (hash_of(SECRET), SECRET[:-1], SECRET.upper(), "", "\ud800"):
        assert token_of(wrong, tokens) is None


@pytest.mark.parametrize(
    "text",
    [
        "crm",
        f"crm:{SECRET}",
        f"crm:{SECRET}:",
        f"crm:{SECRET}:everything",
        f"crm:{SECRET}:read+",
        f"crm:{SECRET}:read:No",
        f"crm:{SECRET}:read:estate:more",
        f"CRM:{SECRET}:read",
        f"a b:{SECRET}:read",
        f":{SECRET}:read",
        f"crm:{SECRET}:read,crm:{OTHER}:read",
        f"crm:{SECRET}:read,other:{hash_of(SECRET)}:read",
        "crm:abcdefghijklmnopqrstuvwxyz01234:read",
        "crm:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:read",
        f"crm:{hash_of(SECRET)[:-1]}:read",
        f"crm:{SECRET}é:read",
    ],
)
def test_what_is_wrong_is_said_without_the_secret(text):
    with pytest.raises(ValueError, match=r".") as wrong:
        read_tokens(text)

    assert SECRET not in str(wrong.value)
    assert hash_of(SECRET)[3:20] not in str(wrong.value)
