"""HTTP: one thread for each request, on loopback only."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from sandbox.payments import api, authentication, checkout_page, controls, pages
from sandbox.payments.account import Account
from sandbox.payments.call import Dropped, Reply, Request

LONGEST_BODY_BYTES = 1_000_000


def answer(account: Account, request: Request) -> Reply:
    match request.path.split("/")[1]:
        case "v1":
            return api.answer(account, request)
        case "pay":
            return checkout_page.answer(account, request)
        case "authenticate":
            return authentication.answer(account, request)
        case "sandbox":
            return controls.answer(account, request)
        case "pages.css":
            return pages.stylesheet()
    text = "This is where the payment provider stands in tests. Pay for an order to see a page."
    return pages.notice("Nothing here", text, status_code=404)


class Handler(BaseHTTPRequestHandler):
    account: Account

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        try:
            reply = answer(self.account, self._read())
        except Dropped:
            return
        try:
            self._write(reply)
        except ConnectionError:
            # The asker gave up; the answer is in the books under its key.
            return

    def _read(self) -> Request:
        url = urlsplit(self.path)
        length = min(int(self.headers.get("Content-Length", 0)), LONGEST_BODY_BYTES)
        host = self.headers.get("Host", "")
        if not re.fullmatch(r"[\w.-]+(:[0-9]+)?", host):
            host = f"127.0.0.1:{self.connection.getsockname()[1]}"
        return Request(
            method=self.command,
            path=url.path,
            query=url.query,
            body=self.rfile.read(length).decode(),
            base_url=f"http://{host}",
            headers={name.lower(): value for name, value in self.headers.items()},
        )

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status_code)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: object) -> None:
        """Say nothing: what happened is in /sandbox/truth."""


class Server(ThreadingHTTPServer):
    # Many buyers arrive at once in chaos; the usual 5 would have them wait for a second SYN.
    request_queue_size = 256

    def __init__(self, port: int, account: Account) -> None:
        super().__init__(
            ("127.0.0.1", port), type("AccountHandler", (Handler,), {"account": account})
        )
