"""Owners, questions about the business, and wishes to be told later, as customers write them."""

import pytest

from worker.assistants.understanding.handoff import wants_human
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.vocabulary import read

OWNERS = [
    "I'm selling my apartment in Dokki",
    "we want to sell our villa in Katameya, can you help",
    "hello, i would like to sell a flat 120m in nasr city",
    "I'd like to rent out my flat in Maadi",
    "looking for tenants for my studio",
    "can you list my house for sale",
    "need to sell quickly, 3 bedrooms heliopolis",
    "عايز ابيع شقتي",
    "محتاج ابيع فيلا في الشيخ زايد بسرعة",
    "ممكن تبيعولي شقة في المهندسين؟",
    "عايز أأجر شقتي مفروش",
    "عندي محل في الدقي وعايز ااجره",
    "بدور على مستأجر لشقتي",
    "عايز اعرض شقتي للبيع",
    "3ayez a2agar sha2ty mafroosha",
    "3awez abi3 sha2a fel mohandeseen",
    "e7na 3ayzeen nebee3 el villa bta3etna",
    "3andy sha2a w 3ayez a2agarha",
    "momken tebe3oly sha2ty",
    "I have a villa in Zayed for rent",
    "I own a studio and need a tenant",
    "عندي ارض في الشروق للبيع",
    "3andy maktab w 3ayez a2agaro",
    "عايز اعرض فيلا معاكم",
]
NO_OWNERS = [
    "I want to buy",
    "is there an owner's association",
    "from the owner directly",
    "do you sell apartments in Zayed?",
    "apartments for sale in Maadi",
    "what is the selling price",
    "I want to rent an apartment for my family",
    "who is selling it",
    "I don't want to sell, I want to buy",
    "my budget is 3 million",
    "my home is too small, I need a bigger one",
    "شقة للبيع في المعادي",
    "عايز اشتري من المالك مباشرة",
    "عايز أأجر شقة في مدينة نصر",
    "بتبيعوا شقق تمليك؟",
    "3ayez sha2a lel bee3",
    "3ayez a2agar sha2a fel maadi",
    "men el malek 3ala tool",
    "I rent my flat now but the landlord is selling it",
    "اعرض عليا شقق للبيع",
    "عندي ميزانية ٥٠٠٠ وعايز أأجر شقة",
    "a villa for sale",
    "could you show me the list again",
    "sha2a lel bee3",
]
BUSINESS = [
    "how much is your commission?",
    "where is your office",
    "what papers do I need",
    "do you take a deposit",
    "when do you close",
    "عمولتكم كام",
    "انتو فين",
    "ايه الورق المطلوب",
    "el samsara kam",
    "mawa3edko eh",
    "are you open on friday",
    "do you offer mortgages",
]
NOT_BUSINESS = [
    "an office in Maadi",
    "how much is the apartment",
    "where is it",
    "عايز مكتب ايجار",
    "فين الشقة",
    "sha2a fel maadi",
    "open view",
    "I already paid a deposit elsewhere",
]
NOTIFY = [
    "tell me when the price drops",
    "let me know if something new comes up",
    "notify me when you have villas in Zayed",
    "can you message me as soon as a 2 bedroom is available",
    "set an alert for this",
    "save this search",
    "call me when the price goes down",
    "بلغني لما السعر ينزل",
    "ابعتلي لو ظهر حاجة جديدة",
    "اول ما يبقى عندكم فيلا كلمني",
    "نبهني لو السعر اتغير",
    "عرفوني لو نزل جديد",
    "2oly lama el se3r yenzel",
    "law fe gedid eb3atly",
    "3arrafny awel ma yeegy 7aga gedida",
    "message me if you get any like it",
    "when the price goes under 4 million text me",
]
NOT_NOTIFY = [
    "tell me if you have a villa in Zayed",
    "when can I see it",
    "is there something new?",
    "let me know the price",
    "send me pictures",
    "a new apartment in Maadi",
    "call me",
    "قولي السعر كام",
    "ابعتلي صور",
    "عايز شقة جديدة",
    "2oly el se3r",
    "law sama7t eb3atly el sowar",
]
STOP = [
    "stop the alerts",
    "no more notifications please",
    "stop sending me",
    "I found one, thanks",
    "خلاص لقيت",
    "وقف التنبيهات",
    "مش عايز تنبيهات",
    "5alas la2et",
    "wa2af el alerts",
]


def acts_of(text: str) -> tuple[str, ...]:
    return understand(text, domain="property").acts


@pytest.mark.parametrize("text", OWNERS)
def test_an_owner_says_so(text):
    assert "owner" in acts_of(text)


@pytest.mark.parametrize("text", NO_OWNERS)
def test_whoever_looks_for_a_property_is_no_owner(text):
    assert "owner" not in acts_of(text)


@pytest.mark.parametrize("text", BUSINESS)
def test_a_question_about_the_business_is_known(text):
    assert "business" in acts_of(text)


@pytest.mark.parametrize("text", NOT_BUSINESS)
def test_what_is_about_a_property_is_no_such_question(text):
    assert "business" not in acts_of(text)


@pytest.mark.parametrize("text", NOTIFY)
def test_a_wish_to_be_told_later_is_no_wish_for_a_person(text):
    assert "notify" in acts_of(text)
    assert not wants_human(text)


@pytest.mark.parametrize("text", NOT_NOTIFY)
def test_what_is_asked_now_is_no_wish_to_be_told_later(text):
    assert "notify" not in acts_of(text)


@pytest.mark.parametrize("text", STOP)
def test_the_alerts_end_when_the_customer_says_so(text):
    acts = acts_of(text)
    assert "notify_stop" in acts
    assert "notify" not in acts


def test_the_words_about_the_business_have_no_name_of_another_concept():
    business = read("business.toml")
    assert not {name for name in business["concept"] if "." in name}
    assert {*business["roles"]} <= {*business["concept"]}
