"""Whole conversations with the concierge, by kinds of people, each turn judged by what the customer needed.

A file in `people/` has the conversations of one kind of person; those of `strangers_` files were written by somebody who had never
read an answer of the concierge, and tell how it does with whoever comes. A turn says what the customer does and what helps:

    [[conversation]]
    person = "hurried buyer"
    language = "en"                    # en, ar or franco: an answer in the wrong script is useless
    kind = "properties"                # or members
    at = "2026-03-01 20:00"            # when it begins, in Cairo; a Sunday afternoon unless given
    hours = "09:00-21:00"              # when people answer, on every day
    assists = true                     # whether the assistant is asked while a person is awaited; not unless given

    [[conversation.turn]]
    says = "3 bed apt new cairo under 6m"
    useful = { shows = { location = "New Cairo", bedrooms = 3, budget = 6000000 } }
    wrong = { hands_over = true }

What the customer does, one of: `says` (a text), `taps` (the id of a button), `chooses` (the number of a row), `sends`
("photo", "voice", "sticker", "place"). `after` is the time that passes before, in minutes. `language` is that of a customer
who changes it.

`useful` and `wrong` are one expectation, a list of them of which one is enough, or the name of such a list in `needs.toml`. All words of an expectation must hold:

- `shows`: records are shown, and each one obeys these fields. Records that do not obey are a wrong answer.
  In `wrong` one record that obeys is enough.
- `details`: the record of this number in the last list is shown alone ("one" is the one that was shown last).
- `tells`: each text occurs; `a|b` are alternatives, `{2.price}` is a field of the second record of the last list,
  `{one.price}` of the one shown last, `{shown.price}` of the first one that this answer shows.
- `means`: the answer speaks of each of these subjects; `meanings.toml` has the words by which any wording is known.
- `asks`: like `means`, and it is a question or a request.
- `hands_over`: a person was called for; a list: the reason says each of these, as in `tells`.
- `offers_person`: the customer can call for a person, with a button, or with a word to write where the answer says that it
  does not know; or a person was called for, now or before.
- `waits`: a person is awaited who was rightly called for before, and the customer has been told so.
- `assists`: nobody is awaited.
- `searches`: whether there was a search.
- `keeps`, `forgets`: what is known about the wish after the turn.
- `courteous`: a short answer: no search, no hand-over, nothing that was "not understood".
- `reminds`: a timer was set for the customer.

A turn is *wrong* if `wrong` holds or shown records do not obey, *silent* if nothing was answered, *useful* if `useful` holds,
and *useless* otherwise. What says that it has not understood is useless, unless a person helps here and there is a button for
it. A word with `false` must not hold.
"""
