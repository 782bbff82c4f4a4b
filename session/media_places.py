"""Where media are kept, as the settings say it, and how the folder of a conversation is called. Pure."""

from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from urllib.parse import parse_qs, unquote

from session.addresses import BadAddress, taken_apart

#: AWS has no host of its own in the URL: the library finds it by the region.
_FORM = "s3://key:secret@host/bucket/prefix?region=name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of an S3-compatible store."""

    name: str
    endpoint: str  #: "https://host:port"
    region: str
    prefix: str = ""
    key_id: str = ""  #: "": the credentials of the machine, as AWS names them
    secret: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The bucket without its secret."""
        return "/".join(filter(None, (self.endpoint, self.name, self.prefix)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlace:
    """A folder of this machine, or a bucket; and the key that encrypts what is kept."""

    directory: Path
    bucket: Bucket | None = None  #: if there is one, nothing is kept in the folder
    key: str = field(default="", repr=False)  #: "": nothing is encrypted

    @property
    def shown(self) -> str:
        """The place without any secret."""
        return self.bucket.shown if self.bucket else str(self.directory)


def read_bucket(url: str) -> Bucket:
    """Read `s3://[key:secret@]host[:port]/bucket[/prefix][?region=name]`; `s3+http://` for a store without TLS.

    Raises `BadAddress`, which quotes nothing.
    """
    parts = taken_apart(url)
    if parts.scheme not in ("s3", "s3+http"):
        raise BadAddress(f"must be a URL that begins with s3:// or s3+http://: {_FORM}")
    name, _, prefix = unquote(parts.path).strip("/").partition("/")
    if not parts.hostname or not name:
        raise BadAddress(f"must name a host and a bucket: {_FORM}")
    if bool(parts.username) != bool(parts.password):
        raise BadAddress(f"must have a key and a secret, or none of them: {_FORM}")
    query = parse_qs(parts.query)
    if parts.fragment or query.keys() - {"region"}:
        raise BadAddress(f"may have only region after its ?: {_FORM}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Bucket(
        name=name,
        endpoint=f"{'http' if parts.scheme.endswith('http') else 'https'}://{host}{f':{parts.port}' if parts.port else ''}",
        region=query.get("region", ["us-east-1"])[0],
        prefix=prefix,
        key_id=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
    )


def folder_of(conversation: str, secret: str) -> str:
    """Return the folder of a conversation: 32 characters that tell nobody without the secret of the deployment whose it is."""
    key = blake2b(secret.encode(), digest_size=64, person=b"inturn media").digest()
    name = conversation.encode("utf-8", "surrogatepass")
    return b32encode(blake2b(name, digest_size=20, key=key).digest()).decode().lower()
