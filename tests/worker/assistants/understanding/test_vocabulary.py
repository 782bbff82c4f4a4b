"""An operator's word files replace the built-in ones, file by file."""

import json
import os
import subprocess
import sys
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
    # One more word than in our file.
    ours = (files("worker.assistants.understanding") / "data" / "acts.toml").read_text(encoding="utf-8")
    (tmp_path / "acts.toml").write_text(ours.replace('"human", ', '"human", "zebra", ', 1), encoding="utf-8")

    assert intent_of("zebra") != "handoff"
    assert intent_of("zebra", WORDS_DIR=str(tmp_path)) == "handoff"
    # The other files stay ours.
    assert intent_of("villa in Maadi", WORDS_DIR=str(tmp_path)) == "find_property"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("acts.toml", "alone = [", "acts.toml"), ("actz.toml", "", "actz.toml is not a word file")],
)
def test_a_wrong_file_is_named(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    with pytest.raises(SettingsError, match=words):
        use_words_from(tmp_path)


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(SettingsError, match="WORDS_DIR"):
        use_words_from(tmp_path / "nowhere")
