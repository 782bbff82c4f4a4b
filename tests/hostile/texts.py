"""Texts that are made to be slow to read: each as long as a text may be, each against one way of reading too much."""

from session.bounds import LONGEST_TEXT, bounded

HARMLESS = {
    "en": "I am looking for a 3 bedroom apartment in New Cairo under 4 million, please call me. ",
    "ar": "عايز شقة ٣ غرف في التجمع الخامس ميزانيتي ٣ مليون جنيه لو سمحت ",
    "franco": "ana 3ayez sha22a 3 owad fel tagamo3 el khames b 3 melyon ",
    "members": "Find a chartered accountant or Dr. Mehta in Bangalore and show me the number. ",
}

#: What a pattern may repeat, and what loops over words may meet again and again.
PIECES = (
    *("@", ".", ",", "-", "+", "'", '"', "(", ")", "|", "#", "%", "$", "_", "/", ":", "~", "·", "²", "½", "…", "٫"),
    *(" ", "\n", "\t", "\r", "\x00", "\x1b[", "\u00a0", "\u2028", "\u3000", "\u200d", "\u202e", "\u2066", "\ufe0f"),
    *("a", "A", "z", "و", "ال", "ـ", "1", "0", "9", "٣", "१", "①", "０", "İ", "ß", "ﷺ", "㌖", "ำ", "한", "\u1100"),
    *("\u0300", "\u0316", "\u064b", "\u0651", "\u20dd", "👩", "🏽", "🇪", "🏴", "\U000e0067", "＠", "．", "。"),
    *("1,", "1.", "1 ", "1-", "+1", "(0", "00", "1m", "1k", "1st", "m2", "2br", "b1", "a5", "3a", "x7", ",000", " 000"),
    *("http://", "https://a", "www.", "a@a.", ".com", "xn--", "(at)", "[.]", "bit.ly/", "US.1", "wamid.", "user."),
    *("and ", "or ", "not ", "no ", "any ", "from ", "to ", "between ", "number ", "name ", "person ", "want ", "the "),
    *("million ", "hundred ", "half ", "minus ", "each ", "month ", "deposit ", "rent ", "maadi ", "dr ", "is ", "by "),
    *("مش ", "لا ", "او ", "مية ", "مليون ", "ونص ", "عايز ", "شخص ", "كلم ", "في ", "or no ", "1000 ", "5 or "),
)  # fmt: skip


def filled(piece: str) -> str:
    """Return a piece again and again, as long as a text may be."""
    return (piece * (LONGEST_TEXT // len(piece) + 1))[:LONGEST_TEXT]


#: What no single repetition finds: two halves that two parts of a pattern share, and something at the end that fails.
MADE = {
    "at signs that NFKC makes more": "@" * 1300 + "㌖" * 700,
    "at signs and a ligature of eighteen": "@" * 1000 + "ﷺ" * 3000,
    "two runs of marks": "a" + "\u0300" * 2000 + "\u0316" * 2000,
    "marks that the normal spelling pushes together": filled("a\u0300\u0316\u0640"),
    "marks between invisible signs": "a" + filled("\u0300\u200d\u0316\u200d"),
    "an address of nothing but dots": "http://" + "a." * 2000,
    "an address of mail that never ends": "a@" + "a." * 2000 + "!",
    "a word with a digit and no end": "a5" + "a" * 4000 + "_",
    "a digit, letters and no end": "5" + "a" * 4000 + "_",
    "a number that is none": "1" * 4000 + "_",
    "thousands that are none": "1" + ",000" * 1000 + "_",
    "spaced thousands that are none": "1" + " 000" * 1000 + "1_",
    "a number and blanks": "1" + " " * 4000 + "_",
    "a letter and blanks": "a" + " " * 4000 + "(",
    "blanks and a letter": " " * 4000 + "a",
    "lines and a letter": "\n" * 4000 + "a",
    "lines and blanks": filled("\n ") + "a",
    "quotes in quotes": "«" * 1300 + '"' * 1300 + "'" * 1300,
    "brackets in brackets": "({[<" * 1000,
    "a flag of nothing but tags": "🏴" + "\U000e0067" * 4000,
    "an id of nothing but letters": "US." + "A" * 4000,
    "a message id": "wamid.HBg" + "A" * 4000,
    "numbers of one length": " ".join(str(1000 + n) for n in range(800)),
    "amounts paid by the month": filled("1000 each month "),
    "words that nobody knows": " ".join(f"qwert{n}" for n in range(500)),
    "words a letter from a place": filled("zamalec heliopolys maadee "),
    "a word that never ends": "a" * 4096,
    "fields of an envelope": '{"a":' * 800,
}
TEXTS = {repr(piece): bounded(filled(piece)) for piece in PIECES} | {
    name: bounded(text[:LONGEST_TEXT]) for name, text in MADE.items()
}
