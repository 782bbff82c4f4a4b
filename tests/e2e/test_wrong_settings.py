"""A wrong setting of one part ends `make run` with a line that names it."""

import os
import subprocess

from tests.e2e.stack import INTURN
from tests.ports import free_ports


def test_the_whole_stack_ends_with_the_words_of_the_part(tmp_path):
    port, simulator, redis = (str(one) for one in free_ports(3))
    places = {
        "PORT": port,
        "SIMULATOR_PORT": simulator,
        "EMBEDDED_REDIS_PORT": redis,
        "DATA_DIR": str(tmp_path),
    }

    ended = subprocess.run(
        [*INTURN, "run"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, **places, "DESK_PASSWORD": "short"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "inturn: invalid settings: DESK_PASSWORD: must have 12 characters or more" in ended.stdout
    assert "Traceback" not in ended.stdout
