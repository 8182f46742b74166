"""One run from the empty database to the verdict."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from chaos import logs, tally, truth
from chaos.books import Books, Shelf, is_with_staff
from chaos.browser import Browser, SiteIsDown
from chaos.buyer import CARDS, Buyer, Shop
from chaos.house import House, NotStarted
from chaos.planning import Plan
from chaos.quiet import wait_for_quiet
from chaos.telling import say
from chaos.trouble import SPOILT_MAILS, Breaker

POLL_SECONDS = 0.1
TOLD_EVERY = 25
# Of the visits, one in so many comes in by the web process that crashes.
DOORS = 4
LAST_WORDS = 12
# Hourly by beat: what the provider told while nobody listened.
FETCHING = "billing.fetching.fetch_missed_events_task"
# As billing.refunding says it.
UNANSWERED = "refund unknown"
# Until the sweeps have found out what the provider did not answer.
BEFORE_COMING_BACK_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    orders: int
    kills: int
    violations: list[str]
    # How many of the orders were by quantity, partly delivered, refunded and so on.
    kinds: Counter[str]


def run(plan: Plan, folder: Path, *, longest_seconds: float) -> Outcome:
    with house_for(plan, folder) as house:
        sites = fill(house, plan)
        house.start_product()
        say("the product runs")
        shop = make_shop(house, plan)
        buyers = make_buyers(house, plan, shop, sites)
        prepare(buyers, plan)
        say(f"{len(buyers)} buyers are signed in and have saved their cards")
        breaker = Breaker(house, plan)
        violations = buy(buyers, shop, breaker, longest_seconds=longest_seconds)
        breaker.make_up_for_missing()
        breaker.end()
        say(f"{shop.placed} orders and {breaker.kills} kills; faults are off")
        house.wake(FETCHING)
        tell_answers(buyers)
        if not plan.may_leave_the_bank:
            come_back(buyers)
        violations += shop.complaints + wait_for_quiet(house)
        house.stop_product()
        say("quiet; now the invariants and the others' books")
        violations += check_invariants(house)
        violations += logs.find_faults(house)
        # A relay that is killed, or whose line goes dead, cannot know that a mail was taken.
        extra = breaker.kills + SPOILT_MAILS * len(plan.troubles)
        violations += truth.compare(house, extra_letters=extra)
        with Books(house.database_url()) as books:
            shelves = books.shelves()
            orders = books.count_orders()
        tell_orders(shelves)
        say(f"{logs.count_words(house, UNANSWERED)} times the provider left a refund unanswered")
        kinds = tally.count_kinds(shelves, picked=shop.picked)
        if plan.is_telling:
            violations += tally.missing(kinds)
        return Outcome(orders, breaker.kills, violations, kinds)


@contextmanager
def house_for(plan: Plan, folder: Path) -> Iterator[House]:
    house = House(folder, seed=plan.seed)
    try:
        house.start_servers()
        house.start_sandboxes()
        yield house
    finally:
        house.stop()


def fill(house: House, plan: Plan) -> list[dict[str, str]]:
    """Make tables, stock and tenants. Raises NotStarted."""
    filled = house.run("-m", "chaos.filling", str(plan.tenants))
    if filled.returncode:
        raise NotStarted(f"{filled.stdout}{filled.stderr}")
    sites: list[dict[str, str]] = json.loads(filled.stdout.splitlines()[-1])
    say(f"tables, stock and {len(sites)} tenants are there")
    return sites


def make_shop(house: House, plan: Plan) -> Shop:
    with Books(house.database_url()) as books:
        places = books.read(
            "select distinct region, npa, nxx, right(digits, 4) between '0110' and '0121' as magic"
            " from stock_stocknumber where country = 'US' and number_type = 'geographic'"
            " order by 1, 2, 3, 4"
        )
    named = [(row["magic"], (row["region"], row["npa"], row["nxx"])) for row in places]
    return Shop(
        places=[place for is_magic, place in named if not is_magic],
        magic_places=[place for is_magic, place in named if is_magic],
        wanted=plan.orders,
        may_leave_the_bank=plan.may_leave_the_bank,
    )


def make_buyers(house: House, plan: Plan, shop: Shop, sites: list[dict[str, str]]) -> list[Buyer]:
    doors = [house.ports["web"]] * (DOORS - 1) + [house.ports["web-crashing"]]
    buyers = []
    for place in range(plan.buyers):
        die = random.Random(f"buyer {place} {plan.seed}")
        site = sites[place % len(sites)]
        buyer = Buyer(f"Buyer {place}", Browser(site["host"], doors, die), shop, die)
        buyer.sign_in(site["email"], site["password"])
        buyers.append(buyer)
    return buyers


def prepare(buyers: list[Buyer], plan: Plan) -> None:
    """Save every kind of card at every tenant, as long as nothing is broken yet."""
    for buyer in buyers[: plan.tenants]:
        for card in CARDS:
            buyer.save_card(card)


def buy(buyers: list[Buyer], shop: Shop, breaker: Breaker, *, longest_seconds: float) -> list[str]:
    """Let everybody buy until there are enough orders; return what made them give up."""
    deadline = time.monotonic() + longest_seconds
    told = 0
    breaker.begin()
    with ThreadPoolExecutor(len(buyers)) as crowd:
        visits = [crowd.submit(keep_buying, buyer, shop, deadline) for buyer in buyers]
        try:
            while not all(visit.done() for visit in visits):
                breaker.look(shop.placed)
                if shop.placed >= told + TOLD_EVERY:
                    told = shop.placed
                    say(f"{shop.placed} orders, {breaker.kills} kills")
                time.sleep(POLL_SECONDS)
        finally:
            # Nobody may go on buying when we have been interrupted.
            shop.is_shut = True
    breaker.look(shop.wanted)
    too_few = shop.placed < shop.wanted
    missing = [f"only {shop.placed} of {shop.wanted} orders were placed"] if too_few else []
    return missing + [why for visit in visits for why in words_of(visit)]


def keep_buying(buyer: Buyer, shop: Shop, deadline: float) -> None:
    while shop.is_open and time.monotonic() < deadline:
        try:
            buyer.buy()
        except httpx.TransportError:
            # The provider's own page was away: the buyer comes back later.
            time.sleep(1)


def come_back(buyers: list[Buyer]) -> None:
    """Let nothing wait for a buyer: a short run has no time until orders are given up."""
    time.sleep(BEFORE_COMING_BACK_SECONDS)
    for buyer in buyers:
        buyer.come_back()


def words_of(visit: "Future[None]") -> list[str]:
    error = visit.exception()
    if isinstance(error, SiteIsDown):
        return [f"the site was down for too long: {error}"]
    if error:
        raise error
    return []


def tell_answers(buyers: list[Buyer]) -> None:
    """Say how often the site gave which answer; 0 is none at all."""
    seen: Counter[int] = Counter()
    for buyer in buyers:
        seen.update(buyer.browser.seen)
    say(", ".join(f"{count} x {status}" for status, count in sorted(seen.items())))


def check_invariants(house: House) -> list[str]:
    checked = house.run("manage.py", "check_invariants")
    if not checked.returncode:
        return []
    told = checked.stdout.splitlines() or checked.stderr.splitlines()[-LAST_WORDS:]
    return [f"invariant: {line}" for line in told]


def tell_orders(shelves: list[Shelf]) -> None:
    """Say what has become of all lines, payments and refunds."""
    lines = [line for shelf in shelves for line in shelf.lines]
    states = Counter(line["state"] for line in lines)
    payments = Counter(payment["state"] for shelf in shelves for payment in shelf.payments)
    refunds = Counter(refund["state"] for shelf in shelves for refund in shelf.refunds)
    say(f"lines: {dict(states)}; with staff: {sum(map(is_with_staff, lines))}")
    say(f"card payments: {dict(payments)}; refunds: {dict(refunds)}")
