"""What an event adds to the counters."""

from hypothesis import given
from hypothesis import strategies as st

from session.counters import fold
from session.event_records import EventRecord

_NAMES = st.sampled_from(
    "received kinds channels came replied queued limited searched consent delivery sent failed status unknown "
    "revived forgotten cancelled created escalated state was kept at channel".split()
)


@given(st.dictionaries(_NAMES, st.text(max_size=12) | st.just("[1]") | st.just("7")))
def test_no_event_can_stop_the_counting(event):
    assert fold(map(EventRecord.of, [event, {"received": "[]", "at": "1"}]))["turns"] >= 1


def test_an_opt_out_at_the_provider_counts_like_a_stop():
    stop = {"received": "[]", "consent": "out"}

    for event in (stop, {"consent": "out"}):
        assert fold([EventRecord.of(event)])["consent|out"] == 1
