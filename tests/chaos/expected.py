"""Retells every conversation from the events: who had it when, and which reply answers which message or is whose word.

It is the system's behaviour once more, in few words and from the outside: what an action must come to follows from
what agents and customers posted and from the order of the events, and whatever differs from that is noted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from session import phrases
from session.agent_actions import CAMPAIGN, SILENCING, AgentAction, AgentActionType
from session.conversations import conversation_of
from session.events import (
    NO_MARKETING,
    OPTED_OUT,
    ActionTaken,
    MessagesTaken,
    RepliesQueuedEarly,
    ReplyCancelled,
    ReplyFailed,
    ReplySent,
    SendInDoubt,
)
from session.spending import Whose
from session.timer_events import TimersRang
from tests.chaos.assistant import KILL, answer_to, asks_for_a_person, is_slow, word_before
from tests.chaos.consent import Heeded, heed
from tests.chaos.ledger import STOP, Act, Ledger, Post
from tests.chaos.options import Options
from tests.chaos.said import is_marketing
from tests.chaos.story import ACKNOWLEDGEMENT, Reply, Retold, Silencing, Story
from tests.chaos.timers import Changes, changes_in, is_timer, outcome_of
from tests.chaos.witness import Seen, place_of


def expected_story(options: Options, ledger: Ledger, seen: Seen) -> Retold:
    """Return what the events say."""
    stories = {name: Story(customer=name) for name in ledger.customers}
    told = Retold(options=options, ledger=ledger, seen=seen, stories=stories)
    by_conversation = {conversation_of(name): story for name, story in told.stories.items()}
    for place, record in enumerate(seen.events):
        story = by_conversation.get(record.conversation)
        if story is None:
            continue
        match record.event:
            case ActionTaken(action=AgentActionType.TIME_OUT) as event:
                _tell_timeout(story, event, place, told)
            case ActionTaken(action=AgentActionType.RING_TIMER) as event:
                _tell_load(story, event, record.at, told)
            case ActionTaken(action=AgentActionType.PREFERENCE) as event:
                story.no_marketing = story.no_marketing if event.declined else event.wish == "stop"
                story.wishes += [place] if story.no_marketing else []
            case ActionTaken() as event:
                _tell_action(story, event, place, told)
            case MessagesTaken(kinds=kinds) as event if is_timer(kinds):
                _tell_timer(story, event, place, told)
            case TimersRang(rang=names):
                if wrong := story.timers.ring(names, record.at):
                    told.untimely.append((story.customer, wrong))
            case MessagesTaken() as event:
                _tell_messages(story, event, place, told)
            case RepliesQueuedEarly(early=ids):
                story.early += len(ids)
                _queue(story, ids, [None] * len(ids), place, told)
            case ReplySent() | ReplyFailed() | ReplyCancelled() | SendInDoubt() as event:
                if event.delivery in told.replies:
                    _tell_delivery(told.replies[event.delivery], event, place, told)
    return told


@dataclass(slots=True, kw_only=True)
class _Meant:
    """What the messages of a turn must come to."""

    heeded: Heeded
    opened: list[Post]  #: what was open before, and is asked now
    given: list[Post]  #: to the assistant, as far as the limit allows
    limited: list[Post]  #: above it
    passed_on: bool  #: a person is asked for in the place of the assistant
    assists: bool  #: a person is awaited meanwhile
    words: list[str]  #: of the system, about the wait

    @property
    def questions(self) -> list[list[Post]]:
        """What the assistant is asked one by one: what was open, which was written in one go, then what is new."""
        ids = {post.id for post in self.opened}
        parts = ([post for post in self.given if (post.id in ids) is was_open] for was_open in (True, False))
        return [part for part in parts if part]

    def in_vain(self, event: MessagesTaken) -> bool:
        """Whether the assistant was not asked, or not listened to."""
        return event.interrupted or self.passed_on

    def answered(self, event: MessagesTaken) -> list[Post]:
        """Return the messages that are answered."""
        return [] if self.heeded.out or self.in_vain(event) else self.given


def _meaning(story: Story, event: MessagesTaken, posts: Sequence[Post], told: Retold) -> _Meant:
    heeded = heed(posts, out=story.out)
    used_up = _is_used_up(story, event, told)
    alone = story.waits and story.holder is None and not story.out and not used_up
    opened = _come_back(story, posts, heeded) if alone else []
    if list(event.asked) != [post.id for post in opened]:
        told.wrong.append((story.customer, f"open were {[post.id for post in opened]}: {event}"))
    assists = story.waits and alone and told.options.assist
    asked = heeded.asked if assists else [] if story.waits else [*opened, *heeded.asked]
    room = max(0, told.options.limit - len(story.answered))
    return _Meant(
        heeded=heeded,
        opened=opened,
        given=asked[:room],
        limited=[] if story.waits else asked[room:],
        passed_on=used_up and bool(asked[:room]) and not story.waits,
        assists=assists,
        words=_words_of_the_wait(story, event, heeded, asked[:room], told, alone=alone),
    )


def _tell_messages(story: Story, event: MessagesTaken, place: int, told: Retold) -> None:
    options, by_id = told.options, told.ledger.by_id
    posts = [by_id[id_] for id_ in event.received if id_ in by_id]
    ids = event.replied
    waited = story.waits
    meant = _meaning(story, event, posts, told)
    if waited and not story.waits:
        # The customer wants the assistant: an answer that came before is no takeover yet.
        story.given_back_at = _after(place, told)
    heeded, given, answered = meant.heeded, meant.given, meant.answered(event)
    person = meant.passed_on and not heeded.out
    late = _said_late(story, posts, answered, options)
    welcome = [None] * (heeded.welcomed + person + len(meant.words) + late)
    if story.early > max(1, len(meant.questions)) or (
        event.interrupted and story.waits and not meant.assists
    ):
        told.wrong.append((story.customer, f"said early: {story.early}, interrupted: {event}"))
    _count_replies(story, event, told, owed=len(answered) + len(welcome), limited=bool(meant.limited))
    _tell_consent(story, event, told, out=heeded.out)
    _tell_answer(story, event, told)
    _tell_plans(story, event, [] if meant.passed_on else given, told, out=heeded.out)
    wants = any(asks_for_a_person(post.text, options.person_of_100) for post in given)
    asks = meant.passed_on or (wants and not event.interrupted)
    if asks != (event.escalated is not None):
        told.wrong.append((story.customer, f"a person is {'' if asks else 'not '}asked for: {event}"))
    heard = [post for post in posts if post not in meant.limited]
    story.begin_anew()
    story.begun, story.wrote, story.fresh = True, True, False
    story.taken += [(post, place) for post in posts]
    story.heard += len(heard)
    story.said += [("user", post.text) for post in heard]
    _tell_kept(story, event, posts, meant)
    story.answered += given
    story.unheard += given if meant.in_vain(event) else []
    _tell_spent(story, event, given if meant.passed_on else [], told)
    story.interrupted += [place] if event.interrupted else []
    story.unsaid += given if heeded.out else []
    slow = options.slow_of_100
    _tell_words(story, given or posts, answered, meant, late=late, person=person, slow_of_100=slow)
    killers = [post for post in given if post.text == KILL and not meant.passed_on]
    story.given_up += killers
    if killers and len(posts) > 1:
        told.wrong.append((story.customer, f"given up with a message that kills: {event}"))
    _queue(story, ids, [*welcome, *answered, *[None] * len(ids)], place, told)
    story.out = heeded.out
    _tell_stops(story, posts, place)
    if asks:
        if not (story.waits or meant.passed_on):
            story.wait_ends()
        story.waits = story.asked = True


def _come_back(story: Story, posts: Sequence[Post], heeded: Heeded) -> list[Post]:
    """Let the assistant have the conversation again if the customer taps for it; return what is open then."""
    if not heeded.taps or any(post.text == STOP for post in posts):
        return []
    opened = story.open
    story.wait_ends()
    story.waits = story.asked = False
    return opened


def _words_of_the_wait(
    story: Story, event: MessagesTaken, heeded: Heeded, given: Sequence[Post], told: Retold, *, alone: bool
) -> list[str]:
    """Return what the system itself says: that the message waits for a person, or that the assistant is here again."""
    if heeded.out:
        return []
    if not story.waits:
        return [phrases.here_again(None)] if heeded.taps and not given else []
    due = alone and bool(heeded.asked) and not story.told
    # A worker of the last release acknowledges nothing, and does not keep that another one has.
    return [ACKNOWLEDGEMENT] if due and (event.replied or not told.options.old) else []


def _tell_kept(story: Story, event: MessagesTaken, posts: Sequence[Post], meant: _Meant) -> None:
    """Tell what is kept for agents, and which messages nobody has answered, after a turn."""
    given = meant.given
    if story.waits:
        story.kept += [post for post in posts if post not in given]
        story.asked = True
        story.told = story.told or bool(meant.words)
        answered = meant.answered(event)
        story.open = [post for post in (*story.open, *meant.heeded.asked) if post not in answered]
        return
    story.unasked += meant.heeded.unasked
    story.backs += len(meant.heeded.taps)
    story.kept = [post for post in story.kept if post not in meant.opened]
    if meant.in_vain(event):
        # Whoever has come, or is asked for, finds it open.
        story.open += [post for post in given if post not in story.open]
        story.told = False
    else:
        story.wait_ends()


def _tell_stops(story: Story, posts: Sequence[Post], place: int) -> None:
    stops = [post for post in posts if post.text == STOP]
    story.stops += [(post, place) for post in stops]
    story.silencings += [Silencing(by=post, place=place, at_once=True) for post in stops]


def _count_replies(story: Story, event: MessagesTaken, told: Retold, *, owed: int, limited: bool) -> None:
    """Compare how many replies a turn has queued with how many it owes; one more tells of a limit."""
    said = len(event.replied)
    if story.waits and said != owed:
        told.wrong.append((story.customer, f"the assistant answers, an agent has it: {event}"))
    elif said < owed or (said > owed and not limited):
        told.wrong.append((story.customer, f"{said} replies, {owed} are owed: {event}"))


def _is_used_up(story: Story, event: MessagesTaken, told: Retold) -> bool:
    """Return whether a person is asked for in the place of the assistant, since the budget of the customer is used up."""
    return 0 < told.options.budget <= story.spent and not event.interrupted


def _tell_spent(story: Story, event: MessagesTaken, passed_on: Sequence[Post], told: Retold) -> None:
    """Tell what a turn takes of the budget of its customer, and what a person was asked for since nothing is left."""
    if (event.budget == Whose.CUSTOMER) != bool(passed_on):
        told.wrong.append((story.customer, f"{story.spent} messages were said by then: {event}"))
    story.passed_on += passed_on
    story.spent += len(event.replied) + story.early


def _tell_timer(story: Story, event: MessagesTaken, place: int, told: Retold) -> None:
    """Tell the turn of a timer: it is answered if it is still planned, and waits as long as an agent has the conversation."""
    later = story.holder is not None or event.interrupted
    later = later or (story.waits and event.kinds == ("approval",))
    plan, shown = story.timers.take(held=story.holder is not None, interrupted=event.interrupted)
    if bool(event.timers_void) != (plan is None):
        told.untimely.append((story.customer, f"planned: {plan}, and its turn says {event}"))
    passed_on = _is_used_up(story, event, told) if plan and not later else False
    answers = plan is not None and not (later or passed_on)
    if len(event.replied) != answers or event.consent or (event.escalated is not None) != passed_on:
        told.untimely.append((story.customer, f"{len(event.replied)} replies, planned: {plan}: {event}"))
    _compare(story, event, ([], [], []), told)
    _queue(story, event.replied, [None] * len(event.replied), place, told)
    if plan:
        if shown and ("timer", plan.entry()) in story.said:
            story.said.remove(("timer", plan.entry()))
        story.said.append(("timer", plan.entry()))
    if plan and answers:
        story.said.append(("assistant", plan.reply))
        story.timers.said += [] if plan.about else event.replied
    story.spent += len(event.replied)
    if not story.waits and not event.interrupted:
        story.wait_ends()
    if passed_on:
        story.waits = story.asked = True
    story.interrupted += [place] if event.interrupted else []


def _tell_plans(
    story: Story, event: MessagesTaken, given: Sequence[Post], told: Retold, *, out: bool
) -> None:
    """Tell what the assistant has planned and cancelled in a turn; a STOP cancels everything."""
    listened = not event.interrupted and not any(post.text == KILL for post in given)
    texts = [post.text for post in given] if listened else []
    plans = _plans(story, event, [] if out else texts, told)
    _compare(story, event, ([], [], story.timers.drop()) if out else plans, told)


def _plans(story: Story, event: MessagesTaken | ActionTaken, texts: Sequence[str], told: Retold) -> Changes:
    options = told.options
    return story.timers.plan(texts, options.planning, event.came or (0,), asking=options.asking)


def _compare(story: Story, event: MessagesTaken | ActionTaken, must: Changes, told: Retold) -> None:
    """Compare what a turn has set, asked for and cancelled with what it must have."""
    if changes_in(event) != must:
        told.untimely.append((story.customer, f"sets, asks for and cancels {must}: {event}"))


def _tell_answer(story: Story, event: MessagesTaken, told: Retold) -> None:
    """Tell that a customer has written, who may have been reached by a campaign before."""
    if (event.answers or "") != story.reached_by:
        told.wrong.append((story.customer, f"answers {story.reached_by or 'no campaign'}: {event}"))
    story.reached_by = ""


def _tell_consent(story: Story, event: MessagesTaken, told: Retold, *, out: bool) -> None:
    consent = "" if out == story.out else "out" if out else "in"
    if (event.consent or "") != consent:
        told.wrong.append((story.customer, f"went {consent or 'neither out nor in'}: {event}"))
    if consent:
        told.consents[consent] += 1


def _said_late(story: Story, posts: Sequence[Post], answered: Sequence[Post], options: Options) -> int:
    """Return how much of what is said early is said with the end of the turn, since the customer comes back with it."""
    back = story.out or any(post.text == STOP for post in posts)
    return int(
        options.says_early and back and any(is_slow(post.text, options.slow_of_100) for post in answered)
    )


def _tell_words(
    story: Story,
    posts: Sequence[Post],
    answered: Sequence[Post],
    meant: _Meant,
    *,
    late: int,
    person: bool,
    slow_of_100: int,
) -> None:
    """Tell what a turn adds to the history behind its messages."""
    slow = [part for part in meant.questions if any(is_slow(post.text, slow_of_100) for post in part)]
    words = [word_before(part[0].text) for part in (slow or [posts])[: story.early]]
    words += [phrases.welcome_back(None)] if meant.heeded.welcomed else []
    words += meant.words
    words += [phrases.a_person_answers(None)] if person else []
    words += [word_before(answered[0].text) for _ in range(late)]
    words += [phrases.apology(None) if post.text == KILL else answer_to(post.text) for post in answered]
    story.said += [("assistant", text) for text in words]
    story.early = 0


def _tell_action(story: Story, event: ActionTaken, place: int, told: Retold) -> None:
    act = told.ledger.acts.get(event.action_id)
    if act is None or event.received != (act.id,) or event.by != act.action.agent:
        told.wrong.append((story.customer, f"an action that nobody posted so: {event}"))
        return
    action, came_to = act.action, event.declined or ""
    if action.type is AgentActionType.DECIDE:
        _tell_decision(story, act, event, place, told)
        return
    must = _must_come_to(story, action)
    if came_to != must:
        who = f"{story.holder or 'nobody'} has it"
        told.wrong.append(
            (
                story.customer,
                f"{act.id} {action.type} came to {came_to or 'done'}, not {must or 'done'}: {who}",
            )
        )
    if action.type is AgentActionType.SEND:
        _tell_send(story, act, event, place, told)
        return
    takes_over = not came_to and not story.waits
    ids = event.replied
    says = action.type is AgentActionType.ANSWER and not came_to
    if len(ids) != says:
        told.wrong.append((story.customer, f"{act.id} {action.type}: {len(ids)} deliveries"))
    told.came_to[act.id] = came_to
    story.taken.append((act, place))
    _queue(story, ids, [act] * len(ids), place, told)
    if action.type in SILENCING:
        story.taken_over.append((act, place))
    if action.type is AgentActionType.TAKE_OVER or (says and takes_over):
        # An answer does so from its arrival only if no agent has the conversation by then.
        at_once = action.type is AgentActionType.TAKE_OVER or story.given_back_at < act.began_at
        story.silencings.append(Silencing(by=act, place=place, at_once=at_once))
    silences = action.type is AgentActionType.TAKE_OVER or (says and takes_over)
    closes = action.type is AgentActionType.CLOSE
    gone = story.timers.drop(takeover=not closes) if not came_to and (silences or closes) else []
    _compare(story, event, ([], [], gone), told)
    if not came_to:
        _carry_out(story, action)
        if not story.waits and not takes_over:
            story.given_back_at = _after(place, told)


def _tell_decision(story: Story, act: Act, event: ActionTaken, place: int, told: Retold) -> None:
    """Tell what somebody has decided: the first decision about what is open is carried out, and told to whoever has the customer."""
    action, plan = act.action, story.timers.decide(act.text)
    approved = "yes" if action.approved else "no"
    must = ("", plan.name, approved) if plan else ("gone", None, None)
    is_ = (event.declined or "", event.approval, event.approved)
    owed = int(plan is not None and not story.waits)
    if is_ != must or len(event.replied) != owed:
        told.wrong.append((story.customer, f"{act.id} is {is_}, must be {must}, {owed} replies: {event}"))
    told.came_to[act.id] = event.declined or ""
    story.taken.append((act, place))
    _compare(story, event, ([], [], []), told)
    _queue(story, event.replied, [None] * len(event.replied), place, told)
    if plan is None:
        return
    told.decided[act.text] = approved
    entry = plan.entry(f"{'approved' if action.approved else 'declined'} by {action.agent}", act.text)
    said = outcome_of(act.text, "done" if action.approved else "not")
    if story.waits:
        story.said.append(("timer", f"{entry}\n{said}"))
        return
    story.said += [("timer", entry), ("assistant", said)]
    story.spent += len(event.replied)
    story.wait_ends()


def _tell_load(story: Story, event: ActionTaken, at: int, told: Retold) -> None:
    """Tell that a load of records rings a timer; while an agent has the conversation, it rings afterwards."""
    came_to, names = event.declined or "", event.timers_moved
    if bool(came_to) == bool(names) or event.replied:
        told.wrong.append((story.customer, f"a load came to {came_to or 'done'}: {event}"))
    if wrong := story.timers.hasten(names, at):
        told.untimely.append((story.customer, wrong))


def _tell_send(story: Story, act: Act, event: ActionTaken, place: int, told: Retold) -> None:
    """Tell what another program said. Whoever has the conversation still has it."""
    done, ids = not event.declined, event.replied
    if ids != ((f"{act.id}.0",) if done else ()):
        told.wrong.append((story.customer, f"{act.id}: {len(ids)} deliveries: {event}"))
    told.came_to[act.id] = event.declined or ""
    story.taken.append((act, place))
    _queue(story, ids, [act] * len(ids), place, told)
    if done:
        if story.begin_anew():
            story.begun = story.fresh = True
        story.said.append(("agent", act.text))
        if act.id.startswith(CAMPAIGN):
            story.reached_by = act.id.removeprefix(CAMPAIGN)


def _tell_timeout(story: Story, event: ActionTaken, place: int, told: Retold) -> None:
    """Tell what the system itself did; only whether it was in time follows from no event."""
    came_to, ids = event.declined or "", event.replied
    waits = story.waits and story.asked
    can = ("gone",) if not story.begun else ("", "state") if waits else ("state",)
    sorry = int(not came_to and not story.out and story.wrote)
    stays = 0 < told.options.budget <= story.spent
    given = _open_at_timeout(story, event, told, stays=stays) if sorry else []
    kills = any(post.text == KILL for post in given)
    slow = any(is_slow(post.text, told.options.slow_of_100) for post in given)
    early = int(told.options.says_early and slow and not kills)
    owed = sorry + (1 if kills else early + len(given))
    if came_to not in can or len(ids) != owed or event.received != (event.action_id,):
        told.wrong.append((story.customer, f"waits: {waits}, {owed} owed, and the agents are late: {event}"))
    answers: list[Post | None] = [None] if kills else [*[None] * early, *given]
    _queue(story, ids, [*[None] * sorry, *answers], place, told)
    if came_to:
        return
    told.late += 1
    story.said += [("assistant", phrases.nobody_free(None, stays=stays))] * sorry
    if stays:
        # The assistant could answer nothing: it stays with people, and a new wait begins with the next message.
        story.asked = story.told = False
        return
    story.waits, story.asked, story.holder = False, False, None
    story.given_back_at = _after(place, told)
    story.interrupted += [place] if event.interrupted else []
    if event.interrupted:
        story.told = False
        return
    story.wait_ends()
    _tell_answers_at_timeout(story, event, given, told, kills=kills, early=early)


def _open_at_timeout(story: Story, event: ActionTaken, told: Retold, *, stays: bool) -> list[Post]:
    """Return what the assistant was asked at a time-out: everything that is open."""
    if told.options.old:
        # A worker of the last release asks nothing, and does not keep what is open.
        return [told.ledger.by_id[id_] for id_ in event.asked]
    given = [] if event.interrupted or stays else story.open
    if [post.id for post in given] != list(event.asked):
        told.wrong.append((story.customer, f"open were {[post.id for post in given]}: {event}"))
    return given


def _tell_answers_at_timeout(
    story: Story, event: ActionTaken, given: Sequence[Post], told: Retold, *, kills: bool, early: int
) -> None:
    """Tell what the assistant has answered because nobody was free."""
    options = told.options
    if given:
        story.spent += len(event.replied)
    story.answered += given
    story.kept = [post for post in story.kept if post not in given]
    _compare(
        story,
        event,
        _plans(story, event, [] if kills else [post.text for post in given], told),
        told,
    )
    if kills:
        story.said.append(("assistant", phrases.apology(None)))
        story.given_up += [post for post in given if post.text == KILL]
        story.given_up_too += [post for post in given if post.text != KILL]
        story.unheard += story.given_up_too
        return
    story.said += [("assistant", word_before(post.text)) for post in given[:early]]
    story.said += [("assistant", answer_to(post.text)) for post in given]
    asks = any(asks_for_a_person(post.text, options.person_of_100) for post in given)
    if asks != (event.escalated is not None):
        told.wrong.append((story.customer, f"a person is {'' if asks else 'not '}asked for: {event}"))
    if asks:
        story.waits = story.asked = True


def _after(place: int, told: Retold) -> float:
    """Return a time after an event: milliseconds are cut off, and clocks are rounded."""
    return place_of(told.seen.event_ids[place][1])[0] / 1000 + 0.002


def _must_come_to(story: Story, action: AgentAction) -> str:
    """Return why an action must be declined, "" if it must be done."""
    if action.type is AgentActionType.SEND:
        return _send_must_come_to(story, action)
    if not story.begun:
        return "gone"
    seen = action.type is AgentActionType.TAKE_OVER and action.holder == story.holder
    if story.holder not in (None, action.agent) and not seen:
        return "held"
    if action.type is AgentActionType.ANSWER and (story.out or not story.wrote):
        return "opted_out" if story.out else "window"
    return "state" if action.type is AgentActionType.HAND_BACK and not story.waits else ""


def _send_must_come_to(story: Story, action: AgentAction) -> str:
    """Do this for what another program, or a campaign, says."""
    if story.out:
        return "opted_out"
    if story.no_marketing and is_marketing(action):
        return "marketing"
    if action.unless_agent and story.waits:
        return "held"
    # Who has never written could be reached through several senders, and a campaign says through which.
    if not (story.begun or story.closed or action.sender):
        return "sender"
    return "" if story.wrote or action.says.template else "window"


def _carry_out(story: Story, action: AgentAction) -> None:
    story.fresh = False
    if action.type is not AgentActionType.TAKE_OVER:
        story.wait_ends()
    if action.type is AgentActionType.ANSWER:
        story.said.append(("agent", action.text))
    if action.type is AgentActionType.CLOSE:
        story.begun, story.closed = False, True
    stays = action.type is AgentActionType.TAKE_OVER or action.keeps
    # Who takes over has the customer still waiting; who answers has not.
    story.asked = action.type is AgentActionType.TAKE_OVER
    story.waits = stays
    story.holder = action.agent if stays else None


def _queue(
    story: Story, ids: Sequence[str], to: Sequence[Post | Act | None], place: int, told: Retold
) -> None:
    for id_, one in zip(ids, to, strict=False):
        reply = Reply(id=id_, place=place, to=one)
        story.replies.append(reply)
        told.replies[id_] = reply


def _tell_delivery(
    reply: Reply, event: ReplySent | ReplyFailed | ReplyCancelled | SendInDoubt, place: int, told: Retold
) -> None:
    if isinstance(event, SendInDoubt):
        reply.doubted = reply.doubted or place
        return
    if reply.left is not None:
        told.wrong.append(("", f"{reply.id} has left its outbox twice: {event}"))
    reply.left = place
    reply.resent = isinstance(event, ReplySent) and event.resent
    reply.cancelled = isinstance(event, ReplyCancelled)
    reply.unwanted = isinstance(event, ReplyFailed) and event.failed == NO_MARKETING
    reply.stopped = reply.unwanted or (isinstance(event, ReplyFailed) and event.failed == OPTED_OUT)
    reply.held = isinstance(event, ReplyFailed) and event.failed.startswith("unknown:")
    told.cancelled[event.channel] += reply.cancelled
    told.stopped[event.channel] += reply.stopped
