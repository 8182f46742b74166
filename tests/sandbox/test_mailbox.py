"""Mail in by SMTP; a page, JSON and faults over HTTP."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from tests.sandbox.processes import Process


class Mailbox(Process):
    def __init__(self, data: Path) -> None:
        super().__init__("sandbox.mailbox", "--port", "0", "--smtp-port", "0", "--data", str(data))

    def send(self, *, to: str = "ada@acme.example", subject: str = "Welcome", text: str = "Hi"):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "yard@numberyard.example", to, subject
        message["Message-ID"] = "<welcome-1@numberyard.example>"
        message.set_content(text)
        message.add_alternative(f"<p>{text}</p>", subtype="html")
        with smtplib.SMTP("127.0.0.1", self.ports["smtp_port"], timeout=5) as server:
            server.send_message(message)

    def messages(self, **params: str):
        return self.get("/messages.json", **params)["messages"]

    def fail(self, **plan: object) -> None:
        self.post("/sandbox/faults", **plan)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path / "data.sqlite3")
    yield mailbox
    mailbox.kill()


def test_mail_is_kept_as_it_came(mailbox):
    mailbox.send(subject="Wählen Sie", text="Guten Tag")

    [message] = mailbox.messages()

    assert message["to"] == ["ada@acme.example"]
    assert (message["from"], message["subject"]) == ("yard@numberyard.example", "Wählen Sie")
    assert (message["text"].strip(), message["html"].strip()) == ("Guten Tag", "<p>Guten Tag</p>")
    assert message["message_id"] == "<welcome-1@numberyard.example>"


def test_mail_is_found_by_its_receiver_newest_first(mailbox):
    mailbox.send(to="Ada@acme.example", subject="One")
    mailbox.send(to="gil@globex.example", subject="Two")
    mailbox.send(to="ada@acme.example", subject="Three")

    subjects = [message["subject"] for message in mailbox.messages(to="ada@acme.example")]

    assert subjects == ["Three", "One"]


def test_mail_survives_a_kill(mailbox):
    mailbox.send()
    mailbox.kill()

    mailbox.start()

    assert len(mailbox.messages()) == 1


def test_refused_mail_can_be_sent_again(mailbox):
    mailbox.fail(mode="refuse", count=1)
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        mailbox.send()
    assert (refusal.value.smtp_code, mailbox.messages()) == (451, [])

    mailbox.send()

    assert len(mailbox.messages()) == 1


def test_accepted_mail_may_be_lost(mailbox):
    mailbox.fail(mode="accept_then_drop", count=1)

    mailbox.send(subject="Lost")
    mailbox.send(subject="Kept")

    assert [message["subject"] for message in mailbox.messages()] == ["Kept"]


def test_kept_mail_may_go_unanswered(mailbox):
    mailbox.fail(mode="accept_then_hang_up", count=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mailbox.send()

    mailbox.send()

    first, second = mailbox.messages()
    assert first["message_id"] == second["message_id"]


def test_fault_without_a_count_lasts_until_it_is_lifted(mailbox):
    mailbox.fail(mode="accept_then_drop")
    mailbox.send()
    mailbox.send()

    mailbox.fail(mode="none")

    mailbox.send()
    assert len(mailbox.messages()) == 1


@pytest.mark.parametrize("plan", [{"mode": "burn"}, {"mode": "refuse", "count": 0}])
def test_unknown_fault_is_refused(mailbox, plan):
    assert httpx.post(f"{mailbox.url}/sandbox/faults", json=plan).status_code == 400


def test_list_shows_what_arrived_escaped(mailbox):
    mailbox.send(subject="<b>Bold</b>")

    page = httpx.get(mailbox.url)

    assert "&lt;b&gt;Bold&lt;/b&gt;" in page.text
    assert "1 mail<" in page.text


def test_links_of_a_mail_can_be_followed(mailbox):
    mailbox.send(text="Confirm: http://acme.numberyard.localhost:8000/confirm/abc/?x=1&y=2.")
    [message] = mailbox.messages()

    page = httpx.get(f"{mailbox.url}/messages/{message['id']}")

    link = "http://acme.numberyard.localhost:8000/confirm/abc/?x=1&amp;y=2"
    assert f'<a href="{link}" rel="noreferrer">{link}</a>.' in page.text
    assert "&lt;p&gt;" in page.text


def test_mail_is_deleted_by_a_program_and_by_a_person(mailbox):
    mailbox.send()
    httpx.delete(f"{mailbox.url}/messages").raise_for_status()
    assert mailbox.messages() == []
    mailbox.send()

    answer = httpx.post(f"{mailbox.url}/messages/delete")

    assert (answer.status_code, mailbox.messages()) == (303, [])


def test_unknown_page_is_not_found(mailbox):
    assert httpx.get(f"{mailbox.url}/messages/7").status_code == 404
