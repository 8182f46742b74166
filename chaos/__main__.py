"""python -m chaos --seed N --orders M [--kills K] [--seconds S]

Places M orders while everything fails, then compares all sides. Exit status 0 only without a
violation, and in a long run only if some orders were by quantity, partly delivered, refunded and
so on: the line above the last says how many. What is decided follows from the seed; when it
happens does not quite.
"""

import argparse
import random
import shutil
import subprocess
import sys

from chaos import tally
from chaos.planning import make_plan
from chaos.running import run
from chaos.telling import say
from workshop.children import ROOT
from workshop.servers import throwaway_folder

# As shells have it for a command ended by Ctrl-C.
INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser("./dev chaos", description="Buy while everything fails.")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--kills", type=int, help="else one for every seven orders")
    parser.add_argument("--seconds", type=int, default=900, help="the longest time for buying")
    chosen = parser.parse_args()
    kills = chosen.kills if chosen.kills is not None else max(4, chosen.orders // 7)
    plan = make_plan(chosen.seed, orders=chosen.orders, kills=kills)
    say(f"seed {plan.seed} at {commit()}: {plan.orders} orders, {plan.kills} kills")
    for line in plan.lines():
        say(line)
    with throwaway_folder() as folder:
        outcome = run(plan, folder, longest_seconds=chosen.seconds)
        if outcome.violations:
            kept = ROOT / ".dev" / "chaos" / f"seed-{plan.seed}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder / "logs", kept)
            say(f"the logs are in {kept.relative_to(ROOT)}/")
    for violation in outcome.violations:
        print(f"  {violation}")
    print(f"orders: {tally.told(outcome.kinds)}")
    print(
        f"chaos: seed {plan.seed}, {outcome.orders} orders, {outcome.kills} kills,"
        f" {len(outcome.violations)} violations"
    )
    return 1 if outcome.violations else 0


def commit() -> str:
    """Return what the checkout stands at, for whoever repeats the run."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return found.stdout.strip() or "an unknown commit"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
