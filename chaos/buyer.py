"""Somebody who buys numbers: searches, fills the cart, pays or thinks better of it, reloads."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from chaos.browser import Browser, Fields, Page, is_of_site, path_of

ORDER = r"/orders/([0-9a-f-]{36})/"
TOP_UP = r"/billing/top-up/([0-9a-f-]{36})/"
PICKED = r'<li id="cart-([0-9]+)"'
BANK = r'href="([^"]*/authenticate/[^"]*)"'
# Shares of the visits, or of what happens on them.
ABANDONED_CARTS = 0.05
BY_QUANTITY = 0.3
TOP_UPS = 0.12
OTHER_TERMS = 0.5
FROM_THE_BALANCE = 0.4
DOUBLE_SUBMITS = 0.2
BY_SCRIPT = 0.5
APPROVED = 0.6
REFUSED_AT_BANK = 0.25
MAGIC = 0.35
MOST_RELOADS = 3
# They pay, are declined, ask their owner, pay, and pay but take no refund.
CARDS = [
    "4242424242424242",
    "4000000000000341",
    "4000002500003155",
    "5555555555554444",
    "4000000000005126",
]


@dataclass
class Shop:
    """What all buyers know and what they have come across, shared by their threads."""

    # Where numbers are: state, area code, exchange; those with magic numbers apart.
    places: list[tuple[str, str, str]]
    magic_places: list[tuple[str, str, str]]
    wanted: int
    may_leave_the_bank: bool
    orders: set[str] = field(default_factory=set)
    # The digits of what was taken by quantity.
    picked: set[str] = field(default_factory=set)
    is_shut: bool = False
    complaints: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def placed(self) -> int:
        return len(self.orders)

    @property
    def is_open(self) -> bool:
        return self.placed < self.wanted and not self.is_shut

    def note(self, orders: set[str]) -> None:
        with self.lock:
            self.orders |= orders
            if len(orders) > 1:
                self.complaints.append(f"one button made {len(orders)} orders: {sorted(orders)}")

    def note_picked(self, digits: list[str]) -> None:
        with self.lock:
            self.picked.update(digits)


class Buyer:
    """An admin of one tenant at one browser, as unsteady as the seed has it."""

    def __init__(self, name: str, browser: Browser, shop: Shop, die: random.Random) -> None:
        self.name = name
        self.browser = browser
        self.shop = shop
        self.die = die
        self.mine: set[str] = set()
        self.top_ups: set[str] = set()

    def chance(self, share: float) -> bool:
        return self.die.random() < share

    def sign_in(self, email: str, password: str) -> None:
        """Raises RuntimeError if the site does not let us in."""
        page = self.browser.get("/account/login/")
        answer = self.browser.post(
            "/account/login/",
            [("csrfmiddlewaretoken", page.token), ("login", email), ("password", password)],
        )
        if answer.status != 302:
            raise RuntimeError(f"{self.name} cannot sign in: {answer.status} {answer.text[-2000:]}")

    def save_card(self, number: str) -> None:
        """Add a card on the provider's page, starting from the checkout."""
        self.fill_cart(how_many=1, is_magic=False)
        page = self.browser.get("/checkout/")
        token = ("csrfmiddlewaretoken", page.token)
        address = self.browser.post("/checkout/card/", [token], as_htmx=True).goes_to
        typed = {"number": number, "expiry": "04/40", "cvc": "123", "name": self.name}
        answer = httpx.post(address, data=typed, timeout=30, trust_env=False)
        self.browser.follow(Page(answer.status_code, "", answer.headers["Location"]))

    def buy(self) -> None:
        """Come by once: an order is placed, or not."""
        if self.chance(TOP_UPS):
            self.top_up()
        if self.chance(BY_QUANTITY):
            self.pick(cities=self.die.randint(1, 2))
        else:
            self.fill_cart(how_many=self.die.randint(1, 3), is_magic=self.chance(MAGIC))
        if self.chance(OTHER_TERMS):
            self.change_terms()
        if self.chance(ABANDONED_CARTS):
            return
        page = self.browser.follow(self.browser.get("/checkout/"))
        quotes = page.find(r'name="quote" value="([^"]+)"')
        payers = self.payers(page)
        if not quotes or not payers:
            return
        fields = [
            ("csrfmiddlewaretoken", page.token),
            ("quote", quotes[0]),
            ("pay_by", self.choose(payers)),
            *[("agreed", "on") for _ in page.find(r'name="(agreed)"')],
        ]
        answers = self.press("/checkout/order/", fields)
        orders = {order for answer in answers for order in orders_of(answer)}
        self.mine |= orders
        self.shop.note(orders)
        for answer in answers:
            self.go_on(answer)

    def fill_cart(self, *, how_many: int, is_magic: bool) -> None:
        region, npa, nxx = self.die.choice(self.shop.magic_places if is_magic else self.shop.places)
        search = {"country": "US", "region": region, "npa": npa, "nxx": nxx}
        page = self.browser.get(f"/buy/?{urlencode(search)}")
        offers = sorted(set(page.find(r'value="([0-9]{8,15})"')))
        if is_magic:
            offers = [digits for digits in offers if is_magical(digits)]
        chosen = self.die.sample(offers, min(how_many, len(offers)))
        fields = [("csrfmiddlewaretoken", page.token), ("next", "/cart/")]
        self.browser.post("/cart/add/", fields + [("number", digits) for digits in chosen])

    def change_terms(self) -> None:
        """Want everything in the cart for longer, or with more channels."""
        page = self.browser.get("/cart/")
        if not page.find(r'id="(all-months)"'):
            return
        fields = [
            ("csrfmiddlewaretoken", page.token),
            ("months", self.die.choice(["1", "3", "6", "12"])),
            ("channels", str(self.die.randint(2, 5))),
        ]
        self.browser.post("/cart/change-all/", fields)

    def top_up(self) -> None:
        """Pay some money in, pressing the button once or twice."""
        asked = self.browser.get("/billing/top-up/")
        cards = asked.find(r'<option value="([0-9a-f-]{36})"')
        if not cards:
            return
        wish = {"amount": str(self.die.randint(10, 90)), "card": self.die.choice(cards)}
        page = self.browser.get(f"/billing/top-up/?{urlencode(wish)}")
        offers = page.find(r'name="offer" value="([^"]+)"')
        fields = [("csrfmiddlewaretoken", page.token), ("offer", offers[0])]
        for answer in self.press("/billing/top-up/pay/", fields):
            self.top_ups.update(Page(0, answer.goes_to, "").find(TOP_UP))
            self.go_on(answer)

    def pick(self, *, cities: int) -> None:
        """Take some of a few cities by quantity, whichever numbers they are."""
        _, npa, _ = self.die.choice(self.shop.places)
        query = urlencode({"country": "US", "place": npa})
        page = self.browser.get(f"/buy/coverage/?{query}")
        rows = page.find(r'name="row" value="([^"]+)"')
        wanted = self.die.sample(rows, min(cities, len(rows)))
        fields = [("csrfmiddlewaretoken", page.token)]
        fields += [("token", token) for token in page.find(r'name="token" value="([^"]+)"')]
        for row in rows:
            quantity = self.die.randint(1, 3) if row in wanted else 0
            fields += [("row", row), ("quantity", str(quantity)), ("channels", "2")]
        self.browser.post(f"/buy/coverage/pick/?{query}", fields)
        # The cart says which they are, even if the first answer was lost.
        self.shop.note_picked(self.browser.get("/cart/").find(PICKED))

    def payers(self, page: Page) -> list[str]:
        """Return what can be chosen to pay with: cards by their references, and the balance."""
        return page.find(r'name="pay_by" value="([^"]+)"')

    def choose(self, payers: list[str]) -> str:
        cards = [payer for payer in payers if payer != "balance"]
        if "balance" in payers and (not cards or self.chance(FROM_THE_BALANCE)):
            return "balance"
        return self.die.choice(cards)

    def press(self, path: str, fields: Fields) -> list[Page]:
        """Press the button once, or twice at once."""
        as_htmx = self.chance(BY_SCRIPT)
        windows = [self.browser]
        if self.chance(DOUBLE_SUBMITS):
            windows.append(self.browser.copy())
        with ThreadPoolExecutor(len(windows)) as both:
            presses = [
                both.submit(window.post, path, fields, as_htmx=as_htmx) for window in windows
            ]
        return [press.result() for press in presses]

    def go_on(self, answer: Page) -> None:
        """Follow an order or top-up to the bank if it asks, and look how it stands."""
        if answer.status == 422:
            return
        if answer.goes_to and not is_of_site(answer.goes_to, self.browser.host):
            self.visit_bank(answer.goes_to)
            return
        page = self.browser.follow(answer)
        if at_bank := page.find(BANK):
            self.visit_bank(at_bank[0])
        elif orders := orders_of(answer):
            self.reload(min(orders))

    def visit_bank(self, address: str) -> None:
        """Approve or refuse the payment on the bank's page, or leave it there."""
        fate = self.die.random()
        if fate > APPROVED + REFUSED_AT_BANK and self.shop.may_leave_the_bank:
            return
        outcome = "approve" if fate < APPROVED else "refuse"
        answer = httpx.post(address, data={"outcome": outcome}, timeout=30, trust_env=False)
        back = answer.headers.get("Location")
        if not back:
            return
        page = self.browser.get(path_of(back))
        confirm = f"{httpx.URL(back).path.removesuffix('payment/')}confirm/"
        self.shop.note(orders_of(Page(0, "", back)))
        self.browser.follow(self.browser.post(confirm, [("csrfmiddlewaretoken", page.token)]))

    def come_back(self) -> None:
        """Go to the bank for what did not yet know, when it was left, that the bank asks."""
        pages = [f"/orders/{order}/" for order in sorted(self.mine)]
        pages += [f"/billing/top-up/{top_up}/" for top_up in sorted(self.top_ups)]
        for page in pages:
            for address in self.browser.get(page).find(BANK):
                self.visit_bank(address)

    def reload(self, order: str) -> None:
        for _ in range(self.die.randrange(MOST_RELOADS)):
            self.browser.get(f"/orders/{order}/progress/")


def orders_of(answer: Page) -> set[str]:
    """Return the order that an answer leads to, if it leads to one."""
    return set(Page(0, answer.goes_to, "").find(ORDER))


def is_magical(digits: str) -> bool:
    return "0110" <= digits[-4:] <= "0121"
