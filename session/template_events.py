"""What providers report about message templates, as events. Pure."""

from typing import Literal

from pydantic import Field

from session.event_values import Event

#: What a report may change of a definition.
Changes = Literal["status", "quality", "category"]


class TemplateChanged(Event):
    """A provider reported, a refused send showed, or an API client said that something about a template has changed."""

    #: "definition": an API client has put or removed it; then `before` and `after` are its status
    what: Literal["status", "quality", "category", "definition"] = Field(alias="template_change")
    template: str  #: its name
    language: str = ""
    about: str = Field("", alias="line")  #: the account: "meta:<id>"
    before: str | None = None
    after: str = ""
    words: str | None = None  #: the provider's reason
    by: str | None = None  #: the API client
