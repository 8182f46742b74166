"""HTTP on loopback: reads a request, and sends the answer in the manner it asks for."""

import json
import socket
import struct
import sys
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.carrier.answers import Answer, Manner, Refused, encode
from sandbox.carrier.behaviour import load_behaviour
from sandbox.carrier.operations import Carrier
from sandbox.carrier.routes import Request, answer_request

DRIP_BYTES = 16
DRIP_SECONDS = 0.05


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, carrier: Carrier) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.carrier = carrier

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when the client has gone away; chaos kills clients by the dozen."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    # Head and body leave in one write, and no answer waits for an acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.respond()

    def do_POST(self) -> None:
        self.respond()

    def do_DELETE(self) -> None:
        self.respond()

    def log_message(self, *args: object) -> None:
        """Keep no log: the operations are in the data file."""

    def respond(self) -> None:
        try:
            request = self.read_request()
        except Refused as refusal:
            self.send_answer(refusal.answer())
            return
        self.send_answer(answer_request(self.server.carrier, request))

    def read_request(self) -> Request:
        """Raises Refused."""
        address = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return Request(
            method=self.command,
            path=unquote(address.path),
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            body=read_body(content),
            key=self.headers.get("Authorization", ""),
            accept=self.headers.get("Accept", ""),
        )

    def send_answer(self, answer: Answer) -> None:
        match answer.manner:
            case Manner.SILENCE:
                self.stay_silent()
            case Manner.RESET:
                self.reset()
            case _ if answer.lines:
                self.send_lines(answer)
            case _:
                self.send_body(answer)

    def stay_silent(self) -> None:
        behaviour = load_behaviour(self.server.carrier.data.read())
        time.sleep(behaviour.silence_ms / 1000)
        self.close_connection = True

    def reset(self) -> None:
        """Close so that the client gets a reset instead of an end of file."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
        self.close_connection = True

    def send_body(self, answer: Answer) -> None:
        body = encode(answer.body)
        if answer.manner == Manner.CUT:
            body = body[: len(body) // 2]
        elif answer.manner == Manner.EMPTY:
            body = b""
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        head = self.format_head(replace(answer, headers={**headers, **answer.headers}))
        if answer.manner != Manner.DRIP:
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        for start in range(0, len(body), DRIP_BYTES):
            time.sleep(DRIP_SECONDS)
            self.wfile.write(body[start : start + DRIP_BYTES])

    def send_lines(self, answer: Answer) -> None:
        headers = {**answer.headers, "Transfer-Encoding": "chunked"}
        self.wfile.write(self.format_head(replace(answer, headers=headers)))
        for chunk in answer.lines or ():
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def format_head(self, answer: Answer) -> bytes:
        reason = self.responses.get(answer.status, ("",))[0]
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


def read_body(content: bytes) -> dict[str, Any]:
    """Raises Refused."""
    if not content:
        return {}
    try:
        body = json.loads(content)
    except ValueError as error:
        raise Refused(400, "invalid", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "invalid", "the body is not an object")
    return body
