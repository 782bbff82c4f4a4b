"""All keys in Redis, one method for each. No other module builds a key.

pattern                            type         meaning                                       who deletes it
---------------------------------  -----------  --------------------------------------------  -------------------------
session:<conversation>             string       the session, camelCase JSON                   its TTL, forget
mailbox:<conversation>             list         messages and actions not yet taken            commit_turn, forget
outbox:<conversation>              list         deliveries not yet settled, oldest first      settle_delivery, forget
lease:<conversation>               hash         of its turn: fence, holder, until, attempts,  commit_turn, forget
                                                crashes, alone, listener, hears
steps:<conversation>               hash         steps and early replies of turns that have    commit_turn, its TTL,
                                                not ended, see session/steps.py               forget
lease:deliver:<conversation>       hash         of its outbox: fence, holder, until,          settle_delivery, forget
                                                attempts, sending, doubts
seen:<conversation>                sorted set   entries already received, score = when        its TTL, forget
deliveries:<conversation>          hash         delivery id -> its progress                   its TTL, forget
sent:<conversation>                list         latest accepted deliveries, newest first      its TTL, forget
optout:<conversation>              string       when the customer opted out, ms               commit_turn, forget
overflow:<conversation>            string       id of the dead letter that counts what the        its TTL, forget
                                                full mailbox did not take
stop:<conversation>                string       fence before which nothing is sent, or "all     its TTL, forget
                                                <the STOP that waits for its turn>"
silence:<conversation>             string       fence before which no reply is sent, or "all"  its TTL, forget
rate:<limit>:[<scope>:]<customer>  string       uses of a limit counted in this window; the   its TTL, forget
                                                limits are those of session/limits.py
intake                             stream       raw bodies, in order of arrival               receive
lease:intake                       hash         of the intake                                 receive
due                                sorted set   the due index: member -> when, in ms          the script that did it
waiting                            sorted set   conversation that an agent has, or should     commit_turn, forget,
                                                have -> since when, in ms                     update_session,
                                                                                              time_out_sessions
doubts:<sender>                    string       its sends in doubt in the last minutes        its TTL
paused                             hash         sender -> why it is paused                    resume
troubles                           hash         warnings of providers about accounts and      note_trouble, resume
                                                senders; in the first shard only
loads                              hash         process -> when it noted what it holds, and   note_load, its TTL
                                                that, for /metrics; in the first shard only
fence                              string       the last fence number given out               nobody
secret                             string       the key of the pseudonyms and of the hashes   nobody
                                                in `forgotten`
forgotten                          sorted set   keyed hash of a message id, or of a           its TTL, forget
                                                conversation, that was forgotten -> when
                                                it expires, in ms
events                             stream       the event stream, capped                      its cap, trim_streams
dead                               stream       dead letters                                  an operator, trim_streams
tally                              hash         the counters for /metrics                     nobody
trial                              string       a test whether a body could be stored         try_body itself
signed_in:<digest>                 string       the agent session of a cookie                 its TTL, signing out
guesses:<digest>                   hash         password attempts for a name or an address    its TTL, signing in

Channels (pub/sub), which are no keys: turns:<process>, notices for the turns that a process takes; the leases name it.

<conversation> is "<namespace>:[<scope>:]<id>", see `session.conversations`; the key of a limit has its short name, [<scope>:]<customer>.
With more than one shard every key begins with "{s<k>}:", so that all keys of one script are in one slot of a cluster;
k is the CRC-32 of the conversation modulo the number of shards. The desk computes <digest>, see webhook/desk.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from zlib import crc32

from session.conversations import short_name
from session.limits import LIMITS, TURN_LIMITS, Limit

#: The prefixes of the members of `due`; the last one is the whole member for the intake.
TURN, DELIVER, IDLE_TIMEOUT, INTAKE = "turn|", "deliver|", "lapse|", "intake"


#: Conversations whose keys are kept.
_REMEMBERED = 256


class ConversationKeys:
    """The keys and the due members of one conversation."""

    def __init__(self, conversation: str, shared: "ShardKeys") -> None:
        self.conversation = conversation
        self.shared = shared  #: the keys that it shares with other conversations
        prefix = shared.prefix
        self.session = f"{prefix}session:{conversation}"  #: string: the session as JSON
        self.mailbox = f"{prefix}mailbox:{conversation}"  #: list: waiting messages
        self.outbox = f"{prefix}outbox:{conversation}"  #: list: waiting deliveries
        self.turn_lease = f"{prefix}lease:{conversation}"  #: hash: who takes the turn
        self.steps = f"{prefix}steps:{conversation}"  #: hash: what turns that have not ended have done
        self.delivery_lease = f"{prefix}lease:deliver:{conversation}"  #: hash: who sends
        self.seen = f"{prefix}seen:{conversation}"  #: sorted set: ids already received
        self.deliveries = f"{prefix}deliveries:{conversation}"  #: hash: the state of each delivery
        #: list: the latest accepted deliveries, newest first, because a status may report that one has failed
        self.sent = f"{prefix}sent:{conversation}"
        self.opt_out = f"{prefix}optout:{conversation}"  #: string: when the customer opted out
        #: string: which replies are not sent after a STOP, answers of agents included
        self.stop = f"{prefix}stop:{conversation}"
        #: string: which replies of the assistant are not sent, since a person took over
        self.silence = f"{prefix}silence:{conversation}"
        #: string: the dead letter that counts what the full mailbox did not take
        self.overflow = f"{prefix}overflow:{conversation}"
        #: members of `due`: a turn must be taken; replies must be sent; the session must change, since it was quiet
        self.turn_due = TURN + conversation
        self.deliver_due = DELIVER + conversation
        self.idle_timeout_due = IDLE_TIMEOUT + conversation

        name = short_name(conversation)
        #: string: uses counted of a limit, by its name
        self.usages = {limit.name: f"{prefix}rate:{limit.key}:{name}" for limit in LIMITS}
        self.turn_usages = [self.usages[limit.name] for limit in TURN_LIMITS]

    def usage_of(self, limit: Limit) -> str:
        """Return a string: uses counted of a limit."""
        return self.usages[limit.name]

    @property
    def others(self) -> list[str]:
        """The keys of this customer alone that `forget_customer` does not name."""
        return [
            self.delivery_lease,
            self.deliveries,
            self.opt_out,
            self.overflow,
            self.sent,
            self.steps,
            *self.usages.values(),
        ]

    def everything(self) -> list[str]:
        """Return every key that holds something of this customer alone."""
        turns = [self.session, self.mailbox, self.outbox, self.turn_lease, self.seen]
        return [*turns, self.silence, self.stop, *self.others]


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
        self.loads = f"{prefix}loads"  #: hash: what the worker processes hold
        self.fence = f"{prefix}fence"  #: counter: the last fence given out
        self.secret = f"{prefix}secret"  #: string: the secret that all processes share
        self.forgotten = f"{prefix}forgotten"  #: sorted set: hashes of what was forgotten
        self.events = f"{prefix}events"  #: stream: the event stream
        self.dead = f"{prefix}dead"  #: stream: dead letters
        self.counters = f"{prefix}tally"  #: hash: the counters
        self.trial = f"{prefix}trial"  #: string: a test whether a body could be stored

    def doubts(self, sender: str) -> str:
        """Return a counter: the sends of a sender that are in doubt."""
        return f"{self.prefix}doubts:{sender}"

    def signed_in(self, digest: str) -> str:
        """Return a string: the agent session of a cookie."""
        return f"{self.prefix}signed_in:{digest}"

    def attempts(self, digest: str) -> str:
        """Return a hash: the attempts at a password."""
        return f"{self.prefix}guesses:{digest}"


class Keys:
    """All keys of a deployment with a number of shards (1 or more)."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        #: returns the shared keys of one shard
        self.shard: Callable[[int], ShardKeys] = cache(self._shard)
        #: returns the keys of one conversation; a turn asks for them several times
        self.of: Callable[[str], ConversationKeys] = lru_cache(_REMEMBERED)(self._of)

    def shard_of(self, name: str) -> int:
        """Return the shard of a conversation, or of any other name whose order matters."""
        return crc32(name.encode("utf-8", "surrogatepass")) % self.shards

    def _of(self, conversation: str) -> ConversationKeys:
        return ConversationKeys(conversation, self.shard(self.shard_of(conversation)))

    def _shard(self, number: int) -> ShardKeys:
        return ShardKeys(number, f"{{s{number}}}:" if self.shards > 1 else "")
