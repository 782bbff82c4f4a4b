"""Forms that nobody signed: to find that out costs little, whatever is in them."""

from time import process_time

import pytest

from tests.webhook.edge import Edge

LARGEST = 128 * 1024
#: Seconds of the processor; a second of it would let a few posts a second stop everything.
BUDGET = 0.4
FORMS = {
    "nothing but per cent signs": b"Body=" + b"%" * LARGEST,
    "escaped letters": b"Body=" + b"%D8%A7" * LARGEST,
    "bytes that are no text": b"Body=" + b"%FF" * LARGEST,
    "as many fields as are read": b"&".join(b"a%d=%%D9%%85%%D9%%85%%D9%%85" % n for n in range(1000)),
    "the same field again and again": b"&".join([b"a=b"] * 1000),
    "far too many fields": b"&" * LARGEST,
    "semicolons": b"Body=" + b"a;b=" * LARGEST,
}


@pytest.mark.parametrize("path", ["/webhook/twilio", "/webhook/twilio/status", "/webhook/twilio/fallback"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_forged_form_is_refused_in_little_time(form, path):
    edge = Edge()
    began = process_time()

    answer = edge.twilio_bytes(form[:LARGEST], "A" * 27 + "=", path)

    assert answer.status_code == 401
    assert process_time() - began < BUDGET
    assert not edge.kept()


def test_a_form_that_is_larger_than_any_of_twilios_is_not_even_read():
    edge = Edge()

    assert edge.twilio_bytes(b"Body=" + b"%" * LARGEST, "A" * 27 + "=").status_code == 413


def test_the_longest_text_in_the_widest_letters_fits():
    edge = Edge()

    assert edge.twilio({"Body": "\N{GRINNING FACE}" * 4096, "ProfileName": "م" * 256}).status_code == 200
