"""Several short things told alike in one unit, parted as decoder/lookup/lists.ts does it."""

import re

GLUE = re.compile(r"([,;] (?:and )?| and | & )(?=\S)")
LINK = re.compile(r"(?<=\s)(?:for|on|at|in|with|to|from|by|is|are|costs?)(?=\s)", re.I)
RANGE = re.compile(r"\d\s*(?:am|pm|h)?\s*(?:[-\u2013]|to|until|till)\s*\d|(?:mon|tue|wed|thu|fri|sat|sun)[^\W\d_]*\s*(?:[-\u2013]|to)\s*[^\W\d_]", re.I)  # hours stay whole
AMOUNT = re.compile(r"[^\W\d_]{3}.*[\d$€£]|[\d$€£].*[^\W\d_]{3}")
LONGEST_LIST, LONGEST_ITEM = 80, 6  # words
STEM = 5  # letters
NAMELESS = set("the and with for from are our your you per each not".split())


def items_of(unit: str) -> list[str]:
    """The items of a list, each behind what introduces all of them ("Our lawyers: "); none if the unit is not a list."""
    if len(unit.split()) > LONGEST_LIST or RANGE.search(unit):
        return []
    colon = unit.find(": ")
    head = unit[: colon + 2] if colon >= 0 else ""
    body = re.sub(r"[.;]\s*$", "", unit[len(head) :])
    if re.search(r"[.!?]\s", body):
        return []
    parts = GLUE.split(body)
    pieces = [("", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    tests = [AMOUNT, *(re.compile(rf"\S\s{re.escape(link)}\s\S", re.I) for link in LINK.findall(parts[0]))]
    items = max((alike(pieces, test) for test in tests), key=len)
    if len(items) < 2 or any(len(item.split()) > LONGEST_ITEM for item in items):
        return []
    return [head + item if head else item[0].upper() + item[1:] for item in items]


def alike(pieces: list[tuple[str, str]], test: re.Pattern) -> list[str]:
    """Pieces that pass, each with those after it that do not."""
    items: list[str] = []
    for glue, piece in pieces:
        if test.search(piece):
            items.append(piece)
        elif items:
            items[-1] += glue + piece
        else:
            return []
    return items


def stems(text: str) -> set[str]:
    return {word[:STEM] for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if word not in NAMELESS}


def item_asked_for(unit: str, ask: str) -> str:
    """The item that the question names, or "" if it names none or several."""
    items = items_of(unit)
    of_items = [stems(item) for item in items]
    named = set()
    for stem in stems(ask):
        having = [item for item, of_item in zip(items, of_items, strict=True) if stem in of_item]
        if len(having) == 1:
            named.add(having[0])
    return named.pop() if len(named) == 1 else ""
