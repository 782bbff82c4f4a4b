"""All keys in Redis, one method for each. No other module builds a key.

pattern                            type         meaning                                       who deletes it
---------------------------------  -----------  --------------------------------------------  -------------------------
session:<conversation>             string       the session, camelCase JSON                   its TTL, forget
mailbox:<conversation>             list         messages and actions not yet taken            commit_turn, forget
outbox:<conversation>              list         deliveries not yet settled, oldest first      settle_delivery, forget
lease:<conversation>               hash         of its turn: fence, holder, until, attempts,  commit_turn, forget
                                                crashes, suspects, alone, listener, hears,
                                                waits, gathers
steps:<conversation>               hash         steps and early replies of turns that have    commit_turn, its TTL,
                                                not ended, see session/steps.py               forget
lease:deliver:<conversation>       hash         of its outbox: fence, holder, until,          settle_delivery, forget
                                                attempts, sending, doubts
media:<conversation>               hash         medium -> whether it waits, is kept or failed,  its TTL, forget
                                                see session/media_work.py
timers:<conversation>              hash         what is planned, see session/timers.py        its TTL, forget
lease:media:<conversation>         hash         of its media: fence, holder, until, attempts  take_media, forget
seen:<conversation>                sorted set   entries already received, score = when        its TTL, forget
deliveries:<conversation>          hash         delivery id -> its progress                   its TTL, forget
sent:<conversation>                list         latest accepted deliveries, newest first      its TTL, forget
prices:<conversation>              hash         delivery id -> how it is priced and its cost  its TTL, forget
provider_ids:<conversation>        hash         short form of a provider's id -> delivery id  its TTL, forget
optout:<conversation>              string       when the customer opted out, ms               commit_turn, forget
marketing:<conversation>           string       the wish about marketing messages, JSON       forget
overflow:<conversation>            string       dead letter that counts what was not taken    its TTL, forget
stop:<conversation>                string       fence before which nothing is sent, or "all <id>"  its TTL, forget
silence:<conversation>             string       fence before which no reply is sent, or "all"  its TTL, forget
alias:<conversation>               string       where the customer of this name is now, JSON   cut_alias, forget
names:<conversation>               set          other names of the customer, which lead here   cut_alias, forget
merging:<conversation>             hash         id of a merge -> what comes with it, "" when   its TTL, forget
                                                it has been taken; <id>:waits, <id>:taken
rate:<limit>:[<scope>:]<customer>  string       uses of a limit, see session/limits.py        its TTL, forget
intake                             stream       raw bodies, in order of arrival               receive
lease:intake                       hash         of the intake                                 receive
due                                sorted set   the due index: member -> when, in ms          the script that did it
waiting                            sorted set   conversation that an agent has, or should     commit_turn, forget,
                                                have -> since when, in ms          update_session, time_out_sessions
doubts:<sender>                    string       its sends in doubt in the last minutes        its TTL
paused                             hash         sender -> why it is paused                    resume
troubles                           hash         warnings of providers about accounts and      note_trouble, resume
                                                senders; in the first shard only
templates                          hash         message templates; in the first shard only    `inturn templates pull`
loads                              hash         process -> what it holds; first shard only    note_load, its TTL
hook:<hook>                        hash         how far a hook has come, see hook_work.py     its TTL
hook_again:<hook>                  list         ids of dead letters that it sends once more   settle_hook, its TTL
lease:hook:<hook>                  hash         of a hook: fence, holder, until               settle_hook
campaigns                          hash         by name; these six in the first shard only    an operator
campaign_order:<campaign>          sorted set   customer -> row, from 1                       its TTL, forget, operator
campaign_rows:<campaign>           hash         row -> parameters, JSON, if there are any     its TTL, forget, operator
lease:campaign:<campaign>          hash         of a campaign: fence, holder, until           change_campaign
reached:<sender>                   sorted set   keyed hash of a customer -> when, in ms       its TTL
pace:<sender>                      string       when the next row may go out, ms; the same    its TTL
campaign_outcomes:<campaign>       hash         row -> tokens, see campaign_outcomes.py; "" is its TTL, operator
spent                              hash         what was spent today, see session/spending.py  its TTL
fence                              string       the last fence number given out               nobody
secret                             string       the key of pseudonyms and hashed names        nobody
forgotten                          sorted set   hash of what was forgotten -> when it expires  its TTL, forget
events                             stream       the event stream, capped                      its cap, trim_streams
dead                               stream       dead letters                                  an operator, trim_streams
tally                              hash         the counters for /metrics                     nobody
upload:<digest>                    string       a provider's id of an uploaded file           its TTL, the next send
trial                              string       a test whether a body could be stored         try_body itself
media_swept                        string       media are being removed; first shard only     its TTL
looked                             hash         kind -> its load that all saved searches know  nobody
signed_in:<digest>                 string       the agent session of a cookie                 its TTL, signing out
guesses:<digest>                   hash         password attempts for a name or an address    its TTL, signing in

Channels (pub/sub), which are no keys: turns:<process>, notices for the turns that a process takes; the leases name it.

<conversation> is "<namespace>:[<scope>:]<id>", see `session.conversations`; the key of a limit has its short name, [<scope>:]<customer>.
With more than one shard every key begins with "{s<k>}:", so that all keys of one script are in one slot of a cluster;
k is the CRC-32 of the conversation modulo the number of shards. The desk computes <digest>; that of an upload is of its content.
"""

