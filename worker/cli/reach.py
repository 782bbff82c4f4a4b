"""Finds the Redis for a command: the one in the settings, else that of the stack running here."""

from session.campaigning import Campaigns
from session.connection import ServersClock
from session.ids import new_id
from session.keys import Keys
from session.manager import SessionManager
from session.media_store import MediaStore
from session.store import CampaignStore, Redis, Runner, Scripts, shared_secret
from worker.cli.running.stack import settings_of_stack
from worker.media.removal import MediaRemoval
from worker.opening import open_redis
from worker.settings import WorkerSettings


def reach() -> tuple[Redis, WorkerSettings]:
    """Return a client and the settings. Raises `SettingsError` if a setting is invalid."""
    settings = settings_of_stack(WorkerSettings)
    return open_redis(settings), settings


def open_media_removal() -> MediaRemoval:
    """Return what removes the media of customers, with the secret of that Redis."""
    client, settings = reach()
    try:
        secret = Runner(client)(shared_secret(Keys(settings.shards), fresh=new_id() + new_id()))
    finally:
        client.close()
    return MediaRemoval(media=MediaStore(settings.media_place()), secret=secret)


def open_manager() -> SessionManager:
    """Return the session library for that Redis."""
    client, settings = reach()
    return SessionManager(
        client, shards=settings.shards, policy=settings.policy(), country=settings.default_country
    )


def open_campaigns() -> Campaigns:
    """Return the campaigns in that Redis."""
    client, settings = reach()
    store = CampaignStore(Scripts.load(), Keys(settings.shards), settings.policy())
    return Campaigns(Runner(client), store, shards=settings.shards, clock=ServersClock(client))
