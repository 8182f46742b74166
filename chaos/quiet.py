"""Waiting until nothing is left to do but what nobody can end."""

import time

import psycopg

from chaos.books import Books, Row, is_explained
from chaos.house import House
from chaos.telling import say
from sandbox.payments.cards import BY_LAST4

TIMEOUT_SECONDS = 240
POLL_SECONDS = 1
TOLD_EVERY_SECONDS = 15
SHOWN = 15


def wait_for_quiet(house: House) -> list[str]:
    """Return what is still unfinished when time is up: nothing, if all went well."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    told_at = time.monotonic()
    while True:
        # Hands in documents, and does now what the carrier would do later.
        house.tell("carrier", "/sandbox/deliver")
        try:
            with Books(house.database_url()) as books:
                unfinished = find_unfinished(books) + find_unheard(books, house)
        except psycopg.OperationalError as error:
            unfinished = [f"the database does not answer: {error}"]
        if not unfinished:
            return []
        if time.monotonic() > deadline:
            return [f"unfinished: {what}" for what in unfinished[:SHOWN]]
        if time.monotonic() > told_at + TOLD_EVERY_SECONDS:
            told_at = time.monotonic()
            say(f"{len(unfinished)} things are unfinished, such as: {unfinished[0]}")
        time.sleep(POLL_SECONDS)


def find_unfinished(books: Books) -> list[str]:
    lines = books.open_lines()
    explained = [line for line in lines if is_explained(line)]
    found = [
        f"{line['tenant']} line {line['reference']} of {line['digits']} is {line['state']},"
        f" its operation {line['operation']} {line['last_error']}"
        for line in lines
        if line not in explained
    ]
    found += [
        f"{row['tenant']} {row['what']} of {row['of']} is {row['state']}"
        for row in books.unsettled_payments()
    ]
    subjects = {line["reference"] for line in explained} | {line["order"] for line in explained}
    found += [
        f"work: {row['kind']} {row['subject']} {row['last_error']}"
        for row in books.read("select kind, subject, last_error from work_duework")
        if row["subject"] not in subjects
    ]
    found += [
        f"mail: {row['key']} {row['state']} {row['last_error']}"
        for row in books.read("select * from notices_outboxmail where state <> 'sent'")
    ]
    return found + [
        f"event: {row['event_id']} {row['kind']} {row['state']} {row['last_error']}"
        for row in books.read("select * from work_webhookevent where state <> 'done'")
    ]


def find_unheard(books: Books, house: House) -> list[str]:
    """Return the refunds that a card did not take back, or is about not to, as we do not know."""
    truth = house.ask("payments", "/sandbox/truth")
    cards = {charge["payment_intent"]: last4_of(charge) for charge in truth["charges"]}
    heard = {
        row["refund_id"]
        for shelf in books.shelves()
        for row in shelf.refunds
        if row["state"] == "failed"
    }
    return [
        f"refund: {refund['id']} is {refund['status']} and will have failed"
        for refund in truth["refunds"]
        if BY_LAST4[cards[refund["payment_intent"]]].refund_fails and refund["id"] not in heard
    ]


def last4_of(charge: Row) -> str:
    last4: str = charge["payment_method_details"]["card"]["last4"]
    return last4
