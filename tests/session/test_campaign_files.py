"""Files of recipients: whatever is in them, each line is a recipient, an error with its number, or a customer of an earlier line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.campaign_files import (
    LONGEST_LINE,
    UnreadableRecipients,
    columns_of,
    lines_in,
    read_recipients,
)
from session.files import File
from session.template_definitions import ButtonForm, Definition, HeaderForm
from session.template_fitting import filled
from session.templates import BODY_LIMIT, Template, TemplateButton

REMINDER = Definition(
    account="meta:1",
    name="viewing_reminder",
    language="en",
    status="APPROVED",
    header=HeaderForm(kind="text", text="Your viewing on {{1}}"),
    body="Hello {{1}}, we meet at {{2}}.",
    buttons=(ButtonForm(title="I will be there", needs="payload"), ButtonForm(title="Another time")),
)
NEWS = Definition(account="meta:1", name="news", language="en", status="APPROVED", body="News for {{1}}.")
HEAD = "to,1,2,header,button_0"


def read(*lines, definition=NEWS, country="EG", ignored=()):
    return list(read_recipients(lines, definition, country, ignored=ignored))


def errors(*lines, **more):
    return [row.error for row in read(*lines, **more)]


def refusal(*lines, **more):
    with pytest.raises(UnreadableRecipients) as refused:
        read(*lines, **more)
    return str(refused.value)


# -- what a line becomes


def test_a_line_is_a_recipient_with_everything_that_the_template_is_given():
    (row,) = read(HEAD, '+20 100 123-4567,"Nour, Alia",10:00,Thursday,comes', definition=REMINDER)

    assert (row.line, row.error, row.repeats) == (2, "", 0)
    assert row.recipient.customer == "+201001234567"
    assert row.recipient.body == ("Nour, Alia", "10:00")
    assert row.recipient.header == "Thursday"
    assert row.recipient.buttons == (TemplateButton(index=0, payload="comes"),)


def test_columns_stand_in_any_order_and_payloads_may_be_left_out():
    (row,) = read("2;header;to;1", "10:00;Thursday;01001234567;Alia", definition=REMINDER)

    assert row.recipient.customer == "+201001234567"
    assert (row.recipient.body, row.recipient.buttons) == (("Alia", "10:00"), ())


def test_columns_that_are_no_parameters_may_be_in_capitals():
    (row,) = read("To,1,2,Header,BUTTON_0", "+201001234567,Alia,10:00,Thursday,comes", definition=REMINDER)
    assert (row.recipient.customer, row.recipient.header) == ("+201001234567", "Thursday")
    assert row.recipient.buttons == (TemplateButton(index=0, payload="comes"),)

    assert read("to,To,1", "+201001234567,x,you", ignored=["To"])[0].recipient.body == ("you",)
    assert refusal("to,To,1") == "the column to stands there twice"
    named = NEWS.model_copy(update={"body": "{{To}} and {{Town}}"})
    (row,) = read("to,To,Town", "+201001234567,Omar,Giza", definition=named)
    assert row.recipient.body == {"To": "Omar", "Town": "Giza"}


def test_that_the_column_of_the_numbers_is_missing_is_said_first():
    takes = "a file for this template has the columns to, 1"
    assert refusal("phone,1") == f"missing columns: to; {takes}"
    assert refusal("to,phone") == f"unknown columns: phone; {takes}"


def test_parameters_with_names_have_columns_with_these_names():
    named = NEWS.model_copy(update={"body": "{{name}} writes to {{to}}."})

    assert columns_of(named) == ["to", "name", "body_to"]
    (row,) = read("to,body_to,name", "+201001234567,Omar,Mona", definition=named)
    assert row.recipient.body == {"name": "Mona", "to": "Omar"}


def test_a_header_that_is_a_file_is_the_file_at_an_address():
    pictured = NEWS.model_copy(update={"header": HeaderForm(kind="image")})

    good, bad = read(
        "to,1,header",
        "+201001234567,you,https://villas.example/7",
        "+201001234568,you,7.jpg",
        definition=pictured,
    )

    assert good.recipient.header == File(url="https://villas.example/7", kind="image")
    assert bad.error.startswith("header: an address begins with https://")


def test_a_customer_without_a_number_is_named_by_an_id():
    (row,) = read("to,1", "US.13491208655302741918,you")

    assert row.recipient.customer == "US.13491208655302741918"


def test_one_customer_in_two_spellings_counts_once():
    rows = read("to,1", "+20 100 123 4567,a", "01001234567,b", "+5511987654321,c", "+551187654321,d")

    assert [(row.line, row.repeats, row.recipient is None) for row in rows] == [
        (2, 0, False),
        (3, 2, True),
        (4, 0, False),
        (5, 4, True),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("+2010,you", "to: '+2010' is not a phone number"),
        ("1234567890123,you", "to: '1234567890123' is not a phone number of EG"),
        (f"{'1' * 90},you", "to: it is too long for a phone number"),
        ("telegram:123456789,you", "to: 'telegram:123456789' is not a phone number"),
        (",you", "to: '' is not a phone number"),
        ("+201001234567", "1: it is empty; it needs a value"),
        ("+201001234567,a     b", "1: a parameter of a template has no line breaks"),
        (f"+201001234567,{'a' * (BODY_LIMIT + 1)}", "1: a parameter of a template has at most 1,024"),
        (f"+201001234567,{'a' * BODY_LIMIT}", "its body has 1,034 characters"),
        ("+201001234567,you,more", "it has 3 cells under 2 columns"),
        ('+201001234567,"you', "it cannot be split into cells (unexpected end of data)"),
        ("+201001234567,a\0b", "it has a character NUL"),
        ("+201001234567,\udcff", "it is not encoded in UTF-8"),
        ("+201001234567," + "é" * (LONGEST_LINE // 2), "it has more than 65,536 bytes"),
        ("x" * (LONGEST_LINE + 1), "it has more than 65,536 bytes"),
    ],
)
def test_what_is_no_recipient_is_told_by_its_line_and_the_next_one_is_read(line, why):
    bad, good = read("to,1", line, "+201001234568,me")

    assert (bad.line, bad.recipient) == (2, None)
    assert bad.error.startswith(why)
    assert good.recipient.customer == "+201001234568"


def test_a_button_that_needs_a_value_is_named():
    linked = NEWS.model_copy(
        update={"buttons": (ButtonForm(title="See", needs="url", url="https://villas.example/{{1}}"),)}
    )

    assert errors("to,1,button_0", "+201001234567,you,", "+201001234568,you,7", definition=linked) == [
        "its button 0 (See) takes a url, which is missing",
        "",
    ]


def test_a_number_as_it_is_dialled_needs_a_country():
    (row,) = read("to,1", "01001234567,you", country="")

    assert "set DEFAULT_COUNTRY" in row.error


# -- files that do not fit


def test_a_file_without_lines_is_none():
    assert refusal() == refusal("", "\n", "  ") == "the file is empty"


def test_unknown_and_missing_columns_are_named_with_those_that_there_are():
    takes = "a file for this template has the columns to, 1"

    assert refusal("to,1,name") == f"unknown columns: name; {takes}"
    assert refusal("to") == f"missing columns: 1; {takes}"
    assert refusal("to,1,1") == refusal("to,1,body_1") == "the column 1 stands there twice"
    assert len(refusal("to,1," + "x" * 1000)) < 200
    (row,) = read("to,1,name,", "+201001234567,you,Alia,", ignored=["name"])
    assert row.recipient.body == ("you",)


def test_a_first_line_that_is_none_says_why():
    assert "not encoded in UTF-8" in refusal("\udcff\udcfet\x00o\x00")
    assert "cannot be split into cells" in refusal('"to')


def test_a_template_that_nobody_has_read_and_one_with_a_place_are_refused():
    told = NEWS.model_copy(update={"is_read": False, "body": ""})
    place = NEWS.model_copy(update={"header": HeaderForm(kind="location")})

    assert "inturn templates pull" in refusal("to,1", definition=told)
    assert "is a place" in refusal("to,1", definition=place)


def test_a_file_with_too_many_recipients_ends_where_they_are_too_many(monkeypatch):
    monkeypatch.setattr("session.campaign_files.MOST_ROWS", 2)
    rows = read_recipients(["to,1", *(f"+20100123456{n},you" for n in (1, 2, 2, 3))], NEWS, "")

    assert [next(rows).line for _ in range(3)] == [2, 3, 4]
    with pytest.raises(UnreadableRecipients, match="at most 2 recipients"):
        next(rows)


# -- hostile bytes


def test_a_file_may_begin_with_a_byte_order_mark_and_end_without_a_line_break():
    file = io.BytesIO(b"\xef\xbb\xbfto,1\r\n+201001234567,\xc3\xa9t\xc3\xa9")

    assert [row.recipient.body for row in read_recipients(lines_in(file), NEWS, "")] == [("été",)]


def test_a_line_without_end_is_read_in_pieces_and_kept_no_longer_than_a_line():
    class Pieces(io.BytesIO):
        longest = 0

        def readline(self, size=-1, /):
            self.longest = max(self.longest, size)
            assert size > 0, "a line of any length would be in memory at once"
            return super().readline(size)

    file = Pieces(b"to,1\n" + b"7" * (5 * LONGEST_LINE) + b"\n+201001234567,you")

    lines = list(lines_in(file))

    assert [len(line) for line in lines] == [5, LONGEST_LINE + 1, 17]
    assert file.longest == LONGEST_LINE + 1


@given(st.binary(max_size=2000))
def test_no_bytes_are_more_than_bad_lines(content):
    try:
        rows = list(read_recipients(lines_in(io.BytesIO(content)), NEWS, "EG"))
    except UnreadableRecipients:
        return
    assert len(rows) <= content.count(b"\n") + 1


@given(st.lists(st.text(max_size=60), max_size=20))
def test_each_line_behind_the_first_is_said_once_and_is_one_of_three(texts):
    rows = read("to,1", *texts)

    assert len({row.line for row in rows}) == len(rows)
    assert [row.line for row in rows] == sorted(row.line for row in rows)
    for row in rows:
        assert 2 <= row.line <= len(texts) + 1
        assert (row.recipient is not None) + bool(row.error) + bool(row.repeats) == 1


VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=80).filter(
    lambda text: text == text.strip() and "     " not in text
)


@given(
    st.lists(
        st.tuples(st.integers(0, 999_999), VALUES, VALUES, VALUES.filter(lambda one: len(one) <= 60)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(",;\t|"),
)
def test_what_a_program_has_written_is_read_as_it_was_and_fits_the_template(people, separator):
    written = io.StringIO()
    table = csv.writer(written, delimiter=separator, lineterminator="\n")
    table.writerow(["to", "1", "2", "header"])
    table.writerows([f"+20100{number:07}", *rest] for number, *rest in people)

    rows = read(*written.getvalue().split("\n"), definition=REMINDER)

    # Each customer once, with what the first line of that customer says; nobody else.
    first = {f"+20100{number:07}": rest for number, *rest in reversed(people)}
    found = {row.recipient.customer: row.recipient for row in rows if row.recipient}
    assert {name: [*one.body, one.header] for name, one in found.items()} == first
    assert sum(row.repeats > 0 for row in rows) == len(people) - len(first)
    for one in found.values():
        template = Template(
            name="viewing_reminder", language="en", header=one.header, body=one.body, buttons=one.buttons
        )
        assert filled(template, REMINDER).shown
