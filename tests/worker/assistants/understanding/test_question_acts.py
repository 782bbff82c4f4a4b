"""Questions about what was shown, told from the conditions of a search."""

import pytest

from worker.assistants.understanding.message import understand

QUESTIONS = """
dearest: and the most expensive?|اغلى واحدة فيهم|el aghla
smallest: which is the smallest one|اصغر واحدة|el asghar
ask_price: price of 2 and 3
ask_where: is it near the beach
ask_each: how many rooms in both
ask_price: kam|كام؟
ask_price: الايجار ده كله ولا لكل واحد؟|what is the rent?|el egar kam
ask_other: والمقدم كام
ask_price: could i get the asking price pls|how much they asking?|دي عاملة كام|تمنها ايه دي|قولي سعر رقم ٢|كام دي؟
ask_price: والسعر؟|الفيلا دي هتكلفني كام|di b kam ya basha|3amla kam di|el se3r eh?|matloob feha kam
ask_bedrooms: rooms?|هي كام اوضة|عدد الاوض؟|heya kam oda
ask_bathrooms: any idea how many bathrooms|فيها حمامين؟|الحمامات كام|feha 7amamein wala wa7ed
ask_area: what's the size in meters|sq meters?|how spacious is it|كام متر دي|المساحة؟|el masa7a kam|kam metr?
ask_floor: which level is that flat|is it ground floor?|الشقة في الدور الكام|دور كام؟|dor kam di|fe anhy dor
ask_delivery: when do I get the keys|whats the handover date|is it finished or still being built|هستلم امتى
ask_delivery: جاهزة ولا لسه تحت الانشاء|estelamha emta|gahza 3ala el sakan?
ask_payment: what are the payment terms|how many years can i pay over|whats the dp|do they take a mortgage
ask_payment: القسط كام في الشهر|بيتدفع ازاي|على كام سنة التقسيط|el 2est kam|nezam el daf3 eh|yenfa3 cash bas?
ask_where: whereabouts is that|what's the exact location of number 2|is it close to the ring road?|near what?
ask_where: مكانها بالظبط فين|في انهي شارع|قريبة من ايه|fein el makan da|el 3enwan law sama7t|anhy 7ay
ask_finishing: is it finished or core and shell?|does it come furnished|تشطيبها عامل ازاي|فيها عفش؟|feha farsh?
ask_finishing: el tashteeb eh
ask_pictures: show me what it looks like|pics?|can u send some more photos of number 2|وريني صورها
ask_pictures: عايز صور للشقة من جوه|مفيش صور؟|ab3atli sowar tanya|feen el sowar
ask_available: is number 2 gone already|hasn't it been taken|الشقة دي لسه موجودة ولا راحت|متاحة امتى|lesa fadya?
ask_negotiable: can you do better on the price|any wiggle room on the price?|whats the least they would take
ask_negotiable: السعر ده نهائي؟|ممكن تكرمونا في السعر|mafeesh ta5feed?
ask_other: is it sea view?|does the building have a lift|are dogs ok|is the kitchen included|بتطل على ايه|فيها تكييف؟
ask_other: العمارة فيها اسانسير ولا لا|feha balcona?|3andaha mokayef?|is it gated
per_metre: so how much a meter is that|المتر طالع بكام|el metr tala3 be kam
cheapest: show me the least expensive|اقل سعر فيهم ايه|a2al se3r fihom kam|مين ارخص واحدة
biggest: which has the most space|اوسع واحدة|meen akbar mesa7a
compare: difference between 2 & 5?|which of the two is better value|ايه اللي يفرق التانية عن الاولى|قارن الاتنين
compare: el oula a7san wala el tanya
ask_details: tell me about the third|i want to know more about it|describe number 2|كل التفاصيل عن رقم ٢
ask_details: 2olly tafaseel aktar
ask_other: does the first have a garden view?|how far is it from the beach?|how much is that in dollars?|العائد كام
ask_delivery: And would it be ready to move into this year?
ask_floor: Could you please tell me on which floor the first one is? My knees are bad.
ask_price: el egar fel sana wala fel shahr|is that per month?
per_metre: se3r el metr fe kol wa7da?|سعر المتر في كل واحدة كام
ask_each: which has parking?|بكام كل واحدة فيهم|kol wa7da bkam
ask_price: what do they want for it?|how much is number 2|whats the price of the first one|price pls
ask_price: how much rent per month?|سعرها كام؟|السعر كام لو سمحت|بكام دي؟|كام سعر التالتة|عايز اعرف السعر|bekam di?
ask_price: se3rha eh|el tanya bekam|ya3ni kam el se3r?
ask_bedrooms: how many bedrooms does it have|كام اوضة؟|فيها كام غرفة نوم|kam oda fiha|number of rooms?
ask_bathrooms: does it have 2 bathrooms or 1|how many toilets|فيها كام حمام؟|fiha kam 7ammam|3adad el 7ammamat kam
ask_area: how big is it?|what's the area|كام متر؟|مساحتها قد ايه|mesa7etha kam|size?|kam metr de
ask_area: how many square meters is the second
ask_floor: which floor is it on?|الدور الكام؟|في الدور الكام دي|fel dor el kam|hya dor kam|what storey is the flat
ask_floor: floor?
ask_delivery: when can I move in?|when is handover|هتتسلم امتى؟|امتى الاستلام|hatetsallem emta|is it ready?
ask_delivery: gahza wala lesa|التسليم سنة كام|delivery date?
ask_payment: can I pay in installments?|is there a payment plan|المقدم كام؟|بالتقسيط ولا كاش؟|ينفع تقسيط؟
ask_payment: el mo2adam kam|fe ta2seet?|cash or installments?|how many years installments|نظام السداد ايه
ask_where: where is it exactly?|where's the second one|فين؟|مكانها فين|feen di|el makan feen bezabt|address?
ask_where: which compound is it in|ابعت اللوكيشن|what street is it on|send me the location
ask_finishing: is it furnished?|التشطيب ايه؟|متشطبة ولا على الطوب؟|metshataba wala eh|what is the finishing like
ask_finishing: مفروشة؟
ask_pictures: any photos?|can I see pictures|pictures please|عندك صور ليها|ممكن صور|3ayez ashoof sowar|fe sowar?
ask_pictures: can you send me a video of the apartment
ask_available: is it still available?|available?|لسه متاحة؟|اتباعت ولا لسه|lessa mawgooda wala etba3et
ask_available: has it been sold
ask_negotiable: is there any discount|فيه تفاوض؟|اخر سعر كام|السعر قابل للتفاوض؟|fe 5asm?|can they go lower
ask_negotiable: what's the best price you can do|would the owner accept 3.5 million|a5er kalam kam
ask_other: does it have parking?|فيه اسانسير؟|fiha asanseer?|what's the view|الفيو ايه|how much is the maintenance
ask_other: الصيانة كام|is there a garden|are pets allowed?|فيها جنينة؟|fe garage?|is there natural gas|betbos 3ala eh
per_metre: how much per meter?|سعر المتر كام|المتر بكام|el metr b kam|price per square meter
cheapest: which one is the cheapest?|انهي ارخص|ارخص واحدة فيهم|الارخص بكام|anhy ar5as|el ar5as fihom
cheapest: the cheapest one please
biggest: which is the biggest|اكبر واحدة فيهم|anhy akbar
compare: compare 2 and 4|what is the difference between the first and the third|ايه الفرق بين الاولى والتانية
compare: قارن بين 1 و 3|el far2 ben 1 w 2|which one is better, 1 or 3?|مين احسن الاولى ولا التالتة|الاولى ولا التانية؟
ask_details: more details please|tell me more about the second|تفاصيل التانية|ممكن تفاصيل اكتر|tafaseel el oula
ask_details: 3ayez ma3lomat aktar 3anha
"""
CONDITIONS = """
any 3 bedroom in maadi|what do you have in zayed|do you have villas with pool
is there an apartment in dokki for 2 million|can i find a studio for 8000|عندكم شقق في المعادي
فيه فيلا في التجمع بحمام سباحة|عايز شقة دور ارضي بجنينة|شقة قريبة من المترو|3ayez sha2a 2areeba men el metro
fe sha2a lel egar fe dokki|budget 3 million cash|around 150 meters|الميزانية ٥ مليون كاش|delivery in 2026|تسليم ٢٠٢٦
with elevator please|second floor or higher|two bathrooms at least|furnished only|متشطبة|مش مهم التشطيب
price does not matter|something cheaper|a bigger one please|number 2|رقم ٣|el tanya|thank you so much
i will think about it|what can you do|who are you|can I come on Friday at 5?|ممكن اشوفها بكرة|do you charge commission
what are your working hours|i'm selling my flat in Dokki
3 bedrooms|apartment in maadi 2 bathrooms|up to 4 million|price under 3m|villa with garden in zayed
apartment with parking and elevator in nasr city|شقة ٣ غرف في التجمع|شقة بجنينة في الرحاب|عايز شقة تشطيب كامل|مفروشة
شقة مفروشة للايجار|sha2a mafroosha|ارخص|ar5as mn keda|حاجة ارخص شوية|cheaper please|bigger one|اكبر من كده
ready to move apartments in new cairo|installments|تقسيط|cash|ground floor apartment|دور ارضي|دورلي على شقة في المعادي
show me villas in zayed|i want to see the second one tomorrow|عايز اعاين التانية|where are you located?
where is your office|فين مكتبكم|hi|thanks|ok|120 metres|apartment 150 sqm|شقة ١٥٠ متر|the first one|التانية|more
notify me when the price drops|لو السعر نزل عرفني|near the metro in maadi|with sea view|maximum budget 5 million cash
2 rooms or 3|غرفتين او ٣|I can pay 1 million down payment|بدفع مقدم مليون|what do you have in Heliopolis
do you have offices for rent in maadi|i need delivery this year|not too big|two rooms, one bathroom
"""
ABOUT_MEMBERS = """
ask_work: what does she do?|what is his specialty|بيشتغل ايه؟|تخصصها ايه|beyeshtaghal eh
ask_organisation: which company is he with|where does she work|شركة ايه|sha8al feen
ask_where: where is he|which city is she in|هو فين|howa feen
"""


