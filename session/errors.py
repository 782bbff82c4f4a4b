"""All errors of Inturn in one tree. Expected outcomes are values, not errors.

InturnError
├── SettingsError            a setting is missing or invalid
├── SimulatorMissing         the simulator is needed, and its package is not installed
├── StoreError
│   ├── StoreUnavailable     Redis is down, hangs, is full or rejects the call
│   │   ├── StoreFull        Redis has reached REDIS_FULL_AT_PERCENT: nothing new is stored
│   │   └── NotDurable       it was written, but is not as safe as DURABILITY demands
│   ├── NamesUnsettled       other bodies went on changing the names of a customer
│   └── UnexpectedReply      a script returned a value that the caller does not know
├── MediaStoreError
│   ├── MediaStoreUnavailable  the folder or the bucket of media cannot be reached, written or read
│   ├── NoSuchMedium         a medium is not in the store
│   ├── WrongMediaKey        a medium was encrypted with another MEDIA_KEY
│   ├── DamagedMedium        a medium in the store is not what was kept
│   └── MediumTooLarge       a medium is larger than its kind may be; nothing of it is kept
├── UnusableFile             a file of a reply cannot be sent: it is missing, too large, or of a wrong type
├── UnusableTemplate         a template does not exist, is not approved, or has other parameters than were given
├── NoSuchCampaign           there is no campaign with this name
├── CampaignRefused          a campaign cannot do what is asked, in its state
├── IllegalTransition        the state machine has no such transition
├── ConversationBusy         a worker held the conversation for longer than the caller waits
├── NoCustomer               the input is not a customer's number or id, or is ambiguous
├── NoSuchSession            there is no session of this customer
├── UnreadableSession        the session of this customer cannot be read
├── SearchLimitReached       the customer has no searches left in this window
├── NoCatalogue              the assistant searches, but no catalogue is configured
├── NotRevivable             a dead letter cannot be retried
├── BadAssistant             the assistant cannot be loaded, or returned an invalid value
├── StepFailed               the result of a step of the assistant cannot be kept
├── TurnLost                 the turn is another worker's by now, was begun anew, or ended: it keeps nothing any more
├── DeadlineExceeded         worker: the assistant takes too long
├── EndedItself              worker: the assistant has tried to end the process, or was cancelled by itself
├── CatalogueError           catalogue of the concierge
│   ├── LoadRefused          a file cannot be loaded; what was loaded before stays
│   ├── UnreadableCatalogue  it is damaged, was written by another version, or may not be read by this user
│   ├── NoSuchKind           there is no such kind of record
│   ├── BadFilter            a search has an unknown filter, or a filter has an invalid value
│   └── BadCell              a cell cannot be read; its row is skipped and reported
├── CasesError               understanding: a file of test cases cannot be read
├── CircuitOpen              language model: its server has failed recently and is not called
├── ModelNotUsed             language model: it is not asked, or its answer cannot be used
├── ModelServerError         language model: its server is unavailable, slow, or refuses the account
├── ModelRefused             language model: its server refuses a request for what it contains
├── TokensUsedUp             language model: a customer has used all tokens of the day
├── TooManyRequests          language model: it asks for more than a turn allows
├── ToolServerError          language model: an MCP server does not do what it is asked
│   ├── ToolServerDown       it cannot be reached: nothing was done
│   └── ToolCallInDoubt      it gives no answer to a call: nobody knows whether it was carried out
├── EmbedderFailed           search by meaning: a model makes no vectors that can be used
├── UnusableAnswer           language model: its server answers, but with nothing that can be used
├── FrameworkFailed          adapters: the framework of an agent or the server of its model fails
├── UnreadableRecipients     campaigns: a file has no recipients for its template
├── CannotReplay             inturn replay: requests may not, or cannot, be sent to a deployment
├── FixtureError             inturn replay: a fixture cannot be found or read
├── AlreadyRunning           inturn run: another stack runs on this data directory
├── CannotStart              inturn run: the operating system cannot start a program
├── NoServer                 inturn run: this machine has no suitable server
├── NoSuchAddress            inturn run: this machine does not have the address to listen on
├── PortTaken                inturn run: another program listens on a port
├── ProgramFailed            inturn run: a program does not start, or failed too often
├── UnusableFolder           inturn run: the data directory cannot be written
└── WebhookUnreachable       simulator: the webhook does not answer

These are caught by the module that calls what raises them, and never reach a caller of Inturn:

ValueError
├── BadAddress               a URL cannot be read
├── BadNumber                a text is not a phone number
├── WrongForm                what a person has put into the form of a campaign cannot be used
├── WrongRecipients          some of the recipients that a program gives cannot be used
└── Malformed                a body of a provider, or an item of it, cannot be read
Exception
├── TooManySearches          a model searches more often than allowed in one turn
├── _BotApiError             the simulator rejects a send as Telegram would
├── NotAttached              a file that an agent attaches is not taken
└── SendRefused              the simulator rejects a send as Meta would
OSError
└── PrivateAddressError      a host has a private address, which is not visited
ClickException
└── Mistake                  inturn chat: an unknown command, or one that was not accepted
"""

