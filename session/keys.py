"""All keys in Redis, one method for each. No other module builds a key.

pattern                            type         meaning                                       who deletes it
---------------------------------  -----------  --------------------------------------------  -------------------------
session:<conversation>             string       the session, camelCase JSON                   its TTL, forget
mailbox:<conversation>             list         messages and actions not yet taken            commit_turn, forget
outbox:<conversation>              list         deliveries not yet settled, oldest first      settle_delivery, forget
lease:<conversation>               hash         of its turn: fence, holder, until, attempts,  commit_turn, forget
                                                crashes, alone
lease:deliver:<conversation>       hash         of its outbox: the same, and `sending`        settle_delivery, forget
seen:<conversation>                sorted set   entries already received, score = when        its TTL, forget
deliveries:<conversation>          hash         delivery id -> its progress                   its TTL, forget
sent:<conversation>                list         latest accepted deliveries, newest first      its TTL, forget
optout:<conversation>              string       when the customer opted out, ms               commit_turn, forget
overflow:<conversation>            string       id of the dead letter that counts what the        its TTL, forget
                                                full mailbox did not take
stop:<conversation>                string       fence before which nothing is sent, or "all     its TTL, forget
                                                <the STOP that waits for its turn>"
silence:<conversation>             string       fence before which no reply is sent, or "all"  its TTL, forget
rate:msg:[<scope>:]<customer>      string       messages counted in this window               its TTL, forget
rate:search:[<scope>:]<customer>   string       searches counted in this window               its TTL, forget
rate:llm:[<scope>:]<customer>      string       tokens that a language model used today       its TTL, forget
intake                             stream       raw bodies, in order of arrival               settle_intake
lease:intake                       hash         of the intake                                 settle_intake
due                                sorted set   the due index: member -> when, in ms          the script that did it
waiting                            sorted set   conversation that an agent has, or should     commit_turn, amend,
                                                have -> since when, in ms                     lapse, forget
doubts:<sender>                    string       its sends in doubt in the last minutes        its TTL
paused                             hash         sender -> why it is paused                    resume
troubles                           hash         warnings of providers about accounts and      note_trouble, resume
                                                senders; in the first shard only
fence                              string       the last fence number given out               nobody
secret                             string       the key of the pseudonyms and of the hashes   nobody
                                                in `forgotten`
forgotten                          sorted set   keyed hash of a message id, or of a           its TTL, forget
                                                conversation, that was forgotten -> when
                                                it expires, in ms
events                             stream       the event stream, capped                      its cap
dead                               stream       dead letters                                  an operator
tally                              hash         the counters for /metrics                     nobody
trial                              string       a test whether a body could be stored         try_body itself
signed_in:<digest>                 string       the agent session of a cookie                 its TTL, signing out
guesses:<digest>                   hash         password attempts for a name or an address    its TTL, signing in

<conversation> is "<namespace>:[<scope>:]<id>", see `session.conversations`; a counter has its short name, [<scope>:]<customer>.
With more than one shard every key begins with "{s<k>}:", so that all keys of one script are in one slot of a cluster;
k is the CRC-32 of the conversation modulo the number of shards. The desk computes <digest>, see webhook/desk.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from zlib import crc32

from session.conversations import short_name

#: The prefixes of the members of `due`; the last one is the whole member for the intake.
TURN, DELIVER, IDLE_TIMEOUT, INTAKE = "turn|", "deliver|", "lapse|", "intake"


#: Conversations whose keys are kept.
_REMEMBERED = 256


class ConversationKeys:
    """The keys and the due members of one conversation."""

    def __init__(self, conversation: str, prefix: str = "") -> None:
        name = short_name(conversation)
        self.conversation = conversation
        self.prefix = prefix
        self.session = f"{prefix}session:{conversation}"  #: string: the session as JSON
        self.mailbox = f"{prefix}mailbox:{conversation}"  #: list: waiting messages
        self.outbox = f"{prefix}outbox:{conversation}"  #: list: waiting deliveries
        self.turn_lease = f"{prefix}lease:{conversation}"  #: hash: the lease of the turn
        self.delivery_lease = f"{prefix}lease:deliver:{conversation}"  #: hash: the lease of the outbox
        self.seen = f"{prefix}seen:{conversation}"  #: sorted set: message ids already received
        self.deliveries = f"{prefix}deliveries:{conversation}"  #: hash: the progress of each delivery
        #: list: the latest accepted deliveries, newest first, because a status may still report a failure
        self.sent = f"{prefix}sent:{conversation}"
        self.opt_out = f"{prefix}optout:{conversation}"  #: string: the customer has opted out
        self.stop = f"{prefix}stop:{conversation}"  #: string: which replies are not sent after a STOP
        #: string: which replies of the assistant are not sent after a takeover
        self.silence = f"{prefix}silence:{conversation}"
        #: string: the dead letter that counts the messages that the full mailbox did not accept
        self.overflow = f"{prefix}overflow:{conversation}"
        self.rate_messages = f"{prefix}rate:msg:{name}"  #: counter: messages in this window
        self.rate_searches = f"{prefix}rate:search:{name}"  #: counter: searches in this window
        self.rate_llm = f"{prefix}rate:llm:{name}"  #: counter: tokens that a language model used today
        self.turn_due = TURN + conversation  #: member of `due`: a turn must be taken
        self.deliver_due = DELIVER + conversation  #: member of `due`: replies must be sent
        #: member of `due`: the session has been quiet for long enough to change its state
        self.idle_timeout_due = IDLE_TIMEOUT + conversation

    def everything(self) -> tuple[str, ...]:
        """Return every key that belongs to this customer alone; `forget_customer` names the first seven."""
        turns = (self.session, self.mailbox, self.outbox, self.turn_lease, self.seen, self.silence)
        sends = (self.stop, self.delivery_lease, self.deliveries, self.opt_out, self.overflow, self.sent)
        return (*turns, *sends, self.rate_messages, self.rate_searches, self.rate_llm)


class ShardKeys:
    """The keys that the conversations of one shard share."""

    def __init__(self, shard: int, prefix: str = "") -> None:
        self.shard = shard
        self.prefix = prefix
        self.intake = f"{prefix}intake"  #: stream: raw bodies
        self.intake_lease = f"{prefix}lease:intake"  #: hash: the lease of the intake
        self.due = f"{prefix}due"  #: sorted set: the due index
        self.waiting = f"{prefix}waiting"  #: sorted set: conversations that wait for an agent, and since when
        self.paused = f"{prefix}paused"  #: hash: paused senders
        self.troubles = f"{prefix}troubles"  #: hash: warnings of providers about accounts and senders
        self.fence = f"{prefix}fence"  #: counter: the last fence given out
        self.secret = f"{prefix}secret"  #: string: the secret that all processes share
        self.forgotten = f"{prefix}forgotten"  #: sorted set: hashes of what was forgotten
        self.events = f"{prefix}events"  #: stream: the event stream
        self.dead = f"{prefix}dead"  #: stream: dead letters
        self.counters = f"{prefix}tally"  #: hash: the counters
        self.trial = f"{prefix}trial"  #: string: a test whether a body could be stored

    def doubts(self, sender: str) -> str:
        """Return a counter: sends of a sender that are in doubt."""
        return f"{self.prefix}doubts:{sender}"

    def door(self, digest: str) -> tuple[str, str]:
        """Return two: a string, the agent session of a cookie; a hash, the password attempts."""
        return f"{self.prefix}signed_in:{digest}", f"{self.prefix}guesses:{digest}"


class Keys:
    """All keys of a deployment with a number of shards (1 or more)."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        #: returns the shared keys of one shard
        self.shard: Callable[[int], ShardKeys] = cache(self._shard)
        #: return the keys of one conversation, and those of its shard; a turn asks for them several times
        self.of: Callable[[str], ConversationKeys] = lru_cache(_REMEMBERED)(self._of)
        self.shard_for: Callable[[str], ShardKeys] = lru_cache(_REMEMBERED)(self._shard_for)

    def shard_of(self, name: str) -> int:
        """Return the shard of a conversation, or of any other name whose order matters."""
        return crc32(name.encode("utf-8", "surrogatepass")) % self.shards

    def _of(self, conversation: str) -> ConversationKeys:
        return ConversationKeys(conversation, self.shard_for(conversation).prefix)

    def _shard_for(self, conversation: str) -> ShardKeys:
        return self.shard(self.shard_of(conversation))

    def _shard(self, number: int) -> ShardKeys:
        return ShardKeys(number, f"{{s{number}}}:" if self.shards > 1 else "")
