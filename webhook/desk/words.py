"""What the desk says, in the agent's language: English here, Arabic in `words_ar`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import bidirectional

from webhook.desk.words_ar import ARABIC

ENGLISH: Mapping[str, str] = {
    "desk": "Desk",
    "skip": "Skip to the conversation",
    "skip.list": "Skip to the list",
    "language.other": "العربية",
    "signed_in": "Signed in as {name}",
    "sign_out": "Sign out",
    "keys": "Keys",
    # signing in
    "login.title": "Sign in to the desk",
    "login.name": "Your name",
    "login.name_hint": "Colleagues see it, customers do not.",
    "login.password": "Password",
    "login.go": "Sign in",
    "login.wrong": "This name and this password do not belong together.",
    "login.slow": "Too many wrong passwords. Try again in {wait}.",
    # faults
    "fault.title": "This did not work",
    "fault.away": "The store is away. Nothing was posted; try again in a moment.",
    "fault.form": "This page was too old. Please try again.",
    "fault.gone": "Nothing is kept of this conversation: it was forgotten, or its time is over.",
    "fault.unknown": "There is no such page.",
    "fault.rank": "Only a supervisor may do this.",
    "fault.fault": "A fault of ours. It is in the log.",
    "back_to_list": "Back to the list",
    # the list
    "list": "Conversations",
    "tab.waiting": "Waiting",
    "tab.assistant": "Assistant",
    "tab.quiet": "Quiet",
    "tab.closed": "Closed",
    "empty.waiting": "Nobody waits for a person.",
    "empty.waiting.more": "A conversation appears here as soon as somebody asks for one.",
    "empty.assistant": "The assistant talks to nobody just now.",
    "empty.quiet": "No quiet conversations.",
    "empty.closed": "No closed conversations.",
    "empty.search": "Nothing found for “{query}”.",
    "cut.waiting": "{total} wait; these are the {shown} that wait longest.",
    "cut.recent": "Only the most recent conversations are listed. Search by number to find others.",
    "cut.search": "The search stopped early: there may be more. Give more digits of the number.",
    "search": "Search",
    "search.hint": "Number, name or text",
    "search.results": "Found for “{query}”",
    "search.clear": "Clear the search",
    "scope.all": "All lines",
    "scope.own": "Main line",
    "scope": "Line",
    "waits": "Waits",
    "unanswered": "Messages since the last answer: {count}",
    "you": "You",
    "nothing_said": "Nothing was said yet",
    "held.you": "You are answering",
    "held.other": "{name} is answering",
    "held.phone": "Answered from the business phone",
    "held.nobody": "Nobody has taken it yet",
    "held.assistant": "The assistant answers",
    "held.quiet": "Quiet: the assistant answers when the customer writes",
    "held.closed": "Closed: the next message begins anew",
    "pick": "Choose a conversation",
    "pick.more": "Or press j and k to go through the list.",
    # the conversation
    "transcript": "What was said",
    "who.user": "Customer",
    "who.assistant": "Assistant",
    "who.agent": "Agent",
    "who.phone": "Business phone",
    "pending.message": "not yet read by the assistant",
    "pending.answer": "on its way",
    "said.cut": "longer than WhatsApp allows: the rest is not kept",
    "state.queued": "waits to be sent",
    "state.unknown": "sent, but nobody knows whether it arrived",
    "state.sent": "sent",
    "state.delivered": "delivered",
    "state.read": "read",
    "state.failed": "not sent",
    "state.cancelled": "not sent: a person had taken over",
    "window.open": "Free-form answers until",
    "window.closed": "Closed for free-form answers since",
    "window.never": "The customer has not written yet, so nothing free-form may be sent.",
    "opted_out": "The customer asked for silence: nothing may be sent until START.",
    # actions
    "act.take_over": "Take over",
    "act.take_over_from": "Take over from {name}",
    "act.answer": "Answer",
    "act.answer_back": "Answer and hand back",
    "act.hand_back": "Hand back",
    "act.close": "Close",
    "act.forget": "Forget",
    "act.close.sure": "Close this conversation? The next message of the customer begins a new one.",
    "act.close.go": "Yes, close it",
    "act.forget.sure": "Everything that is kept of this customer on this line is removed: the session, what was said, what is "
    "known, what waits, the opt-out, events and dead letters. It cannot be undone. Logs and backups are not touched.",
    "act.forget.go": "Yes, forget this customer",
    "act.more": "More",
    "answer.label": "Your answer",
    "answer.hint": "Write to the customer",
    "answer.none": "Write something first.",
    "answer.long": "WhatsApp takes 4,096 characters at most; these are {count}.",
    "answer.keys": "Ctrl Enter sends",
    "no_answer.gone": "This conversation is closed. The next message of the customer begins a new one.",
    "no_answer.state": "The assistant has this conversation. Take it over to answer.",
    "no_answer.held": "{name} is answering. Take it over to answer yourself.",
    "no_answer.window": "More than 24 hours have passed since the customer wrote: WhatsApp allows no free-form answer until "
    "the customer writes again.",
    "no_answer.opted_out": "The customer asked for silence. Nothing may be sent until the customer writes START.",
    # what became of an action
    "outcome.pending": "On its way: {deed}",
    "outcome.done": "Done: {deed}",
    "outcome.declined.take_over": "You did not get the conversation.",
    "outcome.declined.answer": "Your answer was not sent.",
    "outcome.declined.hand_back": "It was not handed back.",
    "outcome.declined.close": "It was not closed.",
    "outcome.declined.forget": "Nothing was forgotten.",
    "outcome.draft": "Your text is still in the box.",
    "declined.gone": "The conversation is closed, or nothing is kept of it any more.",
    "declined.state": "The conversation is not waiting for a person.",
    "declined.held": "Somebody else has taken it meanwhile.",
    "declined.held_by": "{name} has it.",
    "declined.window": "The customer wrote more than 24 hours ago.",
    "declined.opted_out": "The customer asked for silence.",
    "declined.failed": "A fault of ours; it is kept as a dead letter.",
    # lines between the bubbles
    "note.take_over": "{by} took over",
    "note.answer": "{by} answered",
    "note.hand_back": "{by} handed back to the assistant",
    "note.close": "{by} closed the conversation",
    "note.forget": "{by} asked to forget the customer",
    "note.echo": "Written from the business phone",
    "note.time_out": "Nobody answered in time; the customer was told",
    "note.nothing": "came to nothing",
    "tried.take_over": "{by}’s takeover",
    "tried.answer": "{by}’s answer",
    "tried.hand_back": "{by}’s handing back",
    "tried.close": "{by}’s closing",
    "tried.forget": "{by}’s forgetting",
    "tried.echo": "What was written from the business phone",
    "tried.time_out": "Telling the customer that nobody is free",
    "note.pending": "on its way",
    "note.escalated": "The assistant asks for a person",
    "note.closed": "Closed",
    "note.consent.out": "The customer asked for silence",
    "note.consent.in": "The customer wants to be written to again",
    "note.limited": "Messages above the limit, not answered",
    "note.cancelled": "A reply of the assistant was not sent: a person had taken over",
    "note.idle": "The customer went quiet",
    "note.lapsed": "Closed after a long silence",
    # what is known
    "known": "About the customer",
    "known.number": "Number",
    "known.name": "Profile name",
    "known.member": "Member",
    "known.role": "Role",
    "known.language": "Language",
    "known.intent": "Intent",
    "known.line": "Line",
    "known.channel": "Channel",
    "known.searches": "Searches",
    "known.since": "In this conversation since",
    "known.until": "Kept until",
    "known.results": "{count} found",
    "fact.purpose": "Purpose",
    "fact.property_type": "Type",
    "fact.location": "Place",
    "fact.budget": "Budget",
    "fact.budget_min": "Budget from",
    "fact.bedrooms": "Bedrooms",
    "fact.bathrooms": "Bathrooms",
    "fact.area": "Area",
    "fact.urgency": "Urgency",
    "fact.payment_method": "Payment",
    "language.en": "English",
    "language.ar": "Arabic",
    "language.franco": "Franco-Arabic",
    # live
    "live.on": "Live",
    "live.polling": "Every few seconds",
    "live.off": "Not connected",
    "noscript": "Without JavaScript this page shows what is new when you reload it.",
    "signed_out": "You have been signed out. Your text is kept in this tab.",
    "key.search": "search",
    "key.next": "next conversation",
    "key.previous": "previous conversation",
    "key.reply": "go to the answer",
    "key.take": "take over",
    "key.send": "answer",
    "key.send_back": "answer and hand back",
    "key.help": "show this",
    "close_help": "Got it",
    "now": "now",
    "seconds": "{count} s",
    "minutes": "{count} min",
    "hours": "{count} h",
    "days": "{count} d",
}
LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ar": ARABIC}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str

    @property
    def direction(self) -> str:
        """Which way it is written: "ltr" or "rtl"."""
        return "rtl" if self.language == "ar" else "ltr"

    @property
    def other(self) -> str:
        """The language to switch to."""
        return "en" if self.language == "ar" else "ar"

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence with its values put in; a key that is none stands for itself."""
        found = LANGUAGES[self.language].get(key)
        if found is None:
            return key
        return found.format(**{name: self._isolated(value) for name, value in values.items()})

    def wait(self, seconds: int) -> str:
        """Return how long somebody must wait, never less than it is."""
        return self("seconds", count=seconds) if seconds < 60 else self("minutes", count=-(-seconds // 60))  # noqa: PLR2004  (a minute)

    def duration(self, minutes: int) -> str:
        """Return a duration as short as a badge."""
        if minutes < 1:
            return self("now")
        if minutes < 60:  # noqa: PLR2004  (an hour)
            return self("minutes", count=minutes)
        hours = minutes // 60
        return self("hours", count=hours) if hours < 48 else self("days", count=hours // 24)  # noqa: PLR2004  (two days)

    def _isolated(self, value: object) -> object:
        """Return a name so that its own direction of writing does not spill over into the sentence around it."""
        against = ("L",) if self.direction == "rtl" else ("R", "AL")
        if isinstance(value, str) and any(bidirectional(letter) in against for letter in value):
            return f"\u2068{value}\u2069"
        return value
