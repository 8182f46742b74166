"""The page on which a person saves a card."""

import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.payments import card_form, checkout, looking_up, pages
from sandbox.payments.account import Account
from sandbox.payments.books import Record
from sandbox.payments.call import Reply, Request
from sandbox.payments.cards import TEST_CARDS
from sandbox.payments.pages import Markup
from sandbox.payments.refusals import NoSuchObject


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    autocomplete: str
    placeholder: str = ""
    inputmode: str = "numeric"
    maxlength: int = 40
    width: str = "whole"


FIELDS = [
    Field("number", "Card number", "cc-number", "1234 1234 1234 1234"),
    Field("expiry", "Expiry date", "cc-exp", "MM / YY", maxlength=9, width="half"),
    Field("cvc", "Security code", "cc-csc", "CVC", maxlength=4, width="half"),
    Field("name", "Name on card", "cc-name", inputmode="text", maxlength=100),
]


def answer(account: Account, request: Request) -> Reply:
    session_id = request.path.removeprefix("/pay/")
    at = int(time.time())
    with account.books.transaction():
        try:
            session = looking_up.get(account.books, "checkout.session", session_id)
        except NoSuchObject:
            text = "This address belongs to no session. Go back and start again."
            return pages.notice("Nothing here", text, status_code=404)
        if session["status"] != "open":
            return _closed(session)
        if request.method != "POST":
            return _form(account, session, typed={}, errors={})
        typed = dict(parse_qsl(request.body))
        try:
            card = card_form.read(typed, at=at)
        except card_form.FormRefused as refusal:
            return _form(account, session, typed=typed, errors=refusal.errors)
        checkout.complete(
            account.books, session, card.card, expires=card.expires, name=card.name, at=at
        )
    return pages.redirect(checkout.success_address(session))


def _closed(session: Record) -> Reply:
    if session["status"] == "complete":
        return pages.notice(
            "Your card is saved",
            "This page has done its work.",
            url=checkout.success_address(session),
        )
    return pages.notice(
        "This page has expired", "Go back and start again.", url=session["cancel_url"], link="Back"
    )


def _form(
    account: Account, session: Record, *, typed: dict[str, str], errors: dict[str, str]
) -> Reply:
    summary = Markup("")
    if errors:
        summary = pages.fill("error_summary", message="Your card was not saved. See below.")
    cancel_url = session["cancel_url"]
    body = pages.fill(
        "card_form",
        owner=_owner(account, session),
        summary=summary,
        fields=Markup("".join(_field(field, typed, errors) for field in FIELDS)),
        back=pages.fill("back", url=cancel_url) if cancel_url else Markup(""),
        cards=Markup("".join(_card_rows())),
    )
    return pages.page("Add a card", body, status_code=422 if errors else 200)


def _owner(account: Account, session: Record) -> str:
    if session["customer"] is None:
        return "It will be saved for later payments."
    customer = looking_up.get(account.books, "customer", session["customer"])
    who = customer["name"] or customer["email"] or customer["description"]
    return f"It will be saved for later payments of {who or 'this customer'}."


def _field(field: Field, typed: dict[str, str], errors: dict[str, str]) -> Markup:
    invalid = error = Markup("")
    if message := errors.get(field.name):
        invalid = Markup(f'aria-invalid="true" aria-describedby="{field.name}-error"')
        error = pages.fill("field_error", name=field.name, message=message)
    return pages.fill(
        "field",
        name=field.name,
        label=field.label,
        value="" if field.name == "cvc" else typed.get(field.name, ""),
        inputmode=field.inputmode,
        autocomplete=field.autocomplete,
        placeholder=field.placeholder,
        maxlength=str(field.maxlength),
        width=field.width,
        invalid=invalid,
        error=error,
    )


def _card_rows() -> list[Markup]:
    return [
        pages.fill("card_row", number=_spaced(card.number), note=card.note) for card in TEST_CARDS
    ]


def _spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
