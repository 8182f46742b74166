"""Comparing an order with what the payment provider says: what does not fit is found."""

from uuid import uuid4

import pytest

from chaos import truth
from chaos.books import Shelf

NET, VAT = 100, 23
PRICE = NET + VAT


class Sale:
    """An order of two lines, one delivered and one refused, and the provider's side of it."""

    def __init__(self, *, pay_by="card", refund="succeeded"):
        self.order = uuid4()
        self.delivered, self.refused = self.line("delivered", pay_by), self.line("refused", pay_by)
        posted = [("revenue", NET), ("vat", VAT)]
        reference = self.delivered["reference"]
        self.shelf = Shelf(
            "Acme",
            "t_1",
            uuid4(),
            lines=[self.delivered, self.refused],
            earned=[
                {"pocket": pocket, "cause_reference": reference, "amount": amount}
                for pocket, amount in posted
            ],
        )
        self.truth = {"payment_intents": [], "refunds": []}
        if pay_by == "card":
            self.pay(refund)
        else:
            self.move_balance(self.delivered, -PRICE)

    def line(self, state, pay_by):
        return {
            "reference": uuid4(),
            "order": self.order,
            "state": state,
            "price": PRICE,
            "vat_amount": VAT,
            "charged_at": "today" if pay_by == "card" else None,
            "pay_by": pay_by,
        }

    def pay(self, refund):
        intent = {"id": "pi_1", "status": "succeeded", "amount": 2 * PRICE}
        intent |= {"amount_received": 2 * PRICE, "metadata": {"order": str(self.order)}}
        self.truth["payment_intents"].append(intent)
        self.refund = {"id": "re_1", "status": refund, "amount": PRICE, "payment_intent": "pi_1"}
        self.refund["metadata"] = {"line": str(self.refused["reference"])}
        self.truth["refunds"].append(self.refund)
        self.shelf.refunds.append({"refund_id": "re_1", "state": refund, "order": self.order})
        if refund == "failed":
            self.move_balance(self.refused, PRICE)

    def move_balance(self, line, amount):
        self.shelf.balance.append({"cause_reference": line["reference"], "amount": amount})

    def found(self):
        return list(truth.compare_payments([self.shelf], self.truth))


@pytest.mark.parametrize(
    "changes", [{"refund": "succeeded"}, {"refund": "failed"}, {"pay_by": "wallet"}]
)
def test_money_of_a_refused_line_that_came_back_is_no_finding(changes):
    assert Sale(**changes).found() == []


def test_refund_that_the_provider_has_never_heard_of():
    sale = Sale()
    sale.truth["refunds"].clear()

    charged, refunds = sale.found()
    assert f"captured {2 * PRICE} - refunded 0, delivered for {PRICE}" in charged
    assert refunds.endswith("{'re_1': 'succeeded'} here, {} there")


def test_refund_without_the_tax():
    sale = Sale()
    sale.refund["amount"] = NET

    charged, refunds = sale.found()
    assert f"captured {2 * PRICE} - refunded {NET}" in charged
    assert f"re_1 of {NET} for line {sale.refused['reference']}" in refunds


def test_refund_of_a_line_that_came():
    sale = Sale()
    sale.refund["metadata"] = {"line": str(sale.delivered["reference"])}

    assert [f"for line {sale.delivered['reference']}" in each for each in sale.found()] == [True]


def test_second_refund_of_a_line():
    sale = Sale()
    sale.truth["refunds"].append(sale.refund | {"id": "re_2"})

    assert any(f"re_2 of {PRICE} for line" in each for each in sale.found())


def test_failed_refund_that_the_balance_never_got():
    sale = Sale(refund="failed")
    sale.shelf.balance.clear()

    assert [
        f"moved by 0, delivered for 0, not taken back by the card {PRICE}" in each
        for each in sale.found()
    ] == [True]


def test_failed_refund_that_we_take_for_paid():
    sale = Sale()
    sale.refund["status"] = "failed"

    refunds, balance = sale.found()
    assert refunds.endswith("{'re_1': 'succeeded'} here, {'re_1': 'failed'} there")
    assert "moved by 0" in balance


def test_balance_that_got_nothing_back():
    sale = Sale(pay_by="wallet")
    sale.move_balance(sale.refused, -PRICE)

    assert [f"moved by {-2 * PRICE}, delivered for {PRICE}" in each for each in sale.found()] == [
        True
    ]
