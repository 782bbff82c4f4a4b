"""`inturn api token`: the line for .env, and the secret, which is shown once."""

import re

import pytest
from click.testing import CliRunner

from session.api_tokens import Right, read_tokens, token_of
from worker.cli import main


def made(*arguments):
    return CliRunner().invoke(main, ["api", "token", *arguments])


def test_it_prints_the_line_for_the_settings_and_the_secret_beside_it():
    done = made("crm", "--rights", "read+send+act", "--scopes", "estate+-")

    name, text = done.stdout.strip().split("=", 1)
    (secret,) = re.findall(r"Bearer (\S+)`", done.stderr)
    tokens = read_tokens(text)
    assert (name, done.exit_code) == ("API_TOKENS", 0)
    assert token_of(secret, tokens) is tokens["crm"]
    assert tokens["crm"].rights == {Right.READ, Right.SEND, Right.ACT}
    assert tokens["crm"].scopes == {"estate", ""}
    assert secret not in done.stdout
    assert len(secret) >= 40


def test_no_two_tokens_are_alike():
    assert made("crm").stdout != made("crm").stdout


@pytest.mark.parametrize(
    "arguments", [("The CRM",), ("crm", "--rights", "all"), ("crm", "--scopes", "Estate"), ("crm:x",)]
)
def test_what_the_settings_would_refuse_is_refused_here(arguments):
    done = made(*arguments)

    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Bearer" not in done.stderr
