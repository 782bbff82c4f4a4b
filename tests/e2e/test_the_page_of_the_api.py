"""Every command in docs/api.md works when it is pasted, in the order of the page, against a whole stack."""

import re
import shutil
import subprocess

import pytest
import redis

from session.messages import Delivery
from session.replies import Reply
from tests.conftest import ROOT
from tests.e2e.stack import running_stack
from tests.values import CONVERSATION, ROUTE

CUSTOMER = "+201001234567"
SECRET = "inturn_0123456789abcdefghijklmnopqrstuvwxyz"
EVERYTHING = "read+send+act+forget+dead+campaign+templates"
#: Stops at the first answer that is an error, unless the page says which one it may be.
FAILS = """\
set -eo pipefail
curl() { command curl --fail-with-body "$@" && echo; }
"""
BLOCK = re.compile(r"^( *)```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def commands():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    lines = [line.strip() for block in BLOCK.finditer(page) for line in block[2].splitlines()]
    # Those that make tokens are the work of `inturn`; the secret is that of this stack.
    own = [line for line in lines if not line.startswith((".venv/bin/inturn", "export SECRET"))]
    return [*map(tolerated, own)]


def tolerated(line):
    """Return a command that may fail if the comment behind it says so."""
    may = re.search(r" +# (4\d\d) (?:if|before)", line)
    return f"{line[: may.start()]} || true" if may else line


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
def test_every_command_of_the_page_works_when_it_is_pasted(tmp_path):
    with running_stack(tmp_path, API_TOKENS=f"crm:{SECRET}:{EVERYTHING}") as stack:
        assert stack.says(CUSTOMER, "hello") == 200
        assert stack.inturn("templates", "pull").returncode == 0
        with redis.Redis(port=stack.redis_port) as client:
            reply = Delivery(
                id="t.0", conversation=CONVERSATION, route=ROUTE, reply=Reply(text="x"), queued_at=0
            )
            letter = {"kind": "reply", "why": "1: no", "conversation": CONVERSATION, "raw": reply.to_json()}
            client.xadd("dead", letter)
        script = FAILS + "\n".join(commands()).replace("http://127.0.0.1:8000", stack.webhook)

        done = subprocess.run(
            ["bash", "-c", script],
            check=False,
            cwd=tmp_path,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "SECRET": SECRET},
            capture_output=True,
            text=True,
            timeout=100,
        )

    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    assert '"state":"running"' in done.stdout
