"""The chart of a campaign: a line for what was sent, delivered, read and answered, whatever the outcomes are."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from session.campaign_chart import SERIES, chart
from session.campaign_outcomes import Outcome, OutcomeState

STARTED = 1_800_000_000_000
SVG = "{http://www.w3.org/2000/svg}"
AT = st.none() | st.integers(STARTED - 1000, STARTED + 40 * 86_400_000)
OUTCOMES = st.lists(
    st.builds(
        Outcome,
        row=st.integers(1, 100),
        customer=st.just(""),
        state=st.sampled_from(OutcomeState),
        sent=AT,
        delivered=AT,
        read=AT,
        answered=AT,
    ),
    max_size=30,
)


def drawn(outcomes, **more):
    return ET.fromstring(chart(outcomes, started=STARTED, title="spring", **more))


def heights(svg):
    """For each line how far up it is at each of its points; smaller is higher."""
    return [
        [float(point.split(",")[1]) for point in line.attrib["points"].split()]
        for line in svg.iter(f"{SVG}polyline")
    ]


@given(OUTCOMES)
def test_every_line_only_rises_and_ends_at_its_share_of_the_longest(outcomes):
    svg = drawn(outcomes)

    counts = [sum(getattr(one, name) is not None for one in outcomes) for name in SERIES]
    lines = heights(svg)
    assert len(lines) == len(SERIES)
    bottom, top = 320, 60
    for line, count in zip(lines, counts, strict=True):
        assert line == sorted(line, reverse=True)
        assert all(top <= at <= bottom for at in line)
        assert abs(line[-1] - (bottom - (bottom - top) * count / (max(counts) or 1))) < 0.1


def test_numbers_stand_in_the_legend_and_for_those_who_see_no_picture():
    outcomes = [
        Outcome(row=n, customer="", state=OutcomeState.SENT, sent=STARTED + n * 60_000) for n in range(1200)
    ]

    svg = drawn(outcomes)

    assert svg.findtext(f"{SVG}title") == "spring"
    assert svg.findtext(f"{SVG}desc") == "sent 1,200, delivered 0, read 0, answered 0"
    texts = [one.text for one in svg.iter(f"{SVG}text")]
    assert {"1,000", "0 h", "15 h"} <= set(texts)


def test_it_says_what_it_is_told_in_any_language_and_nothing_of_it_is_markup():
    svg = chart([], started=STARTED, title="<script>\x00\u202e", names=["أُرسلت", "b", "c", "&d"])

    assert "<script" not in svg
    tree = ET.fromstring(svg)
    assert tree.findtext(f"{SVG}title") == "<script>\\x00⟨U+202E⟩"
    assert tree.findtext(f"{SVG}desc") == "أُرسلت 0, b 0, c 0, &d 0"


def test_it_is_as_long_for_a_hundred_thousand_as_for_a_few():
    def outcomes(count):
        return (
            Outcome(row=n, customer="", state=OutcomeState.READ, sent=STARTED + n, read=STARTED + 2 * n)
            for n in range(count)
        )

    few = chart(outcomes(100), started=STARTED, title="")
    many = chart(outcomes(100_000), started=STARTED, title="")

    assert len(many) < len(few) * 1.2
