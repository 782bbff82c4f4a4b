"""Links without a scheme, links that are spelled out, and handles: whatever leads out of the conversation."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.assistants.llm.guard import has_contacts, is_clean, without_contacts

LEADS_OUT = (
    "example.com/x",
    "wa.me/20100123",
    "wa.me",
    "t.me/omar",
    "www.nawy",
    "bit.ly/3xY",
    "example dot com",
    "example dotcom",
    "example dot me",
    "omar at example dot eg",
    "t dot me slash omar",
    "example . com",
    "example  .  com",
    "example. com",
    "example,com",
    "wa . me / 20100",
    "e x a m p l e . c o m",
    "www example com",
    "example com slash offers",
    "example۔com",
    "example．com",
    "example•com",
    "example٫com",
    "hxxp://evil",
    "tg://resolve",
    "mailto:omar",
    "@omar_estates",
    "＠omar.x",
    "@7amada",
    "@عقارات",
    "omar@instapay",
    "إكسامبل دوت كوم",
    "موقعنا نقطة كوم",
    "example نقطه com",
    "example no2ta com",
    "زورونا على wa.me/20100",
    "تابعونا على @omar_estates",
    "zoroona 3ala bit.ly/3xy delwa2ty",
)
HARMLESS = (
    "3.5",
    "120 sqm.",
    "120 sqm.The garden is large",
    "5.2M",
    "3.5M, net 120 sqm. Net of tax",
    "e.g. a villa",
    "i.e. two rooms",
    "P.S. it has a view",
    "near St. Mark church",
    "St.Mark",
    "A.B. Smith, Ph.D., works at J.P. Morgan",
    "Mostafa K. Hassan",
    "O.West.The Phase, No.3",
    "U.S. dollars, D.C.",
    "ready by 5 p.m. at the gate",
    "10% off @ 5.2M",
    "@5.2m or @ 3k",
    "a polka dot pattern, the red dot is on the map",
    "Villa · shop · 3 beds • net 120",
    "It is in Maadi. Me and my team like it.",
    "24/7, 1/2, and/or",
    "شقة في المعادي. عندي سؤال",
    "شقه بـ ٣.٥ مليون، ١٢٠ م.",
    "أول نقطة هي السعر، نقطة مهمة",
    "د. محمد، ش. التسعين",
    "3ayez sha2a fel ma3adi. fe 7aga tanya?",
    "a5er no2ta howa el se3r",
)


@pytest.mark.parametrize("text", LEADS_OUT)
def test_what_leads_out_is_found_and_removed(text):
    assert has_contacts(f"nice one {text} now")
    assert not has_contacts(without_contacts(f"nice one {text} now"))


@pytest.mark.parametrize("text", HARMLESS)
def test_abbreviations_figures_and_names_are_no_links(text):
    assert is_clean(text, known=(5.2e6, 3.5e6, 3000))


@given(st.text(), st.sampled_from(LEADS_OUT), st.text())
def test_nothing_around_a_link_hides_it(before, link, after):
    assert has_contacts(f"{before} {link} {after}")


@given(st.lists(st.sampled_from(HARMLESS), max_size=6))
def test_harmless_sentences_stay_harmless_together(sentences):
    assert not has_contacts("\n".join(sentences))


@given(
    st.lists(st.sampled_from([*"@.:/•·。 ([<", "dot", "دوت", "com", "www", "wa", "me", "a", "نقطة"])).map(
        "".join
    )
)
@example("دوت@dot")
@example("wwwwww.@")
def test_what_is_left_for_the_model_has_no_contacts(text):
    assert not has_contacts(without_contacts(text))