from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from typing import Any
from zlib import crc32

from session.conversations import short_name
from session.limits import LIMITS, TURN_LIMITS, Limit

#: The prefixes of the members of `due`; the last one is the whole member for the intake.
TURN, DELIVER, MEDIA, TIMER, HOOK, CAMPAIGN = "turn|", "deliver|", "media|", "timer|", "hook|", "campaign|"
IDLE_TIMEOUT, INTAKE = "lapse|", "intake"

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
        self.media = f"{prefix}media:{conversation}"  #: hash: what becomes of its media
        self.timers = f"{prefix}timers:{conversation}"  #: hash: what the assistant has planned
        self.media_lease = f"{prefix}lease:media:{conversation}"  #: hash: who fetches them
        self.seen = f"{prefix}seen:{conversation}"  #: sorted set: ids already received
        self.deliveries = f"{prefix}deliveries:{conversation}"  #: hash: the state of each delivery
        self.sent = f"{prefix}sent:{conversation}"  #: list: the latest accepted deliveries, newest first
        self.prices = f"{prefix}prices:{conversation}"  #: hash: how the provider prices each delivery, and what that costs
        self.provider_ids = f"{prefix}provider_ids:{conversation}"  #: hash: provider's id, short -> delivery
        self.opt_out = f"{prefix}optout:{conversation}"  #: string: when the customer opted out
        self.marketing = f"{prefix}marketing:{conversation}"  #: string: the wish about marketing messages
        self.stop = f"{prefix}stop:{conversation}"  #: string: which replies are not sent after a STOP
        self.silence = f"{prefix}silence:{conversation}"  #: string: the same after a takeover
        self.overflow = f"{prefix}overflow:{conversation}"  #: string: the dead letter of a full mailbox
        self.alias = f"{prefix}alias:{conversation}"  #: string: where the customer of this name is now
        self.names = f"{prefix}names:{conversation}"  #: set: other names of the customer, which lead here
        self.merging = f"{prefix}merging:{conversation}"  #: hash: what comes from merged conversations
        #: members of `due`: a turn must be taken; replies sent; media fetched; a timer rings; a quiet session changes
        self.turn_due = TURN + conversation
        self.deliver_due = DELIVER + conversation
        self.media_due = MEDIA + conversation
        self.timer_due = TIMER + conversation
        self.idle_timeout_due = IDLE_TIMEOUT + conversation
        name = short_name(conversation)
        #: string: uses counted of a limit, by its name
        self.usages = {limit.name: f"{prefix}rate:{limit.key}:{name}" for limit in LIMITS}
        self.turn_usages = [self.usages[limit.name] for limit in TURN_LIMITS]

    def usage_of(self, limit: Limit) -> str:
        """Return a string: uses counted of a limit."""
        return self.usages[limit.name]

    @cached_property
    def of_turn(self) -> dict[str, Any]:
        """The keys that both scripts of a turn read, by their names there."""
        names = (
            "session mailbox outbox opt_out stop silence steps deliveries provider_ids media timers marketing"
        )
        shared = {"due": self.shared.due, "fences": self.shared.fence}
        other = {"lease": self.turn_lease, "usages": self.turn_usages}
        return {name: getattr(self, name) for name in names.split()} | shared | other

    @property
    def data(self) -> list[str]:
        """The keys that are moved if this conversation becomes a part of another one, or show that there are such."""
        return [key for key in self.everything() if key not in (self.alias, self.names)]

    @property
    def others(self) -> list[str]:
        """The keys of this customer alone that `forget_customer` does not name."""
        names = [self.alias, self.names, self.merging]
        work = [self.delivery_lease, self.media_lease, self.media, self.steps, self.timers, self.overflow]
        said = [self.deliveries, self.prices, self.provider_ids, self.sent, self.opt_out, self.marketing]
        return [*names, *work, *said, *self.usages.values()]

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
        self.templates = f"{prefix}templates"  #: hash: definitions of message templates
        self.campaigns = f"{prefix}campaigns"  #: hash: campaigns
        self.loads = f"{prefix}loads"  #: hash: what the worker processes hold
        self.spent = f"{prefix}spent"  #: hash: what was spent today, by sender
        self.fence = f"{prefix}fence"  #: counter: the last fence given out
        self.secret = f"{prefix}secret"  #: string: the secret that all processes share
        self.forgotten = f"{prefix}forgotten"  #: sorted set: hashes of what was forgotten
        self.events = f"{prefix}events"  #: stream: the event stream
        self.dead = f"{prefix}dead"  #: stream: dead letters
        self.counters = f"{prefix}tally"  #: hash: the counters
        self.media_swept = f"{prefix}media_swept"  #: string: media that are too old are being removed
        self.looked = (
            f"{prefix}looked"  #: hash: kind of records -> the load through which saved searches were looked
        )
        self.trial = f"{prefix}trial"  #: string: a test whether a body could be stored

    def doubts(self, sender: str) -> str:
        """Return a counter: the sends of a sender that are in doubt."""
        return f"{self.prefix}doubts:{sender}"

    def signed_in(self, digest: str) -> str:
        """Return a string: the agent session of a cookie."""
        return f"{self.prefix}signed_in:{digest}"

    def upload(self, digest: str) -> str:
        """Return a string: a provider's id of a file that was uploaded."""
        return f"{self.prefix}upload:{digest}"

    def hook(self, name: str) -> tuple[str, str, str]:
        """Return a hash: how far a hook has come; a list: what it sends once more; a hash: its lease."""
        prefix = self.prefix
        return f"{prefix}hook:{name}", f"{prefix}hook_again:{name}", f"{prefix}lease:hook:{name}"

    def campaign(self, name: str) -> tuple[str, str, str]:
        """Return a sorted set: the customers of a campaign; a hash: their parameters; a hash: its lease."""
        prefix = self.prefix
        return (
            f"{prefix}campaign_order:{name}",
            f"{prefix}campaign_rows:{name}",
            f"{prefix}lease:campaign:{name}",
        )

    def outcomes(self, name: str) -> str:
        """Return a hash: what became of the rows of a campaign, as far as it happened in this shard."""
        return f"{self.prefix}campaign_outcomes:{name}"

    def pace(self, sender: str) -> tuple[str, str]:
        """Return a string: when the next row of a campaign may go out; a sorted set: whom a sender has reached in a day."""
        return f"{self.prefix}pace:{sender}", f"{self.prefix}reached:{sender}"

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