from collections.abc import Sequence
from datetime import timedelta


class InturnError(Exception):
    """The base of all errors of Inturn."""


class SettingsError(InturnError):
    """Raised when a setting is missing or invalid; the message names the setting and the expected value."""


class SimulatorMissing(InturnError):
    """Raised when the simulator is needed, and its package is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "the simulator of WhatsApp is not installed. Install it with: pip install 'inturn[simulator]'. "
            "Or set the values of a provider in .env; then it is not needed"
        )


class StoreError(InturnError):
    """Raised when the store cannot do what it was asked to do."""


class StoreUnavailable(StoreError):
    """Raised when Redis is down, hangs, is full or rejects the call. The outcome of the last call is unknown."""


class StoreFull(StoreUnavailable):
    """Raised when Redis has no room for new data; accepted work continues."""

    def __init__(self, used: int, mark: int) -> None:
        super().__init__(f"Redis uses {used} % of its memory; above {mark} % nothing new is stored")


class NotDurable(StoreUnavailable):
    """Raised when something was written, and Redis did not confirm in time that it is as safe as `DURABILITY` demands."""

    def __init__(self, what: str, why: str, result: object = None) -> None:
        super().__init__(f"{what}: {why}")
        self.result = result  #: what the call would have returned


class NamesUnsettled(StoreError):
    """Raised when the names of a customer cannot be joined, because other bodies go on changing them. The body is read again."""


class UnexpectedReply(StoreError):
    """Raised when a script returns a value that the caller does not know."""

    def __init__(self, script: str, reply: object) -> None:
        tag = reply[0] if isinstance(reply, Sequence) and reply else reply
        super().__init__(f"the script {script} returned an unknown value: {tag!r}")


class MediaStoreError(InturnError):
    """Raised when a medium cannot be kept or given back."""


class MediaStoreUnavailable(MediaStoreError):
    """Raised when the folder or the bucket of media cannot be reached, written or read."""

    def __init__(self, place: str, why: Exception) -> None:
        # What the library says may contain whole answers of a server.
        words = " ".join(str(why).split())[:200]
        super().__init__(f"the media store {place} cannot be used: {type(why).__name__}: {words}")


class NoSuchMedium(MediaStoreError):
    """Raised when a medium is not in the store: it was removed, or never kept."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no medium {key[:80]!r}")


class WrongMediaKey(MediaStoreError):
    """Raised when a medium was encrypted with another key, or there is no key to read it."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the medium {key[:80]!r} was encrypted with another MEDIA_KEY than ours")


class DamagedMedium(MediaStoreError):
    """Raised when a medium in the store is not what was kept."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the medium {key[:80]!r} is damaged: it is not what was kept")


class UnusableFile(InturnError):
    """Raised when a file that an assistant or an agent sends cannot be read, or is not what it is called."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the file {name} cannot be sent: {why}")


class MediumTooLarge(MediaStoreError):
    """Raised when a medium is larger than its kind may be; nothing of it is kept."""

    def __init__(self, at_most: int) -> None:
        super().__init__(f"the medium is larger than {at_most:,} bytes")


class IllegalTransition(InturnError):
    """Raised when the state machine has no such transition from the current state."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"a session in the state {state} does not allow the event {event}")


class ConversationBusy(InturnError):
    """Raised when a worker held the conversation for longer than the caller waits."""


class NoCustomer(InturnError):
    """Raised when the input is not a customer's number or id, or is ambiguous; the message says which."""


class NoSuchSession(InturnError):
    """Raised when there is no session of this customer."""


class UnreadableSession(InturnError):
    """Raised when the session of a customer cannot be read; the next turn moves it to the dead letters and begins a new one."""

    def __init__(self, customer: str, why: str, raw: str) -> None:
        super().__init__(f"the session of {customer} cannot be read: {why}")
        self.customer = customer
        self.why = why
        self.raw = raw


class SearchLimitReached(InturnError):
    """Raised by `Turn.search` when the customer has no searches left in this window."""

    def __init__(self, wait_for: timedelta) -> None:
        super().__init__(f"no searches left for {wait_for}")
        self.wait_for = wait_for


class NoCatalogue(InturnError):
    """Raised by `Turn.search` when no catalogue is configured."""


class NotRevivable(InturnError):
    """Raised when a dead letter cannot be retried."""


class BadAssistant(InturnError):
    """Raised when the assistant cannot be loaded, or returns an invalid value."""


class StepFailed(InturnError):
    """Raised by `Turn.step`, in each repetition of the turn, when the result of its function could not be kept."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(f"the step {step} is done, and cannot be repeated: {why}")


class TurnLost(InturnError):
    """Raised by what keeps something during a turn: the turn is another worker's by now, was begun anew, or has ended."""
