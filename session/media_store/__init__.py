"""Where the bytes of media are kept: a folder or a bucket, encrypted if there is a key.

An object is called "<folder>/<SHA-256>", with ".sealed" behind it if it is encrypted. A folder belongs to one conversation,
so that everything of a customer is removed at once and no references are counted.
"""

from session.media_places import MediaPlace, folder_of
from session.media_store.incoming import Incoming
from session.media_store.store import Kept, MediaStore

__all__ = ["Incoming", "Kept", "MediaPlace", "MediaStore", "folder_of"]
