"""The few sentences that the system itself says to a customer, in the customer's language. Pure."""

from datetime import timedelta
from math import ceil

_MESSAGES = {
    "en": "You have sent a lot of messages. Please try again in {wait}.",
    "ar": "لقد أرسلت رسائل كثيرة. من فضلك حاول مرة أخرى بعد {wait}.",
    "franco": "ba3att rasayel keteer awy. men fadlak garrab tany ba3d {wait}.",
}
_SEARCHES = {
    "en": "You have used all your searches for now. Please try again in {wait}.",
    "ar": "لقد استخدمت كل عمليات البحث المتاحة الآن. من فضلك حاول مرة أخرى بعد {wait}.",
    "franco": "esta5demt kol el searches delwa2ty. men fadlak garrab tany ba3d {wait}.",
}
_WELCOME_BACK = {
    "en": "Welcome back. You will get answers from us again; write STOP to end them.",
    "ar": "أهلًا بعودتك. ستصلك ردودنا من جديد؛ اكتب STOP لإيقافها.",
    "franco": "ahlan bek tany. hanrod 3alek men delwa2ty; ekteb STOP 3ashan newa2af.",
}
_MEMBERS_ONLY = (
    "This service is for members only, and your number is not in our directory. "
    "Please ask your organisation to add it.\n\n"
    "هذه الخدمة للأعضاء فقط، ورقمك غير مسجل لدينا."
)
_APOLOGY = {
    "en": "Sorry, something went wrong on our side and we could not answer. Please write to us again.",
    "ar": "عذرًا، حدث خطأ من جانبنا ولم نتمكن من الرد. من فضلك اكتب لنا مرة أخرى.",
    "franco": "ma3lesh, 7asal moshkela 3andena we ma3refnash nerod. men fadlak ekteblena tany.",
}
_A_PERSON = {
    "en": "A colleague will answer you here.",
    "ar": "سيرد عليك أحد زملائنا هنا.",
    "franco": "7ad men zomalana hayrod 3alek hena.",
}
_NOBODY_FREE = {
    "en": "Sorry, none of us is free at the moment. ",
    "ar": "عذرًا، لا يوجد أحد متاح من فريقنا الآن. ",
    "franco": "ma3lesh, mafeesh 7ad fady delwa2ty. ",
}
_AWAITED = {
    "en": "Your message is with our team",
    "ar": "رسالتك وصلت لفريقنا",
    "franco": "resaltak weslet le fare2na",
}
_ANSWERS = {
    "en": ", and somebody will answer you here {when}.",
    "ar": "، وهيرد عليك حد هنا {when}.",
    "franco": ", we 7ad hayrod 3alek hena {when}.",
}
_WRITE_BACK = {
    "en": ' To go on with the assistant, write "back".',
    "ar": " لو حابب تكمل مع المساعد الآلي، اكتب «رجوع».",
    "franco": ' law 7abeb tekammel ma3 el assistant, ekteb "back".',
}
#: WhatsApp shows 20 characters of a button.
_BACK_BUTTON = {"en": "Back to assistant", "ar": "ارجع للمساعد", "franco": "Erga3 lel assistant"}
_HERE_AGAIN = {
    "en": "I am here again. What can I do for you?",
    "ar": "أنا معاك تاني. أقدر أساعدك في إيه؟",
    "franco": "ana ma3ak tany. a2dar asa3dak fe eh?",
}
_BACK = {
    "en": "You can go on here with the assistant, and ask for a person again at any time.",
    "ar": "يمكنك المتابعة هنا مع المساعد الآلي، وطلب التحدث إلى شخص في أي وقت.",
    "franco": "momken tekammel hena ma3 el assistant, we totlob tekallem 7ad fe ay wa2t.",
}
_STAYS = {
    "en": "Your messages are kept, and you will get an answer here.",
    "ar": "رسائلك محفوظة، وستصلك الإجابة هنا.",
    "franco": "rasayelak ma7fooza, we hanrod 3alek hena.",
}


def too_many_messages(language: str | None, wait_for: timedelta) -> str:
    """Return the refusal of a message above the limit; it says when to try again."""
    return _in(_MESSAGES, language).format(wait=_minutes(language, wait_for))


def too_many_searches(language: str | None, wait_for: timedelta) -> str:
    """Return the refusal of a search above the limit; it says when to try again."""
    return _in(_SEARCHES, language).format(wait=_minutes(language, wait_for))


def welcome_back(language: str | None) -> str:
    """Return what is said to a customer who has opted in again."""
    return _in(_WELCOME_BACK, language)


def members_only() -> str:
    """Return what a stranger is told; nothing is known of a stranger's language."""
    return _MEMBERS_ONLY


def apology(language: str | None) -> str:
    """Return what is said when the messages of a turn had to be given up."""
    return _in(_APOLOGY, language)


def a_person_answers(language: str | None) -> str:
    """Return what is said once when a person answers from now on."""
    return _in(_A_PERSON, language)


def awaited(language: str | None, when: str | None) -> str:
    """Return the acknowledgement of a message that waits for a person; `when` is None if the customer knows that."""
    answers = "." if when is None else _in(_ANSWERS, language).format(when=when)
    return _in(_AWAITED, language) + answers + _in(_WRITE_BACK, language)


def back_button(language: str | None) -> str:
    """Return the title of the button that brings the assistant back."""
    return _in(_BACK_BUTTON, language)


def here_again(language: str | None) -> str:
    """Return what is said to a customer who has brought the assistant back, and has asked nothing."""
    return _in(_HERE_AGAIN, language)


def nobody_free(language: str | None, *, stays: bool) -> str:
    """Return what a customer is told for whom no agent was free in time; `stays` if one will still answer."""
    return _in(_NOBODY_FREE, language) + _in(_STAYS if stays else _BACK, language)


def _in(sentences: dict[str, str], language: str | None) -> str:
    return sentences.get(language or "en", sentences["en"])


def _minutes(language: str | None, wait_for: timedelta) -> str:
    """Return whole minutes, rounded up, at least one, with the noun in its number."""
    count = max(1, ceil(wait_for.total_seconds() / 60))
    if language == "ar":
        return _arabic_minutes(count)
    if language == "franco":
        return "de2i2a" if count == 1 else f"{count} de2i2a"
    return "1 minute" if count == 1 else f"{count} minutes"


def _arabic_minutes(count: int) -> str:
    """Return minutes as Arabic counts them: one, a dual, a plural from 3 to 10, then the singular again."""
    match count:
        case 1:
            return "دقيقة واحدة"
        case 2:
            return "دقيقتين"
        case _ if count <= 10:  # noqa: PLR2004  (grammar, not a setting)
            return f"{count} دقائق"
    return f"{count} دقيقة"
