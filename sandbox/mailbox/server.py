"""HTTP: the pages, the same as JSON, and what is to go wrong."""

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.mailbox import pages
from sandbox.mailbox.faults import Faults, UnknownFault
from sandbox.mailbox.letters import Letters

HTML = "text/html; charset=utf-8"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Reply:
    status_code: int
    body: str
    content_type: str = HTML
    location: str | None = None


class Handler(BaseHTTPRequestHandler):
    letters: Letters
    faults: Faults

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        sent_to = parse_qs(url.query).get("to", [""])[0].strip()
        match url.path.split("/")[1:]:
            case [""]:
                found = self.letters.newest_first(sent_to=sent_to)
                self._write(Reply(200, pages.mailbox(found, sent_to=sent_to)))
            case ["messages.json"]:
                found = self.letters.newest_first(sent_to=sent_to)
                self._write(_json({"messages": [letter.as_json() for letter in found]}))
            case ["messages", letter_id] if letter_id.isdigit():
                self._write(self._letter(int(letter_id)))
            case ["pages.css"]:
                css = (pages.FOLDER / "pages.css").read_text()
                self._write(Reply(200, css, "text/css; charset=utf-8"))
            case _:
                self._write(Reply(404, pages.not_found()))

    def do_DELETE(self) -> None:
        if self.path != "/messages":
            self._write(Reply(404, pages.not_found()))
            return
        self.letters.forget_all()
        self._write(_json({"messages": []}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.path:
            case "/messages/delete":
                self.letters.forget_all()
                self._write(Reply(303, "", location="/"))
            case "/sandbox/faults":
                self._write(self._set_faults(json.loads(body)))
            case "/sandbox/reset":
                self.letters.forget_all()
                self._write(self._set_faults({"mode": "none"}))
            case _:
                self._write(Reply(404, pages.not_found()))

    def _letter(self, letter_id: int) -> Reply:
        found = self.letters.find(letter_id)
        return Reply(200, pages.letter(found)) if found else Reply(404, pages.not_found())

    def _set_faults(self, given: dict[str, Any]) -> Reply:
        try:
            self.faults.follow(given["mode"], given.get("count"))
        except UnknownFault as error:
            return _json({"error": str(error)}, status_code=400)
        return _json(given)

    def _write(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(reply.status_code)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: what arrived is on the page."""


def _json(body: dict[str, Any], *, status_code: int = 200) -> Reply:
    return Reply(status_code, json.dumps(body), "application/json")


def make_server(port: int, letters: Letters, faults: Faults) -> ThreadingHTTPServer:
    handler = type("MailboxHandler", (Handler,), {"letters": letters, "faults": faults})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
