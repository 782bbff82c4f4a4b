"""Audits approvals: what was approved is carried out, under one key, and again only if a turn was repeated; nothing else is."""

from collections import defaultdict
from pathlib import Path

from tests.chaos.auditing_steps import was_repeated
from tests.chaos.findings import Findings
from tests.chaos.story import Retold
from tests.chaos.strikes import Strikes


def audit_approvals(told: Retold, notes: Path, strikes: Strikes, found: Findings) -> None:
    """Compare what the assistant has carried out with what was decided."""
    carried: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for file in notes.glob("carried-*"):
        for line in file.read_text().splitlines():
            key, at, about = line.split(maxsplit=2)
            carried[about].append((key, float(at)))
    for about, several in carried.items():
        if told.decided.get(about) != "yes":
            found.add(
                "approvals", "", f"{about!r} was carried out, and the decision is {told.decided.get(about)}"
            )
        if len({key for key, _ in several}) > 1:
            found.add("doubled effect", "", f"{about!r} was carried out with several keys: {several}")
        first = min(at for _, at in several)
        if len(several) > 1 and not was_repeated(strikes, first):
            found.add("doubled effect", "", f"{about!r} was carried out again without a reason: {several}")
    for about, how in told.decided.items():
        if how == "yes" and about not in carried:
            found.add("approvals", "", f"{about!r} was approved, and is not carried out")
    found.figures |= {
        "approvals decided": len(told.decided),
        "approvals carried out": len(carried),
    }
