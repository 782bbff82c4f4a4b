"""What replies cost, as a metric."""

from collections import Counter

from webhook.metrics.costs import costs


def test_senders_that_look_the_same_once_they_are_masked_are_one_figure():
    counts = Counter(
        {
            "cost|USD|service|EG|meta:106540352242922": 3_600,
            "cost|USD|service|EG|meta:206540352242922": 1_000_000,  # as an earlier release counted
            "cost|USD|marketing|IN|meta:106540352242922|mine:bot": 11_800,
            "cost|USD|marketing|IN|meta:106540352242922|mine:bot|spring": 20_000,
            "unpriced|service|EG": 1,
        }
    )

    found = [(dict(sample.labels), sample.value) for sample in costs(counts).samples]

    shared = {"currency": "USD", "line": "meta:…922"}
    marketing = {"category": "marketing", "country": "IN", "assistant": "mine:bot"}
    assert found == [
        (shared | marketing | {"campaign": ""}, 0.0118),
        (shared | marketing | {"campaign": "spring"}, 0.02),
        (shared | {"category": "service", "country": "EG", "assistant": "unknown", "campaign": ""}, 1.0036),
    ]
