"""An operator's word files replace the built-in ones, file by file."""

import json
import os
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest

from session.errors import SettingsError
from worker.assistants.understanding.vocabulary import use_words_from


def intent_of(text, **env):
    command = [
        sys.executable,
        "-c",
        "from worker.cli import main; main()",
        "understand",
        text,
        "--json",
        "--domain",
        "property",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **env}, check=True, timeout=60
    )
    return json.loads(done.stdout)["intent"]


def test_the_operators_phrases_replace_ours(tmp_path):
    # One list of the operator's own, the other lists as in our file.
    shipped = _shipped_handoff()
    kept = {key: value for key, value in shipped.items() if key != "alone"}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in kept.items()]
    (tmp_path / "handoff.toml").write_text('alone = ["zebra"]\n' + "\n".join(lines), encoding="utf-8")

    assert intent_of("zebra") != "handoff"
    assert intent_of("zebra", WORDS_DIR=str(tmp_path)) == "handoff"
    # The other files stay ours.
    assert intent_of("villa in Maadi", WORDS_DIR=str(tmp_path)) == "find_property"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("handoff.toml", "alone = [", "handoff.toml"), ("hanoff.toml", "", "hanoff.toml is not a word file")],
)
def test_a_wrong_file_is_named(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    with pytest.raises(SettingsError, match=words):
        use_words_from(tmp_path)


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(SettingsError, match="WORDS_DIR"):
        use_words_from(tmp_path / "nowhere")


def _shipped_handoff():
    return tomllib.loads(
        (files("worker.assistants.understanding") / "data" / "handoff.toml").read_text(encoding="utf-8")
    )
