from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from billing import crediting, ledger, wallet
from billing.models import LedgerTransaction, Pocket
from billing.wallet import Share
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def funds(tenant, actor):
    crediting.credit(1000, "USD", reason="Bank transfer", actor=actor, reference=uuid4(), at=NOON)


@pytest.fixture
def line(funds, actor):
    reference = uuid4()
    wallet.hold([Share(reference, 300)], "USD", at=NOON, actor=actor)
    return reference


def balances():
    return {pocket.value: ledger.balance(pocket, "USD") for pocket in Pocket}


def test_held_money_cannot_be_spent_again(line):
    assert balances() | {"wallet": 700, "held": 300} == balances()


def test_holding_again_changes_nothing(line, actor):
    wallet.hold([Share(line, 300)], "USD", at=NOON, actor=actor)

    assert ledger.wallet_balance("USD") == 700


def test_a_low_balance_is_said_in_words(funds, actor):
    with pytest.raises(wallet.BalanceTooLow, match=r"needs \$10\.01, and your balance is \$10\.00"):
        wallet.hold([Share(uuid4(), 1001)], "USD", at=NOON, actor=actor)

    assert ledger.wallet_balance("USD") == 1000


def test_an_empty_balance_is_too_low(tenant, actor):
    with pytest.raises(wallet.BalanceTooLow):
        wallet.hold([Share(uuid4(), 1)], "USD", at=NOON, actor=actor)


def test_a_delivered_line_spends_what_is_held(line):
    wallet.take(line, vat=0, at=NOON)

    assert balances() | {"wallet": 700, "held": 0, "revenue": 300} == balances()


def test_the_tax_in_it_is_not_ours(line):
    wallet.take(line, vat=50, at=NOON)

    assert balances() | {"held": 0, "revenue": 250, "vat": 50} == balances()


def test_a_refused_line_gets_it_back(line):
    wallet.give_back(line, at=NOON)

    assert balances() | {"wallet": 1000, "held": 0, "revenue": 0} == balances()


@pytest.mark.parametrize("end", [partial(wallet.take, vat=50), wallet.give_back])
def test_ending_a_hold_twice_changes_nothing(line, end):
    end(line, at=NOON)
    once = balances()

    end(line, at=NOON)

    assert balances() == once


def test_what_is_spent_is_not_given_back(line):
    wallet.take(line, vat=0, at=NOON)

    with pytest.raises(IntegrityError, match="hold_ends_once"), transaction.atomic():
        wallet.give_back(line, at=NOON)


def test_a_line_that_costs_nothing_moves_nothing(funds, actor):
    line = uuid4()
    wallet.hold([Share(line, 0)], "USD", at=NOON, actor=actor)
    wallet.take(line, vat=0, at=NOON)

    assert not LedgerTransaction.objects.filter(cause_reference=line).exists()


def test_crediting_twice_under_one_reference_credits_once(tenant, actor):
    gift = {"reason": "Goodwill", "actor": actor, "reference": uuid4(), "at": NOON}
    crediting.credit(500, "USD", **gift)
    crediting.credit(500, "USD", **gift)

    assert ledger.wallet_balance("USD") == 500
