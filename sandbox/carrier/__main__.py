"""python -m sandbox.carrier --port 8701 --data FILE

Loopback only, key `sandbox-key`. The first line on standard output is {"port": N}; the process ends
with its parent. The data file is filled on the first start and used as it is afterwards.
"""

import argparse
import json
import sys
from pathlib import Path

from sandbox.carrier import webhooks
from sandbox.carrier.behaviour import LIKES, change_behaviour
from sandbox.carrier.clock import start_clock
from sandbox.carrier.datafile import DataFile
from sandbox.carrier.inventory import PLAN, ensure_inventory
from sandbox.carrier.operations import Carrier
from sandbox.carrier.server import Server
from sandbox.parent import end_with_parent


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.carrier", description=__doc__)
    parser.add_argument("--port", type=int, default=8701, help="0: any free one")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1, help="of a new data file")
    parser.add_argument("--numbers", type=int, default=210_000, help="in a new data file")
    parser.add_argument("--plan", type=Path, default=PLAN, help="a CSV file, or a folder of them")
    parser.add_argument("--like", choices=LIKES, help="whose shape to take; else as it was")
    parser.add_argument("--webhook-url", default="", help="where events go; else nowhere")
    parser.add_argument("--webhook-host", default="", help="the Host header they carry")
    return parser.parse_args()


def main() -> None:
    end_with_parent()
    arguments = parse_arguments()
    data = DataFile(arguments.data)
    made = ensure_inventory(
        data, seed=arguments.seed, numbers=arguments.numbers, plan=arguments.plan
    )
    if made != {"seed": arguments.seed, "numbers": arguments.numbers}:
        print(f"{arguments.data} stays as it was made: {made}", file=sys.stderr)
    with data.write() as connection:
        if arguments.like:
            change_behaviour(connection, {"like": arguments.like})
        target = webhooks.Target(arguments.webhook_url, arguments.webhook_host)
        webhooks.set_target(connection, target if target.url else None)
    carrier = Carrier(data, seed=made["seed"])
    server = Server(arguments.port, carrier)
    start_clock(carrier)
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
