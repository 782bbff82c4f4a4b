"""Every key in Redis, a method a key. No other module spells one.

pattern                            type         meaning                                       who deletes it
---------------------------------  -----------  --------------------------------------------  -------------------------
session:<conversation>             string       the session, camelCase JSON                   its TTL, forget
mailbox:<conversation>             list         messages and actions not yet taken            commit_turn, forget
outbox:<conversation>              list         deliveries not yet settled, oldest first      settle_delivery, forget
lease:<conversation>               hash         who takes it: fence, holder, until, attempts, commit_turn, forget
                                                crashes, alone
lease:deliver:<conversation>       hash         who sends: the same, and `sending`            settle_delivery, forget
seen:<conversation>                sorted set   entries already received, score = when        its TTL, forget
deliveries:<conversation>          hash         delivery id -> how far it came                its TTL, forget
sent:<conversation>                list         the latest that were accepted, newest first   its TTL, forget
optout:<conversation>              string       when the customer opted out, ms               commit_turn, forget
overflow:<conversation>            string       id of the dead letter that counts what the        its TTL, forget
                                                full mailbox did not take
stop:<conversation>                string       fence before which nothing is sent, or "all     its TTL, forget
                                                <the STOP that waits for its turn>"
silence:<conversation>             string       fence before which no reply is sent, or "all"  its TTL, forget
rate:msg:[<scope>:]<customer>      string       messages counted in this window               its TTL, forget
rate:search:[<scope>:]<customer>   string       searches counted in this window               its TTL, forget
rate:llm:[<scope>:]<customer>      string       tokens that a language model used today       its TTL, forget
intake                             stream       raw bodies, in the order of their arrival     settle_intake
lease:intake                       hash         who drains the intake                         settle_intake
due                                sorted set   what must happen -> when, in ms               the script that did it
waiting                            sorted set   conversation that an agent has, or should     commit_turn, amend,
                                                have -> since when, in ms                     lapse, forget
doubts:<sender>                    string       sends of it in doubt in the last few minutes  its TTL
paused                             hash         sender -> why nothing is sent through it        resume
troubles                           hash         what a provider has against an account or a   note_trouble, resume
                                                sender; in the first shard alone
fence                              string       the last fence number given out               nobody
secret                             string       what hides conversations in wake-ups, and     nobody
                                                what was forgotten
forgotten                          sorted set   keyed hash of a message id, or of a           its TTL, forget
                                                conversation, that was forgotten -> until
                                                when it is known, in ms
events                             stream       what happened, capped                         its cap
dead                               stream       what was given up, for a person to see        an operator
tally                              hash         what happened, counted, for /metrics          nobody
trial                              string       written to see whether a body could be kept   try_body itself
signed_in:<digest>                 string       who came to the desk with a cookie            its TTL, signing out
guesses:<digest>                   hash         tries at a name or from an address            its TTL, signing in

<conversation> is "<namespace>:[<scope>:]<id>", see `session.conversations`; a counter has its short name, [<scope>:]<customer>.
With more than one shard every key begins with "{s<k>}:": all that one script changes lies in one slot of a cluster;
k is the CRC-32 of the conversation modulo the number of shards. <digest> is one of the desk's own, see webhook/desk.
"""

from dataclasses import dataclass
from functools import cache
from zlib import crc32

from session.conversations import short_name

#: How the members of `due` begin; the last is the whole member that says: the intake must be drained.
TURN, DELIVER, IDLE_TIMEOUT, INTAKE = "turn|", "deliver|", "lapse|", "intake"


