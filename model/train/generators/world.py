"""Things that are no website's business, for questions to be declined."""

import random

from .slots import COMPANIES, DISHES, THINGS, Slots, Value, article

INVENTIONS = "telephone,light bulb,steam engine,internet,zip,bicycle,microscope,radio,computer,aeroplane".split(",")
STARS = "moon,sun,Mars,Jupiter,Venus,Saturn,Milky Way,North Star".split(",")
SCIENCE = "gravity,photosynthesis,inflation,quantum physics,electricity,evolution,democracy,algebra,magnetism,philosophy,relativity,machine learning".split(",")
STUFF = "gold,water,iron,salt,glass,oxygen,mercury,plastic,silver,steel".split(",")
SPORTS = "football,tennis,cricket,chess,basketball,rugby,golf,hockey,volleyball,baseball".split(",")
LANGUAGES = "French,Spanish,Japanese,Latin,German,Chinese,Russian,Greek".split(",")


def things(rng: random.Random, slots: Slots) -> dict[str, Value]:
    """A value for each slot of talk/*.txt."""
    pick = slots.words.pick
    values = {
        "country": pick(rng, "countries_with_capitals"), "book": rng.choice(["Hamlet", "Moby Dick", "Yesterday", "the Bible", "Faust", "Dracula"]),
        "invention": rng.choice(INVENTIONS), "star": rng.choice(STARS), "science": rng.choice(SCIENCE), "stuff": rng.choice(STUFF),
        "sport": rng.choice(SPORTS), "language": rng.choice(LANGUAGES), "animal": pick(rng, "common").lower(), "town": pick(rng, "us_cities", "english_towns_cities"),
        "person": f"{pick(rng, 'firstNames')} {pick(rng, 'lastNames')}", "river": pick(rng, "rivers"), "company": f"{pick(rng, 'lastNames')} {rng.choice(COMPANIES)}",
        "year": str(rng.randint(1900, 2024)), "number": str(rng.randint(2, 99)), "number2": str(rng.randint(2, 99)), "dish": rng.choice(DISHES),
        "thing": article(rng.choice(THINGS)), "weekday": slots.draw(rng, "weekday").text, "tour": slots.draw(rng, "tour").text,
    }  # fmt: skip
    return {name: Value(text) for name, text in values.items()}
