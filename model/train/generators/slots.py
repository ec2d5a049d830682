"""Values for the slots of the fact types: invented, and drawn anew for every fact, so that none can be learnt by heart."""

import json
import lzma
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = "January February March April May June July August September October November December".split()
SHORT_DAYS = {"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday"}


@dataclass(frozen=True)
class Value:
    """A value as the facts state it, and other words that a visitor may ask for it with."""

    text: str
    asked: tuple[str, ...] = field(default=())


def words_of(text: str) -> str:
    """Plain ASCII entries only: the tokenizer has few pieces for anything else."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z '&-]*", text) else ""


class Words:
    """The word lists of words.json.xz, cleaned."""

    def __init__(self, data: Path):
        raw = json.loads(lzma.open(data / "words.json.xz", "rt", encoding="utf-8").read())
        self.lists = {key: [w for w in map(words_of, values) if 2 < len(w) < 26] for key, values in raw.items()}

    def pick(self, rng: random.Random, *lists: str) -> str:
        return rng.choice(self.lists[rng.choice(lists)])


def clock(rng: random.Random, low: int, high: int) -> str:
    hour, minute = rng.randint(low, high), rng.choice(["", "", "", ":30", ":15", ":45"])
    style = rng.random()
    if style < 0.6:
        return f"{(hour - 1) % 12 + 1}{minute} {'am' if hour < 12 else 'pm'}"
    if style < 0.8:
        return f"{(hour - 1) % 12 + 1}{minute}{'am' if hour < 12 else 'pm'}"
    return f"{hour}{minute or ':00'}"


def money(rng: random.Random, low: int, high: int) -> str:
    amount = rng.randint(low, high)
    cents = rng.choice(["", "", f".{rng.randint(1, 9)}0", ".50", ".99"]) if high < 200 else ""
    unit = rng.choice(["{} euros", "€{}", "${}", "{} dollars", "£{}", "{} pounds"])
    return unit.format(f"{amount}{cents}")


def day_range(rng: random.Random) -> Value:
    first = rng.randint(0, 4)
    last = rng.randint(first + 1, 6)
    joined = f"{DAYS[first]} {rng.choice(['to', 'to', 'till', 'through'])} {DAYS[last]}"
    return Value(joined, tuple(DAYS[first : last + 1]))


def some_day(rng: random.Random) -> Value:
    if rng.random() < 0.35:
        return day_range(rng)
    if rng.random() < 0.2:
        return rng.choice([Value("weekdays", tuple(DAYS[:5])), Value("the weekend", ("Saturday", "Sunday", "the weekend"))])
    return Value(rng.choice(DAYS))


def duration(rng: random.Random) -> str:
    n = rng.randint(2, 30)
    return rng.choice([f"{n} days", f"{n} days", f"{rng.randint(2, 8)} weeks", f"{rng.randint(2, 48)} hours", f"{rng.randint(2, 6)} working days", "one week", "a month", f"{n} minutes"])


def letters(rng: random.Random) -> str:
    """A made-up word, so that copying must go piece by piece."""
    return "".join(rng.choice("bcdfglmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 3))) + rng.choice(["", "n", "r", "x", "l"])


def listed(rng: random.Random, values: list[str], low: int = 2, high: int = 3) -> str:
    chosen = rng.sample(values, rng.randint(low, min(high, len(values))))
    return ", ".join(chosen[:-1]) + rng.choice([" and ", " or ", " and "]) + chosen[-1]


GOODS = "books,bicycles,lamps,candles,shoes,toys,plants,records,maps,knives,hats,bags,tea,cheese,wool,paints,puzzles,carpets,mirrors,clocks,pens,cameras,tents,skis,kites,ropes,soap,honey,tiles,umbrellas,guitars,mugs,blankets,postcards,seeds,tools,chairs,curtains,watches,rings,drums,tyres,boats,helmets".split(",")
THINGS = "haircut,beard trim,colour,massage,manicure,facial,key copy,shoe repair,dry cleaning,oil change,car wash,day ticket,season ticket,family ticket,locker,deposit,notebook,poster,tote bag,scarf,bouquet,wreath,croissant,baguette,cappuccino,espresso,birthday cake,bowl of soup,bike check,puncture repair,passport photo,portrait,guitar lesson,piano lesson,swimming lesson,yoga class,dance class,consultation,check-up,cleaning,filling,eye test,pair of glasses,blood test,vaccination,room,tent,boat trip,audio guide,parking space,printed page,large pizza,small pizza,breakfast,sandwich,pot of tea,bottle of water,monthly pass,trial lesson,blow dry,tattoo,piercing,translation,certificate,copy,kayak,paddle board,sledge,pony ride".split(",")
PARKING = "free parking behind the house,a car park across the street,paid parking in {} Street,no parking nearby,a garage under the building,parking for ten cars in the yard,street parking on {} Road,a free car park at the {} bridge,parking at the station".split(",")
PLACES = "behind the church,next to the library,in the basement,on the first floor,on the second floor,near the entrance,by the river,in the old station,opposite the town hall,behind the counter,at the end of the corridor,in the garden,in the attic,left of the stairs,in the main hall,beside the window,at gate {},in room {},under the stairs,in the glass cabinet,on the top shelf,at the back door,in the yard,on deck {},at the fountain".split(",")
DIRECTIONS = "opposite the post office,next to the old mill,behind the cinema,two doors from the bank,at the corner of the market,near the bridge".split(",")
SPOTS = "front desk,counter,bar,ticket office,information desk,shop,office,kiosk,till,entrance".split(",")
PAYMENTS = "cash,credit cards,debit cards,Visa,Mastercard,PayPal,Apple Pay,Google Pay,bank transfer,cheques,American Express,invoice".split(",")
LANGS = "English,German,French,Spanish,Italian,Polish,Turkish,Dutch,Norwegian,Arabic,Portuguese,Greek,Danish".split(",")
GROUPS = "students,children,pensioners,seniors,members,families,teachers,nurses,residents,groups of ten,soldiers,artists".split(",")
ROLES = "manager,chef,receptionist,barber,cook,nurse,accountant,head baker,gardener,trainer,librarian,director,head waiter,mechanic,coach,florist,cashier,photographer,caretaker,translator,designer,secretary,head of sales,treasurer".split(",")
ACCESS = "the entrance is step-free;there is a ramp at the side door;all floors can be reached by lift;there are three steps at the door;only the ground floor is accessible;there is a lift next to the stairs;wheelchairs can be borrowed at the desk".split(";")
DOGS = "dogs are welcome;dogs are not allowed;small dogs are welcome on a lead;dogs may stay in the garden;only guide dogs are allowed;dogs cost 5 euros a day;dogs get a bowl of water".split(";")
SMOKING = "not allowed;allowed on the terrace;allowed only outside;allowed in the yard;forbidden everywhere;possible on the balcony;welcome in the garden".split(";")
PERIOD = "month,week,Friday,second Monday,quarter,spring,morning".split(",")
PERIOD2 = "once a month,twice a year,every Friday,every two weeks,four times a year".split(",")
BELONGINGS = "a towel,warm clothes,your passport,a water bottle,good shoes,a packed lunch,an apron,a torch,sun cream,your own mat,a pencil,rubber boots,a basket of fruit,a bicycle,a weekend in the mountains,a free dinner,high chairs,colouring books,a playroom,a photo of yourself,an umbrella,swimwear,a helmet,a notebook".split(",")
SIDES = "chips,salad,rice,roast potatoes,garlic bread,mushroom sauce,a green salad,mint yoghurt,pickled onions,lemon butter,sweet corn,baked beans,red cabbage,mashed potato,olives,tomato soup,a fried egg,vanilla ice cream,cherry sauce,goat cheese,walnuts,apple sauce".split(",")
DISHES = "lentil soup,fish pie,chicken curry,beef stew,onion tart,pumpkin soup,spinach lasagne,lamb kebab,cheese omelette,tomato salad,apple pie,carrot cake,rye bread,cinnamon bun,lemon tart,chocolate cake,plum cake,pea soup,roast duck,grilled trout,veggie burger,mushroom risotto,seafood pasta,potato pancake,waffle,fruit salad,falafel plate,bean chilli,noodle soup,cheese cake,almond biscuit,oat bread,salmon bagel,egg roll,peach cobbler".split(",")
ALLERGENS = "nuts,milk,eggs,soy,wheat,sesame,mustard,celery,fish,peanuts".split(",")
ROOMS = "single room,double room,family room,garden suite,attic room,sea view room,studio,tower room,dormitory,bungalow,log cabin,balcony room,small hall,large hall,meeting room,library room,blue room,corner suite,tree house,boat house".split(",")
TOURS = "castle tour,city walk,night tour,wine tasting,cooking class,pottery workshop,yoga class,boat trip,puppet show,concert,film night,quiz night,book club,reading night,choir practice,swimming course,dance class,sketching class,bird walk,cheese tasting,flower workshop,guided tour,chess evening,story hour,sewing course,bread workshop,museum tour,harbour cruise,photo walk,first aid course,spin class,boxing class,pilates class".split(",")
ILLS = "back pain,allergies,headaches,skin problems,toothache,bad eyes,knee pain,a cough,hearing loss,sleep problems,broken bones,stomach pain,migraine,diabetes,sports injuries,asthma".split(",")
LEGAL = "divorce,contracts,traffic fines,tax law,inheritance,rent disputes,patents,building permits,labour law,visas".split(",")
BIKES = "city bike,mountain bike,tandem,cargo bike,electric bike,child bike,scooter,racing bike".split(",")
BOATS = "morning ferry,evening ferry,express boat,island ferry,water taxi,night boat,car ferry".split(",")
COMPANIES = "insurance,trust,mutual,assurance".split(",")
PLANS = "Basic,Starter,Pro,Team,Business,Family,Solo,Premium,Plus,Student,Gold,Silver,Free,Studio,Company,Max,Light".split(",")
BUTTONS = '"Forgot password",Settings,"My account",Profile,"Privacy","Help","Security","Reset","Options",the gear icon'.split(",")
SYSTEMS = "Windows,macOS,Linux,Android,iPhone,iPad,Chromebook,any browser,smart TVs".split(",")
SUBJECTS = "drawing,chemistry,Spanish,pottery,singing,history,accounting,coding,sewing,carpentry,photography,French,physics,ballet,chess,gardening,cooking,first aid,music theory,statistics,Italian,biology,calligraphy,knitting,geography,judo,piano,violin,fencing".split(",")
ROOM2 = "red room,blue room,gym,cellar,main hall,music room,lab,tower,library,north wing,green room,canteen".split(",")
ANIMALS = "goat,donkey,parrot,tiger,penguin,otter,pony,tortoise,rabbit,owl,llama,monkey,seal,bear,camel,peacock,ferret,cat,wolf,lynx,giraffe,zebra,flamingo,snake".split(",")
STOCK = "in stock;sold out until {month};coming back on {day};on sale this week;sold only on order;out of stock;available from {month};half price until {day}".split(";")
MATERIALS = "oak,steel,linen,cotton,wool,leather,glass,clay,brass,silk,bamboo,rubber,felt,copper,pine,recycled plastic,cork,marble,porcelain,hemp,denim".split(",")
COLOURS = "red,blue,green,black,white,grey,yellow,brown,pink,navy,purple,orange,beige,olive,silver,cream,turquoise".split(",")
VISITORS = "adults,children,students,seniors,families,members,children under 12,children under 6,school classes,residents,groups,pensioners,teenagers".split(",")
MEALS = "breakfast,lunch,dinner,brunch,afternoon tea,supper".split(",")
TREATMENTS = "a cleaning,a massage,a haircut,a facial,a check-up,a filling,a pedicure,a colour,a fitting,an eye test,a full service,a tyre change,a portrait,a consultation,a tattoo,a peeling,an inspection,an X-ray,a vaccination,a hearing test".split(",")
SPECIALS = "birthday cakes,wedding cakes,large orders,wreaths,gift baskets,party platters,printed shirts,name signs,bouquets,made-to-measure suits,engraved rings,special sizes".split(",")
GEAR = "shoes,helmets,skis,towels,bicycles,kayaks,wetsuits,tents,audio guides,boots,skates,rackets,pushchairs,sleeping bags,lockers,life jackets".split(",")
FACILITIES = "sauna,gym,library,bar,playground,laundry,kitchen,cafe,shop,cash machine,cloakroom,baby room,reading room,pool,roof terrace,bike room".split(",")
EVENTS = "summer party,flea market,open day,book sale,wine evening,Christmas market,jazz night,plant swap,repair day,poetry evening,harvest festival,charity run,exhibition,opening,dance".split(",")
UNITS = "notes,projects,users,pages,photos,songs,documents,contacts,messages".split(",")
DEEDS = "change your booking,return a parcel,delete your profile,change your plan,get an invoice,report a problem,invite a friend,export your data,change your email,redeem a voucher,rent a hall,apply for a job,stop the newsletter,book a lesson,renew your card,upload a photo,share a file,pay a bill,find your receipt,join the club".split(",")
NOUN_LISTS = "objects,menuItems,tea,fish,fruits,vegetables,iba_cocktails,apple_cultivars,instruments,flowers,industries,board_games,dogs,cats,birds_north_america,rooms,academic_subjects,scents,breads_and_pastries,condiments,occupations,fabrics,herbs_n_spices".split(",")
COCKTAILS = "Mojito,Martini,spritz,gin and tonic,lemonade,cider".split(",")
STREETS = "Mill,High,Church,Station,Harbour,Park,Bridge,King,Garden,Market,River,Castle,School,North,Forest,Queen,Ship,Baker,Lake,Hill,Orchard,Spring,Abbey,Canal,Tower,Linden".split(",")
BOOKS = ("The|A|My|Our", "Silent|Last|Golden|Broken|Winter|Paper|Blue|Lost|Hidden|Second", "Garden|Letter|River|Clock|House|Orchard|Harbour|Mirror|Train|Winter")


def week_hours(rng: random.Random) -> str:
    """Opening hours of a whole week in one line, in which times come again: what is copied must not lose its place."""
    short = rng.random() < 0.25
    names = [d[:3] for d in DAYS] if short else DAYS
    cuts = sorted(rng.sample(range(1, 7), rng.choice([1, 2, 2, 3])))
    opens, closes = [clock(rng, 6, 11) for _ in range(2)], [clock(rng, 14, 22) for _ in range(2)]
    to, colon, glue = rng.choice([" to ", " to ", "-", " - ", " till "]), rng.choice([" ", " ", ": ", " from "]), rng.choice([", ", ", ", "; ", " and ", ", and "])
    parts = []
    for first, last in zip([0, *cuts], [*cuts, 7], strict=True):
        days = names[first] if last - first == 1 else f"{names[first]}{rng.choice([' to ', '-', ' to '])}{names[last - 1]}"
        closed = rng.random() < 0.12 and parts
        parts.append(f"{days} closed" if closed else f"{days}{colon}{rng.choice(opens)}{to if colon != ' from ' else ' to '}{rng.choice(closes)}")
    return glue.join(parts)


def price_list(rng: random.Random) -> str:
    """Several things with prices in one line; words and prices come again."""
    kind = rng.choice(DISHES + THINGS).split()[-1]
    sorts = rng.sample(["small", "large", "plain", "spicy", "red", "white", "green", "simple", "special", "classic", "double", "vegan", "daily", "summer", "winter", "half", "whole", "child's"], rng.randint(2, 5))
    things = [f"{s} {kind}" for s in sorts] if rng.random() < 0.6 else rng.sample(DISHES + THINGS, rng.randint(3, 6))
    prices = [money(rng, 2, 60) for _ in range(3)]
    colon, glue = rng.choice([" ", " ", ": ", " for ", " costs "]), rng.choice([", ", ", ", "; ", " and "])
    return glue.join(f"{t}{colon}{rng.choice(prices)}" for t in things)


def article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def placed(rng: random.Random, text: str) -> str:
    return text.format(rng.choice([rng.randint(1, 40), rng.choice("ABCDEF")]))


class Slots:
    """Draws a value for a slot by its name."""

    def __init__(self, words: Words):
        self.words = words
        w = words
        one: dict[str, Callable[[random.Random], str | Value]] = {
            "days": lambda r: day_range(r).text,
            "day": some_day,
            "weekday": lambda r: r.choice(DAYS),
            "closedday": lambda r: r.choice([r.choice(DAYS), f"{r.choice(DAYS)}s", "public holidays", f"{r.choice(DAYS)} and {r.choice(DAYS)}"]),
            "weekhours": week_hours,
            "pricelist": price_list,
            "open": lambda r: clock(r, 6, 14),
            "close": lambda r: clock(r, 15, 23),
            "price": lambda r: money(r, 1, 95),
            "bigprice": lambda r: money(r, 40, 900),
            "noun": lambda r: w.pick(r, *NOUN_LISTS).lower(),
            "deed": lambda r: (lambda deed: Value(deed, (deed.replace("your", "my"),)))(r.choice(DEEDS)),
            "number2": lambda r: str(r.randint(3, 40)),
            "month2": lambda r: r.choice(MONTHS),
            "number": lambda r: str(r.randint(2, 90)),
            "minutes": lambda r: str(r.randint(2, 45)),
            "age": lambda r: str(r.randint(3, 21)),
            "percent": lambda r: f"{r.randint(1, 19) * 5}{r.choice(['%', '%', ' percent'])}",
            "years": lambda r: r.choice(["one year", f"{r.randint(2, 10)} years", f"{r.randint(6, 36)} months"]),
            "duration": duration,
            "hoursong": lambda r: r.choice([f"{r.randint(2, 6)} hours", f"{r.randint(20, 95)} minutes", "an hour", "half a day"]),
            "year": lambda r: str(r.randint(1790, 2024)),
            "month": lambda r: r.choice(MONTHS),
            "date": lambda r: r.choice([f"{r.choice(MONTHS)} {r.randint(1, 28)}", f"{r.randint(1, 28)} {r.choice(MONTHS)}"]),
            "address": self.address,
            "town": lambda r: w.pick(r, "english_towns_cities", "us_cities"),
            "station": lambda r: w.pick(r, "london_underground_stations", "norwegian_cities"),
            "country": lambda r: r.choice(["Brazil", "Norway", "Italy", "Ireland", "Kenya", "Spain", "Portugal", "Japan", "Peru", "Greece", "Germany", "Ethiopia", "Canada", "France", "Chile", "India", "Iceland"]),
            "countries": lambda r: listed(r, ["Germany", "France", "Austria", "Spain", "Norway", "Sweden", "Poland", "Ireland", "Canada", "Japan", "the Netherlands", "Belgium", "Italy", "the whole of Europe", "the UK"]).replace(" or ", " and "),
            "person": self.person,
            "first": lambda r: r.choice([w.pick(r, "firstNames", "norwayFirstNamesGirls"), letters(r).capitalize()]),
            "phone": lambda r: r.choice([f"{r.randint(100, 999)} {r.randint(1000, 9999)}", f"0{r.randint(20, 99)} {r.randint(100, 999)} {r.randint(100, 999)}", f"555-{r.randint(1000, 9999)}", f"{r.randint(200, 999)}-{r.randint(200, 999)}-{r.randint(1000, 9999)}"]),
            "email": self.email,
            "password": lambda r: r.choice([letters(r) + str(r.randint(1, 99)), letters(r).upper() + str(r.randint(10, 99)), w.pick(r, "fruits", "flowers").replace(" ", "").lower() + str(r.randint(1, 99))]),
            "parking": lambda r: r.choice(PARKING).format(r.choice(STREETS)),
            "place": lambda r: placed(r, r.choice(PLACES)),
            "direction": lambda r: r.choice(DIRECTIONS),
            "payments": lambda r: listed(r, PAYMENTS, 1 + 1, 4).replace(" or ", " and "),
            "langs": lambda r: listed(r, LANGS).replace(" or ", " and "),
            "role2": lambda r: article(r.choice(ROLES)),
            "goods2": lambda r: r.choice(GOODS),
            "object": lambda r: w.pick(r, "objects").lower(),
            "clothing": lambda r: w.pick(r, "clothing").lower(),
            "material": lambda r: r.choice(MATERIALS),
            "othermaterial": lambda r: r.choice(MATERIALS),
            "colour": lambda r: r.choice(COLOURS),
            "colours": lambda r: listed(r, COLOURS),
            "sizes": lambda r: r.choice([f"{r.choice(['XS', 'S', 'M'])} to {r.choice(['L', 'XL', 'XXL'])}", f"{r.randint(30, 38)} to {r.randint(40, 50)}"]),
            "stock": lambda r: r.choice(STOCK).format(month=r.choice(MONTHS), day=r.choice(DAYS)),
            "thing": lambda r: article(r.choice(THINGS)),
            "dish": lambda r: r.choice([r.choice(DISHES), r.choice(DISHES), w.pick(r, "menuItems", "sandwiches").lower()]),
            "dish2": lambda r: r.choice(DISHES),
            "side": lambda r: r.choice([r.choice(SIDES), f"{r.choice(SIDES)} and {r.choice(SIDES)}"]),
            "version": lambda r: f"{r.randint(1, 14)}.{r.randint(0, 20)}",
            "gigabytes": lambda r: f"{r.choice([1, 2, 5, 10, 15, 20, 50, 80, 100, 200, 500])} {r.choice(['GB', 'gigabytes', 'projects', 'users'])}",
            "systems": lambda r: listed(r, SYSTEMS).replace(" or ", " and "),
            "subject": lambda r: r.choice(SUBJECTS),
            "company": lambda r: f"{w.pick(r, 'lastNames')} {r.choice(COMPANIES).capitalize()}",
            "book": lambda r: " ".join(r.choice(part.split("|")) for part in BOOKS),
            "instrument": lambda r: w.pick(r, "instruments"),
        }
        for name, values in {
            "spot": SPOTS, "group": GROUPS, "role": ROLES, "access": ACCESS, "dogs": DOGS, "smoking": SMOKING,
            "period": PERIOD, "period2": PERIOD2, "belongings": BELONGINGS, "goods": GOODS, "allergen": ALLERGENS,
            "room": ROOMS, "tour": TOURS, "ill": ILLS, "legal": LEGAL, "bike": BIKES, "boat": BOATS, "plan": PLANS,
            "button": BUTTONS, "room2": ROOM2, "animal": ANIMALS, "cocktail": COCKTAILS,
            "visitor": VISITORS, "meal": MEALS, "treatment": TREATMENTS, "special": SPECIALS, "gear": GEAR, "facility": FACILITIES,
            "event": EVENTS, "units": UNITS,
        }.items():  # fmt: skip
            one[name] = lambda r, values=values: r.choice(values)
        self.one = one

    def person(self, r: random.Random) -> str:
        first = self.words.pick(r, "firstNames", "firstNames", "spanishFirstNames", "norwayFirstNamesBoys", "norwayFirstNamesGirls")
        last = self.words.pick(r, "lastNames", "lastNames", "norwayLastNames", "spanishLastNames")
        return r.choice([f"{first} {last}", f"{first} {last}", first, f"{r.choice(['Mr', 'Ms', 'Dr'])} {last}"])

    def address(self, r: random.Random) -> str:
        name = r.choice([r.choice(STREETS), self.words.pick(r, "lastNames", "english_towns_cities")])
        kind, number = r.choice(["Street", "Street", "Road", "Lane", "Square", "Avenue", "Way"]), r.randint(1, 199)
        return r.choice([f"{name} {kind} {number}", f"{number} {name} {kind}"])

    def email(self, r: random.Random) -> str:
        return f"{r.choice(['hello', 'info', 'shop', 'contact', 'team', 'help', 'mail', 'office'])}@{r.choice([letters(r), self.words.pick(r, 'flowers', 'fruits', 'common').lower().replace(' ', '-')])}.{r.choice(['com', 'org', 'eu', 'net', 'shop'])}"

    def draw(self, rng: random.Random, slot: str) -> Value:
        """`slot` may end in a digit, for a second value of the same slot in one text."""
        value = self.one[slot if slot in self.one else slot.rstrip("23456789")](rng)
        return value if isinstance(value, Value) else Value(value)