@dataclass(frozen=True)
class ConversationKeys:
    """The keys and the due members of one conversation."""

    conversation: str
    prefix: str = ""

    @property
    def _name(self) -> str:
        return short_name(self.conversation)

    @property
    def session(self) -> str:
        """String: the session as JSON."""
        return f"{self.prefix}session:{self.conversation}"

    @property
    def mailbox(self) -> str:
        """List: waiting messages."""
        return f"{self.prefix}mailbox:{self.conversation}"

    @property
    def outbox(self) -> str:
        """List: waiting deliveries."""
        return f"{self.prefix}outbox:{self.conversation}"

    @property
    def turn_lease(self) -> str:
        """Hash: who takes the turn."""
        return f"{self.prefix}lease:{self.conversation}"

    @property
    def delivery_lease(self) -> str:
        """Hash: who sends."""
        return f"{self.prefix}lease:deliver:{self.conversation}"

    @property
    def seen(self) -> str:
        """Sorted set: message ids already received."""
        return f"{self.prefix}seen:{self.conversation}"

    @property
    def deliveries(self) -> str:
        """Hash: how far each delivery came."""
        return f"{self.prefix}deliveries:{self.conversation}"

    @property
    def sent(self) -> str:
        """List: the deliveries that were accepted last, newest first, since a status may say that one has failed."""
        return f"{self.prefix}sent:{self.conversation}"

    @property
    def opt_out(self) -> str:
        """String: the customer wants nothing to be sent."""
        return f"{self.prefix}optout:{self.conversation}"

    @property
    def stop(self) -> str:
        """String: what is not sent, whoever says it, since the customer has opted out."""
        return f"{self.prefix}stop:{self.conversation}"

    @property
    def silence(self) -> str:
        """String: which replies of the assistant are not sent, since a person took over."""
        return f"{self.prefix}silence:{self.conversation}"

    @property
    def overflow(self) -> str:
        """String: the dead letter that counts what the full mailbox did not take."""
        return f"{self.prefix}overflow:{self.conversation}"

    @property
    def rate_messages(self) -> str:
        """Counter of messages in this window."""
        return f"{self.prefix}rate:msg:{self._name}"

    @property
    def rate_searches(self) -> str:
        """Counter of searches in this window."""
        return f"{self.prefix}rate:search:{self._name}"

    @property
    def rate_llm(self) -> str:
        """Counter of the tokens that a language model used today."""
        return f"{self.prefix}rate:llm:{self._name}"

    @property
    def turn_due(self) -> str:
        """Member of `due`: a turn must be taken."""
        return TURN + self.conversation

    @property
    def deliver_due(self) -> str:
        """Member of `due`: replies must be sent."""
        return DELIVER + self.conversation

    @property
    def idle_timeout_due(self) -> str:
        """Member of `due`: the session has been quiet for long enough to change its state."""
        return IDLE_TIMEOUT + self.conversation

    def everything(self) -> tuple[str, ...]:
        """Return every key that holds something of this customer alone; `forget_customer` names the first seven."""
        turns = (self.session, self.mailbox, self.outbox, self.turn_lease, self.seen, self.silence)
        sends = (self.stop, self.delivery_lease, self.deliveries, self.opt_out, self.overflow, self.sent)
        return (*turns, *sends, self.rate_messages, self.rate_searches, self.rate_llm)


class ShardKeys:
    """The keys that the conversations of one shard share."""

    def __init__(self, shard: int, prefix: str = "") -> None:
        self.shard = shard
        self.prefix = prefix
        self.intake = f"{prefix}intake"  #: stream: raw bodies
        self.intake_lease = f"{prefix}lease:intake"  #: hash: who drains the intake
        self.due = f"{prefix}due"  #: sorted set: what must happen, and when
        self.waiting = f"{prefix}waiting"  #: sorted set: conversations that wait for an agent, and since when
        self.paused = f"{prefix}paused"  #: hash: senders through which nothing is sent at present
        self.troubles = f"{prefix}troubles"  #: hash: what providers have against accounts and senders
        self.fence = f"{prefix}fence"  #: counter: the last fence given out
        self.secret = f"{prefix}secret"  #: string: the secret that all processes share
        self.forgotten = f"{prefix}forgotten"  #: sorted set: hashes of what was forgotten
        self.events = f"{prefix}events"  #: stream: what happened
        self.dead = f"{prefix}dead"  #: stream: dead letters
        self.counters = f"{prefix}tally"  #: hash: what happened, counted
        self.trial = f"{prefix}trial"  #: string: written to see whether a body could be kept

    def doubts(self, sender: str) -> str:
        """Return a counter: sends through a sender of which nobody knows what became."""
        return f"{self.prefix}doubts:{sender}"

    def door(self, digest: str) -> tuple[str, str]:
        """Return two: a string, who came to the desk with a cookie; a hash, the tries at a password."""
        return f"{self.prefix}signed_in:{digest}", f"{self.prefix}guesses:{digest}"


_shard_keys = cache(ShardKeys)


@dataclass(frozen=True)
class Keys:
    """All keys of a deployment with a number of shards (1 or more)."""

    shards: int = 1

    def shard_of(self, name: str) -> int:
        """Return the shard of a conversation, or of any other name whose order matters."""
        return crc32(name.encode("utf-8", "surrogatepass")) % self.shards

    def of(self, conversation: str) -> ConversationKeys:
        """Return the keys of one conversation."""
        return ConversationKeys(conversation, self._prefix(self.shard_of(conversation)))

    def shard(self, number: int) -> ShardKeys:
        """Return the shared keys of one shard."""
        return _shard_keys(number, self._prefix(number))

    def shard_for(self, conversation: str) -> ShardKeys:
        """Return the shared keys of the shard in which a conversation lies."""
        return self.shard(self.shard_of(conversation))

    def _prefix(self, shard: int) -> str:
        return f"{{s{shard}}}:" if self.shards > 1 else ""
