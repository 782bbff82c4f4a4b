"""What a message does, in words that no example of the documentation has; and what only looks like it."""

import pytest

from worker.assistants.understanding.message import understand

HEARD = {
    "handoff": [
        "could a lady telephone me",
        "put me through to one of your colleagues",
        "call me please I do not want to type",
        "هاتلي حد افهم منه",
        "مفيش بني ادم اكلمه؟",
        "وديني لحد من المبيعات",
        "hatly 7ad afham meno",
        "kallemouni pls msh ba3raf akteb",
    ],
    "complaint": [
        "nobody has called me back since Sunday",
        "stop wasting people's time",
        "المندوب ما جاش في ميعاده",
        "الصور طلعت كدب",
        "ento betday3o wa2t el nas",
        "5edmetko wa7sha awy",
    ],
    "bot": ["are you an actual human", "انت ذكاء صناعي", "da rad otomatik wala eh"],
    "back": ["you carry on instead", "مش عايز استنى الموظف", "5alas kamel enta", "خلينا مع بعض انا وانت"],
    "acknowledge": ["roger that", "كله تمام", "mashy el 7al", "okok"],
    "goodbye": [
        "we'll think about it",
        "I'll call when I am back",
        "gotta run",
        "هفكر وارجعلك",
        "يلا سلام",
        "yalla salam",
        "hashof w akalemko",
    ],
    "owner": [
        "i have a villa i want to get rid of",
        "I own a shop in Nasr City and I'd like a tenant",
        "my mum wants to sell her apartment",
        "معايا شقة للبيع",
        "والدي عايز يبيع ارضه",
        "3andy villa 3ayez a3redha",
    ],
    "notify": [
        "keep an eye out for me",
        "shout when there's a new one",
        "حطني في بالك لو جه حاجة",
        "5abarny law etwafaret wa7da",
    ],
    "visit": [
        "could we both come Friday",
        "can somebody show me around the flat tomorrow",
        "ابعتلي حد يوريهالي",
        "7ad yefarragny 3aleha",
    ],
    "compare": ["help me choose between them", "حطهملي جنب بعض", "محتار بين الاتنين", "tensa7ny b eh fehom"],
    "cheapest": [
        "which is the lowest",
        "order them by price",
        "ايه اوفر واحدة",
        "meen fehom se3raha el a2al",
    ],
    "ask_bathrooms": [
        "does it have two bathrooms or one",
        "هي بحمام واحد ولا اتنين",
        "heya 7amam wa7ed wala etnen",
    ],
    "ask_floor": ["is it high up", "دورها عالي ولا واطي"],
    "ask_delivery": ["when will they hand it over", "جاهزة للسكن ولا لسه", "hatestelem sanet kam di"],
    "ask_payment": ["over how many years", "على كام سنة", "can it be paid monthly"],
    "ask_pictures": ["got any snaps of it", "more photos", "momken sewar aktar"],
    "ask_available": ["is the second gone", "حد اخدها؟", "hya ma7gooza", "still avail?"],
    "ask_negotiable": [
        "any discount if I pay fast",
        "any chance of money off",
        "ينفع تنزلوا شوية",
        "el se3r da a5er 7aga",
    ],
    "business": ["what time do u open", "شغالين يوم الجمعة؟", "bta5do nesba kam"],
}
#: What looks like it, and says something else.
NOT_HEARD = {
    "handoff": [
        "no need to call me",
        "someone told me Zayed is nice",
        "can you connect me with an angel investor",
        "حد من صحابي ساكن هناك",
        "مش عايز حد يكلمني",
    ],
    "complaint": ["I don't care about the price", "mesh aktar men million", "مستني شقة في التجمع"],
    "bot": ["software people in hyderabad"],
    "goodbye": [
        "think bigger, 5 bedrooms",
        "I think about 3 million",
        "we'll think about it, but show me the pictures",
        "سلام عليكم",
    ],
    "owner": [
        "I have 3 million for a flat for sale",
        "i own a car so parking is needed",
        "my brother sells cars",
        "i rent my flat now but the landlord is selling so i need a new one",
        "عندي ٣ مليون",
        "sa7by 3andoh sha2a fe zayed w 3ayez zayaha",
    ],
    "visit": ["we visited Zayed last week and liked it", "عايز اشوف فيلات في زايد"],
    "compare": ["2 apartments next to each other in Nasr City"],
    "cheapest": ["a2al men 4 melyon", "low price villa in october"],
    "ask_bathrooms": ["apartment with 2 bathrooms", "شقة بحمامين في المعادي"],
    "ask_payment": ["متاح ليا ادفع ٢ مليون كاش"],
    "ask_negotiable": ["my price is not negotiable, max 3m", "something cheaper?"],
    "ask_where": ["any location is fine"],
}


def each(examples):
    return [pytest.param(act, text, id=f"{act}-{text}") for act, texts in examples.items() for text in texts]


@pytest.mark.parametrize(("act", "text"), each(HEARD))
def test_it_is_heard(act, text):
    assert act in understand(text, domain="property").acts


@pytest.mark.parametrize(("act", "text"), each(NOT_HEARD))
def test_what_looks_like_it_is_not_heard(act, text):
    assert act not in understand(text, domain="property").acts


def test_lowest_is_no_place():
    assert understand("the lowest priced one", domain="property").entities == {}
