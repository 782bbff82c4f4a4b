"""Compares a template of a reply with its definition, and fills it in. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from session.business_contents import TemplateMessage
from session.content_parts import Location, Option
from session.files import File
from session.replies import Button, Reply
from session.template_definitions import SENDABLE, ButtonForm, Definition, Definitions, parameters_in, put_in
from session.templates import BODY_LIMIT, Template, TemplateButton, UnusableTemplate, in_one_line


def fitted(template: Template, definitions: Definitions, channel: str) -> Template:
    """Return a template with what its definition adds. Without a definition nothing is checked and nothing added.

    Raises `UnusableTemplate`, which says what is expected.
    """
    found = definitions.find(channel, template.name, template.language)
    if found is None:
        if not definitions.covers(channel):
            return template
        raise UnusableTemplate(template.name, template.language, _missing(template, definitions, channel))
    if found.status not in SENDABLE:
        reason = f" ({found.why})" if found.why else ""
        raise UnusableTemplate(template.name, template.language, f"it is {found.status}{reason}")
    if found.is_read:
        return filled(template, found)
    return template.model_copy(update={"account": found.account, "category": found.category})


def filled(template: Template, definition: Definition) -> Template:
    """Return a template with its text, as a definition makes it. Raises `UnusableTemplate` if the two do not fit."""
    wrong = "; ".join(_wrong(template, definition))
    if wrong:
        raise UnusableTemplate(template.name, template.language, wrong)
    names = definition.parameters
    values = (
        template.body if isinstance(template.body, dict) else dict(zip(names, template.body, strict=True))
    )
    header, header_names = template.header, definition.header_parameters
    said = definition.header.text if definition.header and definition.header.kind == "text" else ""
    if isinstance(header, str):
        said = put_in(said, dict.fromkeys(header_names, header))
    text = put_in(definition.body, values)
    if len(text) > BODY_LIMIT:
        most = f"its body has {len(text):,} characters with these values; {BODY_LIMIT:,} are possible"
        raise UnusableTemplate(template.name, template.language, most)
    given = {one.index: one for one in template.buttons}
    shown = TemplateMessage(
        text=text,
        name=template.name,
        language=template.language,
        header=said or None,
        footer=definition.footer,
        options=tuple(_option(one, given.get(place)) for place, one in enumerate(definition.buttons)),
        location=header if isinstance(header, Location) else None,
    )
    header_form = definition.header.text if definition.header and header_names else None
    added: dict[str, Any] = {
        "account": definition.account,
        "category": definition.category,
        "id": definition.id,
        "header_form": header_form,
        "shown": shown,
    }
    if definition.channel == "twilio":
        added["variables"] = dict(_variables(template, values, definition))
    return template.model_copy(update=added)


def _variables(
    template: Template, values: dict[str, str], definition: Definition
) -> Iterator[tuple[str, str]]:
    """Yield the values by the names of a definition whose parts share them; an address of a file has its own way."""
    yield from values.items()
    if isinstance(template.header, str):
        yield from ((name, template.header) for name in definition.header_parameters)
    for one in template.buttons:
        form = definition.buttons[one.index or 0]
        yield from ((name, one.value) for name in parameters_in(form.url or form.payload or ""))


def in_words(template: Template, definitions: Definitions) -> Reply:
    """Return what a template says as a free-form reply, for a network that has none.

    Raises `UnusableTemplate` if its text is not known.
    """
    found = definitions.in_words(template.name, template.language)
    if found is None:
        raise UnusableTemplate(
            template.name,
            template.language,
            "there are no templates here, and its text is not known: `inturn templates pull` reads it where there are",
        )
    return _free_form(filled(template, found))


def _free_form(template: Template) -> Reply:
    content = template.content()
    links = [one for one in content.options if one.id.startswith(("https://", "http://"))]
    taps = [one for one in content.options if one not in links]
    lines = [content.header, content.text, content.footer, *(f"{one.title}: {one.id}" for one in links)]
    text = "\n\n".join(filter(None, lines))
    if content.location:
        return Reply(text=text, location=content.location)
    buttons = tuple(Button(id=one.id, title=one.title) for one in taps)
    return Reply(text=text, media=template.file, buttons=buttons)


def in_place_of(text: str, definition: Definition | None, *, name: str, language: str) -> Template:
    """Return the template that says a free-form text: as its only parameter, or as what it is if it has none.

    Without a definition it is taken for one with one parameter. Raises `UnusableTemplate` for one that needs anything else,
    is not approved, or if there is no text for it.
    """
    if definition and definition.status not in SENDABLE:
        raise UnusableTemplate(name, language, f"it is {definition.status}")
    known = definition if definition and definition.is_read else None
    if known and (
        len(known.parameters) > 1
        or known.needs_header
        or any(one.needs in {"url", "code"} for one in known.buttons)
    ):
        raise UnusableTemplate(
            name, language, "it needs more than one parameter, or another one than that of its body"
        )
    names = known.parameters if known else ["1"]
    if not names:
        template = Template(name=name, language=language, in_place=True)
        return filled(template, known) if known else template
    line = in_one_line(text)
    if not line:
        raise UnusableTemplate(name, language, "the reply has no text for it")
    room = BODY_LIMIT - len(put_in(known.body, {names[0]: ""})) if known else BODY_LIMIT
    if room < 1:
        raise UnusableTemplate(name, language, "its body has no room for a text")
    line = _cut(line, room)
    body: tuple[str, ...] | dict[str, str] = (line,) if names[0].isdecimal() else {names[0]: line}
    template = Template(name=name, language=language, body=body, in_place=True)
    return filled(template, known) if known else template


def _missing(template: Template, definitions: Definitions, channel: str) -> str:
    languages = definitions.languages(channel, template.name)
    if languages:
        return f"there it is in {', '.join(languages)}"
    names = definitions.names(channel)
    known = f"the approved ones are {', '.join(names[:20])}" if names else "none is approved"
    return f"{channel} has no such template; {known}; `inturn templates pull` reads them again"


def _wrong(template: Template, definition: Definition) -> Iterable[str]:
    """Yield what does not fit, each with what is expected."""
    yield from _wrong_header(template.header, definition)
    names = definition.parameters
    if isinstance(template.body, dict):
        if set(template.body) != set(names):
            yield f"its body has the parameters {_listed(names)}, given were {_listed(template.body)}"
    elif len(template.body) != len(names):
        yield f"its body has {len(names)} parameters ({_listed(names)}), given were {len(template.body)}"
    elif any(not name.isdecimal() for name in names):
        yield f"the parameters of its body have names: body={{{', '.join(f'{name!r}: ...' for name in names)}}}"
    yield from _wrong_buttons(template.buttons, definition.buttons)


def _wrong_header(header: str | Location | File | None, definition: Definition) -> Iterable[str]:
    form = definition.header
    kind = header.kind if isinstance(header, File) else "location" if isinstance(header, Location) else "text"
    if header is None:
        if definition.needs_header and form:
            yield (
                f"its header is {with_article(form.kind)}, which is missing"
                if form.kind != "text"
                else "its header has a parameter, which is missing"
            )
    elif form is None:
        yield "it has no header"
    elif kind != form.kind:
        yield f"its header is {with_article(form.kind)}, given was {with_article(kind)}"
    elif not definition.needs_header:
        yield "its header has no parameter"


def _wrong_buttons(given: Sequence[TemplateButton], forms: Sequence[ButtonForm]) -> Iterable[str]:
    needed = {place: form.needs for place, form in enumerate(forms) if form.needs}
    for one in given:
        needs = needed.get(one.index or 0)
        if needs is None:
            yield f"its button {one.index} takes nothing"
        elif needs != one.kind:
            yield f"its button {one.index} takes a {needs}, given was a {one.kind}"
    named = {one.index for one in given}
    for place, needs in needed.items():
        # Meta sends the title of a quick reply back if it is given no payload; at Twilio a parameter needs a value.
        is_needed = needs != "payload" or parameters_in(forms[place].payload or "")
        if is_needed and place not in named:
            yield f"its button {place} ({forms[place].title}) takes a {needs}, which is missing"


def _option(form: ButtonForm, given: TemplateButton | None) -> Option:
    value = given.value if given else None
    if form.url:
        names = parameters_in(form.url)
        return Option(id=put_in(form.url, dict.fromkeys(names, value or "")), title=form.title)
    return Option(id=value or form.payload or form.title, title=form.title)


def _cut(line: str, room: int) -> str:
    """Return a line of at most `room` UTF-16 code units: no text has more characters, whichever kind a provider counts."""
    if _units(line) <= room:
        return line
    kept = line[: room - 1]
    while _units(kept) > room - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def with_article(word: str) -> str:
    """Return a noun with "a" or "an"."""
    return f"an {word}" if word.startswith(("a", "i")) else f"a {word}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
