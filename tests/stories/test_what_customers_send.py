"""A customer sends more than texts, and an assistant answers it as a person would."""

import json

from session import State, Turn
from tests.stories.telling import ALIA, text_from

CONCIERGE = "worker.assistants.concierge:assistant"


def test_an_assistant_knows_which_of_its_replies_is_quoted(tell, valkey):
    def assistant(turn: Turn) -> None:
        quoted = turn.messages[-1].quoted
        if quoted:
            turn.reply(f"{turn.text}: {quoted.text}")
        else:
            turn.reply("the villa")
            turn.reply("the flat")

    story = tell(assistant, client=valkey)
    story.says("what do you have?")
    villa, flat = story.receives()

    story.says("this one", reply_to=villa["id"])
    assert story.hears() == ["this one: the villa"]
    story.says("or this", reply_to=flat["id"])
    assert story.hears() == ["or this: the flat"]

    said = story.session().context.message_history
    assert [(one.text, one.quoted.role, one.quoted.text) for one in said if one.quoted] == [
        ("this one", "assistant", "the villa"),
        ("or this", "assistant", "the flat"),
    ]


def test_a_reaction_belongs_to_the_reply_at_which_it_points(tell, valkey):
    story = tell(client=valkey)
    story.says("hello")
    (reply,) = story.receives()

    story.says("👍", kind="reaction", reply_to=reply["id"])

    assert story.hears() == []
    _, said = story.session().context.message_history
    assert [one.emoji for one in said.reactions] == ["👍"]


def test_after_an_ad_this_is_what_the_ad_says_and_it_is_said_once(tell, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)
    ad = {
        "source_id": "12020",
        "source_type": "ad",
        "headline": "3-bedroom apartment in New Cairo from 4.5M EGP",
    }

    assert (
        story.posts_meta(text_from(ALIA, "Can I get more info on this?", "wamid.1") | {"referral": ad}) == 200
    )
    story.work()
    (page,) = story.receives()
    assert page["text"].startswith("3-bedroom apartment in New Cairo from 4,500,000 EGP: 1-5 of ")

    # The next words are about what was shown, not about the ad once more.
    story.says("villa in Maadi")
    (other,) = story.hears()
    assert "illa in Maadi" in other
    (first, second) = story.session().context.search_history
    assert "3-bedroom apartment in New Cairo" in first.query
    assert second.query == "villa in Maadi"


def test_a_form_and_then_a_word_more(tell, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)
    answers = json.dumps({"المنطقة": "القاهرة الجديدة", "الميزانية": "5000000", "flow_token": "t"})
    reply = {"name": "flow", "body": "Sent", "response_json": answers}
    form = {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}
    story.says("السلام عليكم")
    story.hears()

    assert story.posts_meta(text_from(ALIA, "", "wamid.2") | form) == 200
    story.work()
    (page,) = story.hears()
    assert "القاهرة الجديدة" in page
    assert "5,000,000" in page

    story.says("٣ غرف")
    assert "3 غرف" in story.hears()[0]


def test_a_voice_note_is_answered_as_if_it_were_written(tell, samples):
    story = tell(CONCIERGE, catalogue_dir=samples, transcriber="tests.stories.test_what_customers_send:hears")

    story.says("", kind="voice")

    assert story.hears()[0].startswith("شقة في المعادي")
    assert story.session().context.language == "ar"
    assert story.session().context.search_history[0].query == "عايز شقة في المعادي بحد أقصى ٥ مليون"


def hears(_voice_note):
    return "عايز شقة في المعادي بحد أقصى ٥ مليون"


def test_an_order_reaches_a_colleague_with_what_is_ordered(tell, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)
    item = {"product_retailer_id": "UNIT-B204", "quantity": 2, "item_price": 4500000, "currency": "EGP"}
    order = {"type": "order", "order": {"catalog_id": "7001", "product_items": [item]}}

    assert story.posts_meta(text_from(ALIA, "", "wamid.1") | order) == 200
    story.work()

    assert "order" in story.hears()[0]
    session = story.session()
    assert session.state is State.WAITING_AGENT
    assert session.escalation == "sent an order: 2 × UNIT-B204, 4,500,000 EGP"


def test_a_shown_property_is_quoted_after_many_others(tell, samples, valkey):
    story = tell(CONCIERGE, catalogue_dir=samples, client=valkey)
    story.says("apartment in Maadi up to 5 million")
    row = story.receives()[0]["rows"][1]
    story.says("the second one")
    (shown,) = story.receives()
    story.says("villa in Sheikh Zayed")
    story.says("cheaper")
    story.hears()

    story.says("how much is this one?", reply_to=shown["id"])
    (again,) = story.hears()
    code = row["id"].removeprefix("show:")
    assert f"({code})" in again

    story.says("I would like to visit it", reply_to=shown["id"])
    assert code in story.hears()[-1]
    story.says("tomorrow at noon")
    story.says("yes")
    assert story.session().escalation.startswith(f"visit: {code}, Apartment in Maadi, ")


def test_the_card_of_a_contact_is_kept_and_answered_in_one_short_message(tell, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)
    story.says("villa in Maadi")
    story.hears()
    card = {"name": {"formatted_name": "Mona Adel"}, "phones": [{"phone": "+20 100 555 0199"}]}

    assert story.posts_meta(text_from(ALIA, "", "wamid.2") | {"type": "contacts", "contacts": [card]}) == 200
    story.work()

    assert story.hears() == ["Thank you for the contact. Shall I pass it on to a colleague?"]
    (kept,) = story.session().context.message_history[-2].content.cards
    assert (kept.name, kept.phones) == ("Mona Adel", ("+20 100 555 0199",))

    story.says("agent")
    story.says("are you there?")
    story.hears()
    # A person has the conversation: nothing is said, and everything is kept for the person.
    assert story.posts_meta(text_from(ALIA, "", "wamid.3") | {"type": "contacts", "contacts": [card]}) == 200
    story.work()
    assert story.hears() == []
    assert "Mona Adel" in story.session().context.message_history[-1].text


def test_a_wish_is_corrected_before_it_is_read_and_then_taken_back(tell, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)
    story.posts("flat in Maadi for 50 million", id="wamid.1")
    edited = {"type": "text", "text": {"body": "flat in Maadi for 5 million"}}
    story.posts_meta(changes("edit", {"original_message_id": "wamid.1", "message": edited}, "wamid.2"))
    story.work()
    assert "up to 5,000,000 EGP" in story.hears()[0]

    story.posts("villa in Zamalek", id="wamid.3")
    story.posts_meta(changes("revoke", {"original_message_id": "wamid.3"}, "wamid.4"))
    story.work()

    assert story.hears() == []
    said = story.session().context.message_history
    assert [
        (one.text, one.edited_at is not None, one.deleted_at is not None)
        for one in said
        if one.role == "user"
    ] == [
        ("flat in Maadi for 5 million", True, False),
        ("villa in Zamalek", False, True),
    ]
    assert story.session().search_count == 1


def changes(kind, of, id_):
    return {name: value for name, value in text_from(ALIA, "", id_).items() if name != "text"} | {
        "type": kind,
        kind: of,
    }
