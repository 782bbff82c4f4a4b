"""The dashboard, the alerts and the compose profile: they parse, and what they ask for exists."""

import json
import re

import pytest

from session.models import State
from tests.conftest import ROOT
from tests.webhook.metrics.scraping import Scraper

yaml = pytest.importorskip("yaml")

FILES = ROOT / "docs" / "monitoring"
_METRIC = re.compile(r"\binturn_[a-z_]+")
_PARTS = ("_bucket", "_sum", "_count")


def read(name):
    return (FILES / name).read_text(encoding="utf-8")


def queries():
    """Every query of the dashboard and of the alerts."""
    for panel in json.loads(read("dashboard.json"))["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for group in yaml.safe_load(read("alerts.yml"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


@pytest.fixture
def exposed(tell):
    """The text of /metrics of a system that has been swept."""
    story = tell()
    story.sweep()
    return Scraper(story).text()


def test_every_metric_that_is_asked_for_exists(exposed):
    families = dict(re.findall(r"# TYPE (\S+) (\S+)", exposed))
    parts = {f"{name}{part}" for name, kind in families.items() if kind == "histogram" for part in _PARTS}

    asked = {metric for query in queries() for metric in _METRIC.findall(query)}

    assert asked - set(families) - parts == set()


def test_every_metric_is_on_the_dashboard_and_in_the_documentation(exposed):
    dashboard = read("dashboard.json")
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    families = {name for name, _ in re.findall(r"# TYPE (\S+) (\S+)", exposed)}

    # The name of a single paused sender is for the alert; the dashboard has their number.
    assert {name for name in families if not re.search(rf"{name}(_bucket)?\b", dashboard)} == {
        "inturn_paused_line"
    }
    assert {name for name in families if f"`{name}`" not in page} == set()


def test_states_and_queues_that_are_asked_for_exist(exposed):
    asked = "\n".join(queries())

    assert set(re.findall(r'state="(\w+)"', asked)) <= {state.value for state in State}
    assert set(re.findall(r'queue!?="(\w+)"', asked)) <= set(re.findall(r'queue="(\w+)"', exposed))


def test_every_alert_says_how_bad_it_is_and_what_to_do():
    rules = [rule for group in yaml.safe_load(read("alerts.yml"))["groups"] for rule in group["rules"]]

    assert rules
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_panels_do_not_cover_each_other():
    taken = set()
    for panel in json.loads(read("dashboard.json"))["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_the_monitoring_profile_mounts_what_there_is():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    services = {
        name: what for name, what in compose["services"].items() if "monitoring" in what.get("profiles", ())
    }
    mounted = [volume.split(":") for what in services.values() for volume in what["volumes"]]

    assert services.keys() == {"prometheus", "grafana"}
    for source, _, *mode in mounted:
        if source.startswith("./"):
            assert (ROOT / source).is_file()
            assert mode == ["ro"]
        else:
            assert source in compose["volumes"]
    assert all(port.startswith("127.0.0.1:") for what in services.values() for port in what["ports"])


def test_prometheus_finds_its_rules_its_token_and_one_webhook():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load(read("prometheus.yml"))
    prometheus = compose["services"]["prometheus"]
    mounted = {volume.split(":")[1] for volume in prometheus["volumes"]}
    (scrape,) = config["scrape_configs"]

    assert set(config["rule_files"]) <= mounted
    assert scrape["authorization"]["credentials_file"] == f"/run/secrets/{prometheus['secrets'][0]}"
    assert compose["secrets"]["metrics_token"]["environment"] == "METRICS_TOKEN"
    (target,) = scrape["static_configs"][0]["targets"]
    name, _, port = target.partition(":")
    assert compose["services"][name]["ports"][0].endswith(f":{port}")
