"""Writes metrics in the text format of Prometheus. Pure; it does not know their meaning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value."""

    value: float
    labels: Mapping[str, str]
    suffix: str = ""  #: of a histogram: "_bucket", "_sum", "_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with all its values."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    says: str
    samples: tuple[Sample, ...]


def figure(value: float, **labels: str) -> Sample:
    """Return one value."""
    return Sample(value=value, labels=labels)


def histogram(counts: Mapping[float, int], *, total: float) -> tuple[Sample, ...]:
    """Return the values of a histogram; `counts` are those of each bucket alone, by its upper bound."""
    samples: list[Sample] = []
    so_far = 0
    for bound, count in sorted(counts.items()):
        so_far += count
        samples.append(Sample(value=so_far, labels={"le": _number(bound)}, suffix="_bucket"))
    samples.append(Sample(value=total, labels={}, suffix="_sum"))
    samples.append(Sample(value=so_far, labels={}, suffix="_count"))
    return tuple(samples)


def exposed(families: Iterable[Family]) -> str:
    """Return the text that Prometheus reads."""
    lines: list[str] = []
    for family in families:
        lines += [f"# HELP {family.name} {_escaped(family.says)}", f"# TYPE {family.name} {family.kind}"]
        for sample in family.samples:
            labels = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels.items())
            braces = f"{{{labels}}}" if labels else ""
            lines.append(f"{family.name}{sample.suffix}{braces} {_number(sample.value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
