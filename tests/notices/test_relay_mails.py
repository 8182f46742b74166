from datetime import timedelta

import pytest

from notices import mailing, relaying
from notices.models import MailState, OutboxMail
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(db):
    return make_mail()


def make_mail(**changes):
    fields = {
        "key": "order-1:placed",
        "message_id": "<order-1@numberyard.localhost>",
        "to": "ada@acme.example",
        "subject": "Your order",
        "text": "Three numbers.",
        "created_at": NOON,
        "due_at": NOON,
    }
    return OutboxMail.objects.create(**fields | changes)


def received(mailbox):
    return mailbox.get("/messages.json")["messages"]


def test_sends_what_is_due(mail, mailbox):
    relaying.relay_mails(at=NOON)

    mail.refresh_from_db()
    assert (mail.state, mail.sent_at) == (MailState.SENT, NOON)
    assert [(m["subject"], m["message_id"]) for m in received(mailbox)] == [
        ("Your order", "<order-1@numberyard.localhost>")
    ]


def test_sends_nothing_twice(mail, mailbox):
    relaying.relay_mails(at=NOON)

    relaying.relay_mails(at=NOON + timedelta(days=1))

    assert len(received(mailbox)) == 1


def test_a_refusing_server_puts_the_mail_off(mail, mailbox):
    mailbox.post("/sandbox/faults", mode="refuse", count=1)

    relaying.relay_mails(at=NOON)

    mail.refresh_from_db()
    assert (mail.state, mail.due_at) == (MailState.WAITING, NOON + relaying.WAITS[0])
    assert "451" in mail.last_error


def test_a_mail_put_off_goes_out_later(mail, mailbox):
    mailbox.post("/sandbox/faults", mode="refuse", count=1)
    relaying.relay_mails(at=NOON)

    relaying.relay_mails(at=NOON + relaying.WAITS[0])

    mail.refresh_from_db()
    assert mail.state == MailState.SENT


def test_a_server_that_hangs_up_gets_the_same_message_again(mail, mailbox):
    mailbox.post("/sandbox/faults", mode="accept_then_hang_up", count=1)
    relaying.relay_mails(at=NOON)

    relaying.relay_mails(at=NOON + relaying.WAITS[0])

    assert {m["message_id"] for m in received(mailbox)} == {"<order-1@numberyard.localhost>"}


def test_gives_up_visibly_after_the_last_attempt(mailbox):
    mail = make_mail(attempts=relaying.MAX_ATTEMPTS - 1)
    mailbox.post("/sandbox/faults", mode="refuse", count=1)

    relaying.relay_mails(at=NOON)

    mail.refresh_from_db()
    assert mail.state == MailState.FAILED


def test_staff_can_let_it_be_tried_anew(mailbox):
    mail = make_mail(state=MailState.FAILED, attempts=relaying.MAX_ATTEMPTS)
    relaying.send_again(mail, at=NOON)

    relaying.relay_mails(at=NOON)

    mail.refresh_from_db()
    assert mail.state == MailState.SENT


def test_a_dead_workers_mail_is_sent_when_its_lease_ends(mail, mailbox):
    relaying.claim_next(at=NOON)

    relaying.relay_mails(at=NOON + relaying.LEASE)

    assert len(received(mailbox)) == 1


def test_the_same_event_is_mailed_once(settings):
    order_mail = {
        "key": "order-1:placed",
        "tenant": None,
        "to": "ada@acme.example",
        "subject": "Your\norder",
        "template": "404.html",
        "context": {},
        "at": NOON,
    }
    mailing.queue_mail(**order_mail)
    mailing.queue_mail(**order_mail)

    assert OutboxMail.objects.get().subject == "Your order"


def test_takes_up_nothing_after_its_time(mail, mailbox, monkeypatch):
    monkeypatch.setattr(relaying, "SWEEP_SECONDS", 0)

    relaying.relay_mails(at=NOON)

    assert received(mailbox) == []
