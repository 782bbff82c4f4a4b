"""The server that `inturn run` starts where the settings name none."""

from worker.cli.running.embedded import APPENDFSYNC, find_server, server_argv


def test_the_server_keeps_what_it_acknowledges_and_listens_on_the_loopback_only(tmp_path):
    argv = server_argv(find_server(), port=6390, data_dir=tmp_path)
    pairs = dict(zip(argv[1::2], argv[2::2], strict=True))
    assert pairs["--appendonly"] == "yes"
    assert pairs["--appendfsync"] == APPENDFSYNC
    assert pairs["--bind"] == "127.0.0.1"
    assert pairs["--maxmemory-policy"] == "noeviction"
    assert pairs["--dir"] == str(tmp_path)
