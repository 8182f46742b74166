"""python -m sandbox.mailbox --smtp-port 8703 --port 8704 --data FILE

Prints {"port": N, "smtp_port": M} as its first line, then runs until it or its parent ends.
"""

import argparse
import asyncio
import json
import sys
import threading

from sandbox.mailbox.faults import Faults
from sandbox.mailbox.letters import Letters
from sandbox.mailbox.receiving import Receiver, listen
from sandbox.mailbox.server import make_server
from sandbox.parent import end_with_parent


async def serve(options: argparse.Namespace) -> None:
    letters = Letters(options.data)
    faults = Faults()
    pages = make_server(options.port, letters, faults)
    mail = await listen(Receiver(letters, faults), options.smtp_port)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    ports = {"port": pages.server_address[1], "smtp_port": mail.sockets[0].getsockname()[1]}
    print(json.dumps(ports), flush=True)
    await mail.serve_forever()


def main() -> None:
    end_with_parent()
    parser = argparse.ArgumentParser(prog="sandbox.mailbox")
    parser.add_argument("--port", type=int, default=8704, help="HTTP; 0 takes any free one")
    parser.add_argument("--smtp-port", type=int, default=8703, help="0 takes any free one")
    parser.add_argument("--data", default=":memory:", help="SQLite file; none: all is forgotten")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.exit(f"sandbox.mailbox cannot listen: {error}")


if __name__ == "__main__":
    main()
