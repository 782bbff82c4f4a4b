"""Audits files: each picture that was received is kept as it was sent, or is a dead letter with a reason.

Text behind a picture keeps its order: that is audited with the replies. How long a turn waits is part of the bound of recovery.
"""

from collections import Counter
from hashlib import sha256
from json import loads
from typing import Any

from session.conversations import conversation_of
from session.dead_letters import MediumLetter, from_fields
from session.events import MessagesTaken
from tests.chaos.findings import Findings
from tests.chaos.ledger import Ledger, Post
from tests.chaos.media import KEPT, behaviour, picture
from tests.chaos.story import Retold
from tests.chaos.system import System

#: What may be lost of a file that comes in the end: a fetch whose process was killed again and again is given up.
_DIED = "processes died"


def audit_media(system: System, told: Retold, found: Findings) -> None:
    """Compare what came with the pictures that were sent with what Redis and the media store hold."""
    ledger = told.ledger
    taken = {
        id_
        for record in told.seen.events
        if isinstance(record.event, MessagesTaken)
        for id_ in record.event.received
    }
    outcomes: Counter[str] = Counter()
    with system.client() as client:
        letters = _letters(system, client)
        for post in ledger.by_id.values():
            if post.medium and post.id in taken:
                outcomes[_audit(system, client, ledger, post, letters, found=found)] += 1
    for field, why in letters.items():
        post = ledger.by_id.get(field.rpartition("/")[0])
        if post is None or not post.medium:
            found.add("media", "", f"a dead letter for a file that nobody sent: {field}, {why}")
    if system.forbidden.visits:
        found.add(
            "media", "", f"an address that is not the provider's was visited {system.forbidden.visits} times"
        )
    found.figures["files"] = dict(outcomes)


def _letters(system: System, client: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for number in range(system.options.shards):
        for _, fields in client.xrange(system.keys.shard(number).dead):
            letter = from_fields(fields)
            if isinstance(letter, MediumLetter):
                found[letter.field] = letter.why
    return found


def _audit(
    system: System, client: Any, ledger: Ledger, post: Post, letters: dict[str, str], *, found: Findings
) -> str:
    """Return what became of the file of a message."""
    how, field = behaviour(post.medium), f"{post.id}/0"
    person = ledger.people.get(post.customer)
    names = person.everything if person else (post.customer,)
    records = [client.hget(system.keys.of(conversation_of(name)).media, field) for name in names]
    records = [record for record in records if record]
    if len(records) != 1:
        found.add("media", post.customer, f"{field} ({how}) is known in {len(records)} conversations")
        return "unknown"
    record = loads(records[0])
    state, media = record["state"], record["media"]
    if state == "kept":
        file = system.media / media["stored"]
        content = file.read_bytes() if file.exists() else b""
        if how not in KEPT or sha256(content).digest() != sha256(picture(post.medium)).digest():
            found.add("media", post.customer, f"{field} ({how}) is not kept as it was sent: {media}")
        if field in letters:
            found.add("media", post.customer, f"{field} is kept, and is a dead letter: {letters[field]}")
    elif state == "failed":
        why = media.get("whyNot") or media.get("why_not") or ""
        if how in KEPT and _DIED not in why:
            found.add("media", post.customer, f"{field} ({how}) could have been kept: {why}")
        # Where the server was full, letters above their share of it may have gone; that is counted.
        if not why or (field not in letters and not _dropped(system, client)):
            found.add("media", post.customer, f"{field} ({how}) is given up, and no dead letter says why")
    else:
        found.add("left waiting", post.customer, f"{field} ({how}) is {state}")
    return f"{how}: {state}"


def _dropped(system: System, client: Any) -> int:
    """Return how many dead letters did not fit into a full server."""
    shards = [system.keys.shard(number) for number in range(system.options.shards)]
    return sum(int(client.hget(shard.counters, "letters_dropped|number") or 0) for shard in shards)
