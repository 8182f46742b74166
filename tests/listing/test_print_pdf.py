"""Documents become files, in time and without reaching anything."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from listing import printing
from listing.printing import CannotPrint, print_pdf


def test_document_becomes_a_file():
    printed = print_pdf("<h1>Receipt</h1>", css="h1 { color: red }")

    assert printed.startswith(b"%PDF-")


@pytest.fixture
def listener():
    """A server on this machine, and the paths it was asked for."""
    asked = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_nothing_is_fetched(listener, tmp_path):
    url, asked = listener
    secret = tmp_path / "secret.css"
    secret.write_text("@page { size: 1px }")
    document = f'<link rel="stylesheet" href="{url}/a.css"><img src="{url}/b.png"><p>x</p>'

    printed = print_pdf(document, css=f"@import url({url}/c.css); @import url({secret.as_uri()});")

    assert printed.startswith(b"%PDF-")
    assert asked == []


def test_slow_printer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(printing, "PRINTER", ["-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(printing, "LONGEST_SECONDS", 0.2)

    with pytest.raises(CannotPrint, match="took too long"):
        print_pdf("<p>x</p>", css="")


def test_machine_without_pango_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(printing, "PRINTER", ["-c", f"exit({printing.WITHOUT_PANGO})"])

    with pytest.raises(CannotPrint, match="apt-get install libpango"):
        print_pdf("<p>x</p>", css="")


def test_broken_printer_is_a_fault(monkeypatch):
    monkeypatch.setattr(printing, "PRINTER", ["-c", "raise SystemExit('on fire')"])

    with pytest.raises(RuntimeError, match="on fire"):
        print_pdf("<p>x</p>", css="")


def test_printer_knows_no_secrets(monkeypatch):
    script = "import os, sys; sys.exit(3 if 'SECRET_KEY' in os.environ else 0)"
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setattr(printing, "PRINTER", ["-c", script])

    assert print_pdf("<p>x</p>", css="") == b""
