"""The words of a question that say nothing about what is looked for. An operator may add to them."""

from worker.assistants.understanding.normal import words

_ENGLISH = """
a about all am an and any anyone anything are around at available be best big by can could dear do does find for
from get give good hello help hey hi i im i'm in interested is it kindly like list located looking
look lookup may me my near nearby need of offers on one ones or our please recommend actually make search searching see show
some somebody someone tell thank thanks that the their them there they to top up us want wanna was we what which
who who's whose with within would you your between over under max maximum min minimum more than less least move
"""
_ARABIC = """
انا عايز عاوز عايزه عاوزه اريد ابحث ابغى محتاج محتاجه ممكن لو سمحت من في علي عن الي مع او و يا عندك عندكم
هل ايه ما هي هو دي ده كل اي بحث دور دورلي وريني اعرض شوف لي ليا حد حاجه
"""
_FRANCO = """
ana 3ayez 3ayz 3awez 3ayza 3awza ayez ayza me7tag mehtag momken law sama7t fi fe fel fl el al b w l le men 3an 3ala ma3 aw ya 3andak
"""
#: Before a name, and no part of it.
_TITLES = "dr doctor mr mrs ms miss prof shri smt adv"

#: Left out of a search, in their normal spelling.
STOPWORDS = frozenset(word for word in words(_ENGLISH + _ARABIC + _FRANCO) if not word.isdigit())
#: Left out of a person's name.
TITLES = frozenset(words(_TITLES))
