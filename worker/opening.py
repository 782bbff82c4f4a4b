"""Opens what the programs of the worker share: the Redis of the sessions, and the senders of the business."""

from functools import cache
from typing import TYPE_CHECKING, Any

from loguru import logger

from session import store
from session.channels import PROVIDERS
from session.connection import connect
from session.consulting import Assistant
from session.errors import SettingsError
from session.faq import NO_FAQ
from session.models import Member
from session.rates import Rates
from worker.assistants.catalogue import LoadedCatalogue
from worker.assistants.faq.file import FaqFile
from worker.loading import load_assistant, load_named, told
from worker.reloading import Load
from worker.senders import CampaignPace, Sender, Senders, after_window_in
from worker.senders_file import SETTING, gather_of, read_senders
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning


def open_meaning(settings: WorkerSettings) -> "Meaning | None":
    """Return what finds records and answers by meaning, with the model of `EMBEDDER`; None without one.

    Raises `SettingsError` if it cannot be loaded.
    """
    if not settings.embedder:
        return None
    try:
        from worker.assistants.semantic.meaning import Meaning  # noqa: PLC0415  (numpy is an extra)
    except ModuleNotFoundError as missing:
        raise SettingsError(f"EMBEDDER needs the package {missing.name}: install inturn[semantic]") from None
    make = load_named(settings.embedder, "EMBEDDER")
    try:
        return Meaning(make(), logger.warning)
    except Exception as error:
        raise SettingsError(f"EMBEDDER={settings.embedder}: it makes no model\n{told(error)}") from error


def open_redis(settings: WorkerSettings) -> store.Redis:
    """Return a client for the Redis of the sessions."""
    return connect(
        settings.session_redis_url,
        timeout=settings.redis_timeout_seconds,
        cluster=settings.redis_cluster,
    )


def open_senders(
    settings: WorkerSettings,
    assistant: Assistant | None = None,
    *,
    load: Load = load_assistant,
    meaning: "Meaning | None" = None,
) -> Senders:
    """Return the senders of the business; `assistant` replaces the one of the settings, `meaning` answers by meaning too.

    Raises `SettingsError` if an assistant cannot be loaded or the file of the senders is invalid.
    """
    usual = Sender(
        assistant=assistant or load(settings.assistant, "ASSISTANT"),
        assistant_name=settings.assistant,
        kind=settings.catalogue_kind,
        faq=FaqFile(settings.faq_file, meaning=meaning) if settings.faq_file else NO_FAQ,
        rates=Rates.of(settings.exchange_rates),
        agent_id=settings.default_agent_id,
        access=settings.access,
        on_new_message=settings.on_new_message,
        while_waiting=settings.while_waiting,
        after_window=after_window_in(settings.after_window_template),
        gather=gather_of("" if assistant else settings.assistant, settings.gather_seconds),
        join_replies=settings.join_replies,
        hours=settings.hours,
        budget=settings.sender_budget,
        campaigns=CampaignPace(
            per_second=settings.campaign_per_second, customers_per_day=settings.campaign_customers_per_day
        ),
    )
    own = frozenset(
        f"{name}:{provider.own_sender(settings)}"
        for name, provider in PROVIDERS.items()
        if provider.can_send(settings)
    )
    if settings.senders_file is None:
        return Senders(usual=usual, named={}, own=own)
    return read_senders(
        settings.senders_file,
        usual,
        lambda dotted: load(dotted, SETTING),
        open_faq=cache(lambda path: FaqFile(path, setting=f"{SETTING}: faq", meaning=meaning)),
        country=settings.default_country,
        own=own,
        gather_seconds=settings.gather_seconds,
        usual_hours=(settings.time_zone, settings.quiet_hours),
    )


def unloaded_senders(settings: WorkerSettings) -> Senders:
    """Return the senders of the business with the names of their assistants, of which none is loaded.

    Raises `SettingsError` if the file of the senders is invalid.
    """
    nothing: Any = None
    usual = Sender(assistant=nothing, assistant_name=settings.assistant, budget=settings.sender_budget)
    if settings.senders_file is None:
        return Senders(usual=usual, named={})
    return read_senders(settings.senders_file, usual, lambda _: nothing, country=settings.default_country)


def member_of(records: LoadedCatalogue, customer: str) -> Member | None:
    """Return the member with the number of a customer; None for anybody else."""
    found = records.member_by_phone(customer)
    return Member(user_id=found.user_id, name=found.name, role=found.role) if found else None
