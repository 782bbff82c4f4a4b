"""A reply becomes messages that Meta takes: limits, buttons, lists, and numbered lines where those cannot be had."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.replies import Button, Menu, Reply, Row
from tests.worker.channels.provider import meta
from worker.channels.texts import units


def rendered(reply):
    channel, _ = meta()
    return channel.render(reply)


def buttons(*titles):
    return tuple(Button(id=f"b{number}", title=title) for number, title in enumerate(titles, 1))


def rows(*titles):
    return tuple(Row(id=f"r{number}", title=title) for number, title in enumerate(titles, 1))


def test_a_short_text_stays_as_it_is():
    assert rendered(Reply(text=" Hello! ", reply_to="wamid.Q")) == (
        Reply(text=" Hello! ", reply_to="wamid.Q"),
    )


def test_only_the_first_part_of_a_long_text_quotes():
    first, second = rendered(Reply(text="a" * 4096 + "b", reply_to="wamid.Q"))

    assert (first.text, first.reply_to) == ("a" * 4096, "wamid.Q")
    assert (second.text, second.reply_to) == ("b", None)


def test_a_reply_that_says_nothing_is_still_one_part():
    assert rendered(Reply(text=" ")) == (Reply(text=""),)


class TestButtons:
    def test_three_of_them_stay_buttons(self):
        reply = Reply(text="Which?", buttons=buttons("Rent", "Buy", "Sell"))

        assert rendered(reply) == (reply,)

    def test_a_long_title_is_shortened(self):
        (part,) = rendered(Reply(text="Which?", buttons=buttons("Something in New Cairo")))

        assert part.buttons == (Button(id="b1", title="Something in New Ca…"),)

    def test_four_of_them_become_a_list(self):
        (part,) = rendered(Reply(text="Which?", buttons=buttons("1", "2", "3", "4")))

        assert not part.buttons
        assert part.menu == Menu(
            button="Options", rows=tuple(Row(id=f"b{n}", title=str(n)) for n in range(1, 5))
        )

    def test_titles_that_would_be_alike_become_rows_that_tell_the_whole_title(self):
        (part,) = rendered(
            Reply(text="Which?", buttons=buttons("Apartment in New Cairo 1", "Apartment in New Cairo 22"))
        )

        assert [(row.title, row.description) for row in part.menu.rows] == [
            ("Apartment in New Cairo 1", None),
            ("Apartment in New Cairo…", "Apartment in New Cairo 22"),
        ]

    def test_eleven_of_them_become_numbered_lines(self):
        (part,) = rendered(Reply(text="Which?", buttons=buttons(*"abcdefghijk")))

        assert part.text.startswith("Which?\n\n1. a\n2. b\n")
        assert part.text.endswith("\n11. k")
        assert part.menu is None

    @pytest.mark.parametrize("strange", ["", "  ", "x" * 257, "b1"])
    def test_an_id_that_meta_would_refuse_is_not_sent(self, strange):
        reply = Reply(text="Which?", buttons=(Button(id="b1", title="Yes"), Button(id=strange, title="No")))

        assert rendered(reply) == (Reply(text="Which?\n\n1. Yes\n2. No"),)

    def test_an_id_that_is_too_long_for_a_row_stays_on_its_button(self):
        reply = Reply(text="Which?", buttons=(Button(id="x" * 256, title="Yes"),))

        assert rendered(reply) == (reply,)

    def test_a_long_text_goes_ahead_and_its_end_carries_the_buttons(self):
        text = "\n\n".join(letter * 900 for letter in "abc")

        ahead, last = rendered(Reply(text=text, buttons=buttons("Yes"), reply_to="wamid.Q"))

        assert (ahead.text, ahead.buttons, ahead.reply_to) == (f"{'a' * 900}\n\n{'b' * 900}", (), "wamid.Q")
        assert (last.text, last.buttons, last.reply_to) == ("c" * 900, buttons("Yes"), None)

    def test_buttons_without_a_word_get_a_body(self):
        (part,) = rendered(Reply(text="", buttons=buttons("Yes"), reply_to="wamid.Q"))

        assert (part.text, part.reply_to) == ("…", "wamid.Q")


class TestMenus:
    def test_ten_rows_stay_a_list(self):
        reply = Reply(text="Where?", menu=Menu(button="Areas", rows=rows(*"abcdefghij")))

        assert rendered(reply) == (reply,)

    def test_eleven_rows_become_numbered_lines_with_their_descriptions(self):
        many = (*rows(*"abcdefghij"), Row(id="r11", title="Maadi", description="2 flats"))

        (part,) = rendered(Reply(text="Where?", menu=Menu(button="Areas", rows=many)))

        assert part.text.endswith("\n10. j\n11. Maadi - 2 flats")

    def test_everything_too_long_is_shortened(self):
        row = Row(id="r1", title="t" * 30, description="d" * 80)

        (part,) = rendered(Reply(text="Where?", menu=Menu(button="b" * 30, rows=(row,))))

        assert part.menu == Menu(
            button="b" * 19 + "…", rows=(Row(id="r1", title="t" * 23 + "…", description="d" * 71 + "…"),)
        )

    def test_a_menu_without_a_label_gets_ours_and_a_row_without_a_title_its_id(self):
        (part,) = rendered(
            Reply(text="Where?", menu=Menu(button=" ", rows=(Row(id="r1", title="", description=" "),)))
        )

        assert part.menu == Menu(button="Options", rows=(Row(id="r1", title="r1"),))

    def test_a_menu_without_rows_is_a_text(self):
        assert rendered(Reply(text="Where?", menu=Menu(button="Areas", rows=()))) == (Reply(text="Where?"),)

    def test_an_id_that_is_too_long_for_a_row_is_not_shortened(self):
        reply = Reply(text="Where?", menu=Menu(button="Areas", rows=(Row(id="x" * 201, title="a"),)))

        assert rendered(reply) == (Reply(text="Where?\n\n1. a"),)

    def test_buttons_beside_a_menu_become_rows_of_it(self):
        reply = Reply(text="?", buttons=buttons("Yes"), menu=Menu(button="Areas", rows=rows("a")))

        (part,) = rendered(reply)

        assert [row.title for row in part.menu.rows] == ["Yes", "a"]


WORDS = st.text(st.characters(codec=None, categories=None), max_size=300)
LONG = st.lists(st.text(max_size=60) | st.sampled_from(["\n\n", "word " * 60, "x" * 700, "\ud800"])).map(
    "".join
)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        Reply,
        text=LONG,
        buttons=st.lists(st.builds(Button, id=WORDS, title=WORDS), max_size=12).map(tuple),
        menu=st.none()
        | st.builds(
            Menu,
            button=WORDS,
            rows=st.lists(
                st.builds(Row, id=WORDS, title=WORDS, description=st.none() | WORDS), max_size=12
            ).map(tuple),
        ),
    )
)
def test_every_reply_fits_and_can_be_written(reply):
    parts = rendered(reply)

    assert parts
    for part in parts:
        part.to_json().encode("utf-8")
        assert units(part.text) <= (1024 if part.buttons or part.menu else 4096)
        assert part.text.strip() or len(parts) == 1
        assert len(part.buttons) <= 3
        assert all(1 <= units(b.title) <= 20 and 1 <= units(b.id) <= 256 for b in part.buttons)
        if part.menu:
            assert 1 <= units(part.menu.button) <= 20
            assert 1 <= len(part.menu.rows) <= 10
            assert all(1 <= units(r.title) <= 24 and 1 <= units(r.id) <= 200 for r in part.menu.rows)
            assert all(units(r.description or "") <= 72 for r in part.menu.rows)
    assert not any(part.buttons or part.menu for part in parts[:-1])
