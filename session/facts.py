"""What is known of a customer: any facts, to which an assistant may give types. Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from pydantic import ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from session.records import Record

#: Characters of JSON that all known facts of a customer may have together.
MOST_KNOWN = 32_768


class KnownFacts(Record):
    """Known facts by name; a fact that is not known is None.

    A subclass declares facts with a type, each with the default None. In JSON a declared fact has its name in camelCase;
    any other fact is kept as it is, under the name with which it was remembered.
    """

    model_config = ConfigDict(extra="allow")

    def __getattr__(self, name: str) -> Any:
        """Return a fact by its name, or by its name in camelCase; None if it is not known."""
        if name.startswith("_"):
            # Python and pydantic look for methods of their own.
            raise AttributeError(name)
        declared = next((own for own, field in type(self).model_fields.items() if field.alias == name), None)
        return getattr(self, declared) if declared else (self.model_extra or {}).get(self.stored_name(name))

    def updated(self, changes: Mapping[str, Any]) -> Self:
        """Return a copy in which the named facts have new values; the value None withdraws a fact.

        Raises `pydantic.ValidationError` if a declared fact is given a value of the wrong type.
        """
        known = self.stored() | {self.stored_name(name): value for name, value in changes.items()}
        return type(self).model_validate({name: value for name, value in known.items() if value is not None})

    def extended(self, changes: Mapping[str, Any]) -> Self:
        """Return the same, to be kept.

        Raises `ValueError` as well if all facts together are longer than `MOST_KNOWN` characters of JSON.
        """
        facts = self.updated(changes)
        if json_length(facts.stored()) > MOST_KNOWN:
            raise ValueError(f"the known facts of a customer are limited to {MOST_KNOWN} characters of JSON")
        return facts

    def updated_as(self, model: "type[KnownFacts]", changes: Mapping[str, Any]) -> Self:
        """Return a copy with the changes as another model stores them. Raises what `extended` raises."""
        if not changes:
            return self
        typed = self.typed_as(model).extended(changes)
        new, names = typed.stored(), {typed.stored_name(name) for name in changes}
        return self.updated(dict.fromkeys(changes) | {name: new.get(name) for name in names})

    def typed_as(self, model: "type[_Facts]") -> "_Facts":
        """Return these facts as another model; a fact with a value that the model refuses is not known to it."""
        known = self.stored()
        try:
            return model.model_validate(known)
        except ValidationError as error:
            refused = {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]}
        fields = model.model_fields.items()
        refused |= {field.alias or name for name, field in fields if name in refused}
        refused |= {name for name, field in fields if field.alias in refused}
        return model.model_validate({name: value for name, value in known.items() if name not in refused})

    def stored(self) -> dict[str, Any]:
        """Return the known facts under the names that they have in JSON."""
        return self.model_dump(by_alias=True, exclude_none=True)

    def stored_name(self, name: str) -> str:
        """Return the name that a fact has in JSON."""
        if name in type(self).model_fields:
            return type(self).model_fields[name].alias or name
        extra = self.model_extra or {}
        return camel if name not in extra and (camel := to_camel(name)) in extra else name


_Facts = TypeVar("_Facts", bound=KnownFacts)
_Assistant = TypeVar("_Assistant", bound=Callable[..., Any])
#: A model of known facts, or a function that returns one for the kind of records that a sender searches.
FactsModel = type[KnownFacts] | Callable[[str], type[KnownFacts]]


def with_facts(model: FactsModel) -> Callable[[_Assistant], _Assistant]:
    """Declare the model of the facts that an assistant remembers; a decorator.

    Raises `TypeError` if the model has a fact without a default.
    """
    if isinstance(model, type):
        try:
            model()
        except ValidationError:
            raise TypeError(f"{model.__name__}: give every fact the default None") from None

    def declare(assistant: _Assistant) -> _Assistant:
        assistant.known_facts = model  # type: ignore[attr-defined]
        return assistant

    return declare


def facts_of(assistant: Any, kind: str) -> type[KnownFacts]:
    """Return the model that an assistant has declared for a kind of records; `KnownFacts` if it has declared none."""
    model = getattr(assistant, "known_facts", KnownFacts)
    found: type[KnownFacts] = model if isinstance(model, type) else model(kind)
    return found


def json_length(values: Mapping[str, Any]) -> int:
    """Return about how many characters some values have as JSON, whatever they are."""
    return len(json.dumps(values, default=str, ensure_ascii=False))
