"""python -m sandbox.payments --port 8702 --data FILE --webhook-url URL --webhook-host HOST

Prints {"port": N} as its first line, then runs until it or its parent ends.
"""

import argparse
import json

from sandbox.parent import end_with_parent
from sandbox.payments.account import Account
from sandbox.payments.server import Server
from sandbox.payments.webhooks import Courier, Endpoint

COURIERS = 2


def main() -> None:
    end_with_parent()
    parser = argparse.ArgumentParser(prog="sandbox.payments")
    parser.add_argument("--port", type=int, default=8702, help="0 takes any free one")
    parser.add_argument("--data", default=":memory:", help="SQLite file; none: all is forgotten")
    parser.add_argument("--webhook-url", help="where events are posted; none: nowhere")
    parser.add_argument("--webhook-host", help="Host header of those posts")
    parser.add_argument("--webhook-secret", default="whsec_sandbox")
    options = parser.parse_args()

    account = Account(options.data)
    try:
        server = Server(options.port, account)
    except OSError as error:
        parser.error(f"cannot listen on port {options.port}: {error.strerror}")
    endpoint = None
    if options.webhook_url:
        host = options.webhook_host or options.webhook_url.split("/")[2]
        endpoint = Endpoint(options.webhook_url, host, options.webhook_secret)
    for _ in range(COURIERS):
        Courier(account, endpoint).start()
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
