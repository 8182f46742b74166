"""Documents as PDF files, printed by a process of its own that reaches nothing and ends in time.

WeasyPrint needs Pango, which only the system has; and what it loads is too much to keep in every
process that answers requests.
"""

import json
import os
import subprocess
import sys

from django.conf import settings
from django.http import HttpResponse

LONGEST_SECONDS = 20
PRINTER = ["-m", "listing.printing"]
WITHOUT_PANGO = 3
# What the printer may know of the machine: where programs, libraries and fonts are. No secrets.
KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "FONTCONFIG_PATH")


class CannotPrint(Exception):
    """This machine makes no PDFs, or is too busy for one. The message says what to do."""


def pdf_response(name: str, document: str, *, css: str) -> HttpResponse:
    """Answer with the file `name`.pdf. Raises CannotPrint."""
    response = HttpResponse(print_pdf(document, css=css), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def print_pdf(document: str, *, css: str) -> bytes:
    """Print HTML that needs nothing but `css`. Raises CannotPrint."""
    try:
        printed = subprocess.run(
            [sys.executable, *PRINTER],
            input=json.dumps({"document": document, "css": css}).encode(),
            capture_output=True,
            check=False,
            cwd=settings.BASE_DIR,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CannotPrint("The file took too long to make. Try again in a minute.") from None
    if printed.returncode == WITHOUT_PANGO:
        raise CannotPrint(
            "PDFs cannot be made: Pango is missing on this machine. Its administrator installs it "
            "by: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        )
    if printed.returncode:
        raise RuntimeError(f"printing failed: {printed.stderr.decode(errors='replace')[-2000:]}")
    return printed.stdout


def _print() -> int:
    """Be the printer: read a document from standard input, and write the file to the output."""
    try:
        import weasyprint
    except OSError:
        return WITHOUT_PANGO
    wanted = json.load(sys.stdin)
    nowhere = weasyprint.URLFetcher(allowed_protocols=())
    css = weasyprint.CSS(string=wanted["css"], url_fetcher=nowhere)
    page = weasyprint.HTML(string=wanted["document"], url_fetcher=nowhere)
    sys.stdout.buffer.write(page.write_pdf(stylesheets=[css]))
    return 0


if __name__ == "__main__":
    sys.exit(_print())