def each(lines):
    """Return each act of a table with each of its sentences."""
    told = [line.split(": ", 1) for line in lines.strip().splitlines()]
    return [(act, sentence) for act, sentences in told for sentence in sentences.split("|")]


def asked(text, domain="property"):
    return {act for act in understand(text, domain=domain).acts if act in ASKING}


ASKING = {act for act, _ in [*each(QUESTIONS), *each(ABOUT_MEMBERS)]}


@pytest.mark.parametrize(("act", "text"), each(QUESTIONS))
def test_a_question_is_understood_in_any_words(act, text):
    assert act in asked(text)


@pytest.mark.parametrize(("act", "text"), each(ABOUT_MEMBERS))
def test_a_question_about_a_member(act, text):
    assert act in asked(text, domain="member")


@pytest.mark.parametrize(
    "text", [text for line in CONDITIONS.strip().splitlines() for text in line.split("|")]
)
def test_a_condition_of_a_search_is_no_question(text):
    assert asked(text) == set()


def test_several_questions_in_one_message_are_all_heard():
    assert {"ask_floor", "ask_where", "ask_price"} <= asked("which floor, where exactly, and how much is it?")
    assert {"ask_area", "ask_bathrooms"} <= asked("مساحتها كام وفيها كام حمام؟")


@pytest.mark.parametrize(
    ("superlative", "comparative"), [("الارخص", "ارخص"), ("el ar5as", "ar5as"), ("انهي ارخص", "ارخص من كده")]
)
def test_the_cheapest_is_one_of_those_and_cheaper_is_another(superlative, comparative):
    assert "cheapest" in asked(superlative)
    assert "cheapest" not in asked(comparative)


