"""Seventeen bodies as other systems met them, each with its right outcome; the values are invented."""

import pytest

from session.history import Role
from session.identities import canonical
from session.models import State
from session.records import to_ms
from tests.stories.telling import METADATA, text_from

WANTS_A_PERSON = "I want to talk to an agent"
CONCIERGE = "worker.assistants.concierge:assistant"
SARA, BIA, TIAGO = "+201005550101", "+558887650109", "+16505550110"


@pytest.fixture
def post():
    """Returns a function that posts the items of a change in Meta's name, written now, and does all the work."""

    def posts(
        story, *items, name="Sara", field="messages", kind="messages", user_id=None, account="200000000000002"
    ):
        now = str(to_ms(story.clock.now()) // 1000)
        told = [{"timestamp": now, **item} for item in items]
        value = {"messaging_product": "whatsapp", "metadata": METADATA, kind: told}
        if kind == "messages":
            ids = {"wa_id": items[0].get("from"), "user_id": user_id}
            contact = {"profile": {"name": name}} | {key: one for key, one in ids.items() if one}
            value["contacts"] = [contact] if len(contact) > 1 else []
        assert story.posts_change({"field": field, "value": value}, account) == 200
        story.work()

    return posts


def sent(customer, id_, type_, **content):
    """One message of a customer in Meta's format, without its time."""
    return {"from": customer.removeprefix("+"), "id": id_, "type": type_, type_: content}


def words(customer, id_, text, **more):
    return {name: one for name, one in text_from(customer, text, id_).items() if name != "timestamp"} | more


def waits_for_a_person(story, customer, id_):
    assert story.posts_meta(text_from(customer, WANTS_A_PERSON, id_)) == 200
    story.work()
    story.agent("mona").takes_over(customer)
    story.hears(customer)


def history(story, customer):
    return story.session(customer).context.message_history


def test_01_a_photo_and_a_contract_while_a_person_answers_are_there_for_the_person(tell, post):
    story = tell()
    waits_for_a_person(story, SARA, "wamid.h1")

    post(story, sent(SARA, "wamid.1a", "image", id="900000000000001", mime_type="image/jpeg"))
    contract = {"id": "900000000000002", "mime_type": "application/pdf", "filename": "contract-signed.pdf"}
    post(story, sent(SARA, "wamid.1b", "document", **contract))

    photo, paper = (entry.content.media[0] for entry in history(story, SARA)[-2:])
    assert (photo.id, photo.mime_type) == ("900000000000001", "image/jpeg")
    assert (paper.id, paper.filename, paper.mime_type) == tuple(
        contract[key] for key in ("id", "filename", "mime_type")
    )
    assert "contract-signed.pdf" in history(story, SARA)[-1].text
    assert story.hears(SARA) == []


def test_02_a_pin_without_a_name_keeps_its_coordinates(tell, post):
    story = tell()
    waits_for_a_person(story, SARA, "wamid.h2")

    post(story, sent(SARA, "wamid.2", "location", latitude=30.04441, longitude=31.23571))

    place = history(story, SARA)[-1].content.location
    assert (place.latitude, place.longitude) == (30.04441, 31.23571)


FORM = '{"location":"Maadi","budget":"3000000","bedrooms":"2","flow_token":"f1"}'


def flow(id_):
    return sent(
        SARA,
        id_,
        "interactive",
        type="nfm_reply",
        nfm_reply={"name": "flow", "body": "Sent", "response_json": FORM},
    )


def test_03_the_answers_of_a_form_are_kept_field_by_field_without_its_token(tell, post):
    story = tell()

    post(story, flow("wamid.3"))

    entry = history(story, SARA)[0]
    assert entry.content.answers == {"location": "Maadi", "budget": "3000000", "bedrooms": "2"}
    assert "location: Maadi\nbudget: 3000000\nbedrooms: 2" in entry.text
    assert "f1" not in entry.text


def test_03_the_concierge_searches_with_the_answers_of_a_form(tell, post, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)

    post(story, flow("wamid.3"))

    assert story.session(SARA).search_count == 1
    assert not any("not sure what you mean" in text for text in story.hears(SARA))


def test_04_a_colleague_sees_the_items_of_an_order(tell, post):
    story = tell()
    item = {"product_retailer_id": "UNIT-B204", "quantity": 1, "item_price": 4500000, "currency": "EGP"}

    post(story, sent(SARA, "wamid.4", "order", catalog_id="7001", product_items=[item]))

    (kept,) = history(story, SARA)[0].content.items
    assert (kept.product, kept.quantity, kept.price, kept.currency) == ("UNIT-B204", 1, 4500000, "EGP")
    assert "UNIT-B204, 4,500,000 EGP" in history(story, SARA)[0].text


AD = {
    "source_url": "https://fb.example/ad",
    "source_id": "120200000000000001",
    "source_type": "ad",
    "headline": "3-bedroom apartment in New Cairo from 4.5M EGP",
    "body": "10% down",
    "ctwa_clid": "ARexampleClid",
}


def test_05_the_ad_stays_with_the_session(tell, post):
    story = tell()

    post(story, words(SARA, "wamid.5", "Hello! Can I get more info on this?", referral=AD))
    post(story, words(SARA, "wamid.5b", "hello?"))

    ad = story.session(SARA).referral
    assert (ad.headline, ad.source_id, ad.ctwa_clid) == (AD["headline"], AD["source_id"], AD["ctwa_clid"])


def test_05_the_concierge_takes_this_to_be_what_the_ad_says(tell, post, samples):
    story = tell(CONCIERGE, catalogue_dir=samples)

    post(story, words(SARA, "wamid.5", "Hello! Can I get more info on this?", referral=AD))

    assert story.session(SARA).search_count == 1
    assert any("New Cairo" in text for text in story.hears(SARA))


def test_06_who_waits_for_a_person_goes_on_waiting_under_the_new_number(tell, post):
    story = tell()
    old, new = "+201005550106", "+201005550199"
    waits_for_a_person(story, old, "wamid.h6")

    post(
        story,
        sent(
            old, "wamid.6", "system", body="changed", wa_id=new.removeprefix("+"), type="user_changed_number"
        ),
    )
    post(story, words(new, "wamid.6c", "are you there?"))
    story.agent("mona").answers_and_keeps_it("Yes.", new)

    assert story.hears(old) == []
    assert story.hears(new) == ["Yes."]
    assert (story.session(new).state, story.session(new).held_by) == (State.WAITING_AGENT, "mona")


def test_07_a_change_that_names_nobody_as_its_author_is_no_dead_letter(tell, post):
    story = tell()
    system = {"previous_user_id": "US.1111", "user_id": "US.2222", "type": "user_changed_user_id"}

    post(
        story,
        {
            "id": "wamid.7",
            "type": "system",
            "system": system | {"body": "User changed from US.1111 to US.2222"},
        },
    )

    assert story.dead_letters() == []


def test_07_the_new_id_is_the_same_person(tell, post):
    story = tell()
    post(story, {"from_user_id": "US.1111", "id": "wamid.7", "type": "text", "text": {"body": "STOP"}})
    system = {"previous_user_id": "US.1111", "user_id": "US.2222", "type": "user_changed_user_id"}
    post(story, {"id": "wamid.7b", "type": "system", "system": system})

    post(story, {"from_user_id": "US.2222", "id": "wamid.7c", "type": "text", "text": {"body": "hello"}})

    assert story.hears("US.2222") == []


@pytest.mark.parametrize("both_first", [True, False])
def test_08_a_stop_holds_under_both_names(tell, post, both_first):
    story = tell()
    number, id_ = "+16505550107", "US.13491208655302740107"
    both = {"from": number.removeprefix("+"), "from_user_id": id_, "type": "text"}
    one = {"from_user_id": id_, "type": "text"}
    first, second = (both, one) if both_first else (one, both)

    post(story, first | {"id": "wamid.8a", "text": {"body": "STOP"}}, user_id=id_)
    post(story, second | {"id": "wamid.8b", "text": {"body": "hello"}}, user_id=id_)

    assert story.hears(number) == story.hears(id_) == []


@pytest.mark.parametrize(
    ("wrote", "echoed"),
    [
        ("+558887650109", "5588987650109"),
        ("+5588987650109", "558887650109"),
        ("+5215512345678", "525512345678"),
        ("+525512345678", "5215512345678"),
        ("+5491123456789", "541123456789"),
        ("+541123456789", "5491123456789"),
    ],
)
def test_09_an_echo_in_another_spelling_takes_over_the_same_conversation(tell, post, wrote, echoed):
    story = tell()
    post(story, words(wrote, "wamid.9a", "oi"))
    story.hears(wrote)

    echo = words("15550001111", "wamid.9b", "aqui fala a Ana") | {"to": echoed}
    post(story, echo, field="smb_message_echoes", kind="message_echoes")
    post(story, words(wrote, "wamid.9c", "tudo bem?"))

    assert story.hears(wrote) == []
    session = story.session(canonical(wrote))
    assert (session.held_by, session.state) == ("phone", State.WAITING_AGENT)


def test_10_a_message_in_a_group_is_counted_and_leaves_nothing_in_private(tell, post):
    story = tell()
    group = {"group_id": "Y2FwaV9ncm91cDoxMjM"}

    post(story, words(TIAGO, "wamid.10a", "What does everyone think about this?") | group)
    post(story, words(TIAGO, "wamid.10b", "STOP") | group)
    status = {"id": "wamid.10c", "status": "read", "recipient_id": "g", "recipient_type": "group"}
    post(story, status, kind="statuses")

    assert story.hears(TIAGO) == []
    assert story.manager.get(TIAGO) is None
    assert [event["kinds"] for event in story.events()] == ['["group"]', '["group"]']
    # and he has not opted out
    post(story, words(TIAGO, "wamid.10d", "hello"))
    assert story.hears(TIAGO) == ["hello"]
    story.sweep()
    assert story.redis.hget("tally", "messages|meta|group") == "2"


def test_11_statuses_of_a_campaign_of_others_are_counted_only(tell, post):
    story = tell()
    price = {"billable": True, "pricing_model": "PMP", "category": "marketing", "type": "regular"}
    error = {"code": 131049, "title": "not delivered to maintain healthy ecosystem engagement"}

    post(
        story,
        {"id": "wamid.11a", "status": "sent", "recipient_id": "16505550111", "pricing": price},
        {"id": "wamid.11a", "status": "delivered", "recipient_id": "16505550111"},
        {"id": "wamid.11b", "status": "failed", "recipient_id": "16505550112", "errors": [error]},
        kind="statuses",
    )

    assert story.events() == story.dead_letters() == []
    assert story.redis.hgetall("tally")["statuses|foreign"] == "3"


def test_12_where_graph_does_not_know_the_number_the_sender_stops_and_replies_wait(tell):
    story = tell()
    foreign = text_from(SARA, "hello", "wamid.12")
    assert (
        story.posts_change(
            {"field": "messages", "value": {"metadata": {"phone_number_id": "999"}, "messages": [foreign]}}
        )
        == 200
    )
    story.work()

    assert story.dead_letters() == []
    assert story.redis.llen(f"outbox:whatsapp:{SARA}") == 1
    assert list(story.redis.hgetall("paused")) == ["meta:999"]


def test_13_a_reply_that_twilio_reports_as_too_many_is_sent_again_later(tell):
    story = tell()
    story.says("hello", SARA, "twilio")

    story.tells_status(story.receives(SARA)[-1], "failed", code=63018)
    story.waits(seconds=16)

    assert story.hears(SARA) == ["hello"]
    assert story.dead_letters() == []


def test_14_an_account_that_will_be_disabled_is_a_warning_and_visible_until_it_is_over(tell, log):
    story = tell()
    ban = {"waba_ban_state": ["SCHEDULE_FOR_DISABLE"], "waba_ban_date": "2026-12-01"}
    value = {"event": "DISABLED_UPDATE", "ban_info": ban}
    assert story.posts_change({"field": "account_update", "value": value}, "2") == 200
    errors = [{"code": 131031, "title": "Account has been locked"}]
    assert story.posts_change({"field": "messages", "value": {"metadata": METADATA, "errors": errors}}) == 200
    story.work()

    assert [event["code"] for event in story.events() if "trouble" in event] == ["DISABLED_UPDATE", "131031"]
    assert (
        len([line for line in log if line.startswith("WARNING") and "warning of the provider" in line]) == 2
    )
    assert story.redis.hlen("troubles") == 2


def test_15_an_edit_and_a_deletion_mark_the_message_and_are_no_new_ones(tell, post):
    story = tell()
    waits_for_a_person(story, SARA, "wamid.h15")
    post(story, words(SARA, "wamid.15a", "flat in Maadi for 5 milion"))
    before = len(history(story, SARA))

    new = {"type": "text", "text": {"body": "flat in Maadi for 5 million"}}
    post(story, sent(SARA, "wamid.15b", "edit", original_message_id="wamid.15a", message=new))

    entry = history(story, SARA)[-1]
    assert (entry.text, entry.edited_at is not None, entry.deleted_at) == (
        "flat in Maadi for 5 million",
        True,
        None,
    )

    post(story, sent(SARA, "wamid.15c", "revoke", original_message_id="wamid.15a"))

    entry = history(story, SARA)[-1]
    assert entry.deleted_at is not None
    assert len(history(story, SARA)) == before
    assert entry.role is Role.USER


def test_16_a_location_without_a_type_is_a_location(tell, post):
    story = tell()
    place = {"latitude": 37.77, "longitude": -122.41, "name": "SF", "address": "Market St"}

    post(story, {"from": "16505550116", "id": "wamid.16", "location": place})

    entry = history(story, "+16505550116")[0]
    assert (entry.content.kind, entry.content.location.name) == ("location", "SF")


def test_17_the_test_button_of_the_dashboard_makes_no_session_and_no_alarm(tell, log):
    story = tell()
    sample = text_from("16315551181", "this is a text message", "ABGGFlA5Fpa") | {"timestamp": "1504902988"}

    assert (
        story.posts_change({"field": "messages", "value": {"metadata": METADATA, "messages": [sample]}}, "0")
        == 200
    )
    story.work()

    assert story.manager.get("+16315551181") is None
    assert story.events() == story.dead_letters() == []
    assert [line for line in log if line.startswith(("WARNING", "ERROR"))] == []


def test_17_the_same_from_a_real_account_is_too_old_to_be_answered(tell):
    story = tell()
    sample = text_from("16315551181", "this is a text message", "ABGGFlA5Fpa") | {"timestamp": "1504902988"}

    assert story.posts_meta(sample) == 200
    story.work()

    assert story.hears("+16315551181") == story.dead_letters() == []