def test_the_second_is_pointed_at_after_an_and():
    assert understand("قارن بين الاول والتاني", domain="property").pointed == (1, 2)
    assert understand("عايز حاجة تاني", domain="property").pointed == ()


@pytest.mark.parametrize("text", ["التانية دور كام", "el tanya dor kam"])
def test_with_an_article_the_second_is_a_record_and_no_floor(text):
    assert understand(text, domain="property").pointed == (2,)


@pytest.mark.parametrize("text", ["the second floor", "تاني دور", "tany dor"])
def test_the_second_floor_is_no_record(text):
    assert understand(text, domain="property").pointed == ()


def test_a_question_mark_asks_only_about_what_is_said_before_it():
    assert "ask_other" in asked("garden?")
    assert "ask_other" not in asked("a flat with garden in Maadi, do you understand me?")


def test_an_english_word_is_no_franco_arabic_one_without_its_ending():
    assert "ask_where" not in asked("find electricians")  # "fin" would be "feen"


@pytest.mark.parametrize(
    "text",
    [
        "how do we register the villa?",
        "what are the steps to register an apartment",
        "ايه اجراءات نقل الملكيه",
        "ezay asagel el sha2a fel shahr el 3a2ary",
        "what documents are needed for buying",
        "do you have a branch in Zayed?",
        "3andoko far3 fe october?",
        "المكتب بيفتح الجمعه؟",
        "el maktab fate7 yom el sabt?",
        "el maktab btaako fat7 el gom3a?",
    ],
)
def test_a_question_about_the_business_seeks_nothing_that_it_names(text):
    understood = understand(text, domain="property")

    assert "business" in understood.acts
    assert (understood.intent, understood.entities) == ("other", {})


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("villa in zayed, what is your commission", {"propertyType", "location"}),
        ("I want a villa, and what is your commission?", {"propertyType"}),
        ("looking for a shop for a new branch in Maadi, do you have one?", {"propertyType", "location"}),
        ("office for rent in fifth settlement", {"propertyType", "purpose", "location"}),
        ("شقه مسجله في الشهر العقاري في مدينه نصر", {"propertyType", "location"}),
    ],
)
def test_what_is_sought_beside_such_a_question_or_in_its_words_is_still_sought(text, slots):
    understood = understand(text, domain="property")

    assert understood.intent == "find_property"
    assert understood.entities.keys() == slots


@pytest.mark.parametrize(
    "text",
    [
        "I'll give u 2.2 for the first one cash, deal?",
        "can I offer 3.5 million for it",
        "عرضي ٢ مليون للاولي",
        "hadeek 2 melyon fe el awla",
        "law dafa3t kash tenazelo kam",
    ],
)
def test_an_offer_asks_whether_the_price_is_negotiable_and_is_no_budget(text):
    understood = understand(text, domain="property")

    assert "ask_negotiable" in understood.acts
    assert "budget" not in understood.entities


@pytest.mark.parametrize("text", ["اللي ب ٢٠ الف مساحته كام", "مساحتها كام", "mesa7etha kam"])
def test_a_size_is_asked_for_also_of_one_that_is_meant_by_its_price(text):
    assert "ask_area" in understand(text, domain="property").acts
