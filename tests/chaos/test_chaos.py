"""A short run of everything at once; the long one is `./dev chaos`, by hand."""

import re
import subprocess
import sys

import pytest

from carriers import operations
from chaos.books import MOST_SILENCES
from chaos.planning import WEB_POINTS, WORKER_POINTS, make_plan
from tests.conftest import ROOT

# Many times what it takes on two idle cores.
LONGEST_SECONDS = 540


def test_twenty_orders_survive_four_kills():
    command = [sys.executable, "-m", "chaos", "--seed", "5", "--orders", "20", "--kills", "4"]

    run = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=LONGEST_SECONDS
    )

    assert run.returncode == 0, run.stdout + run.stderr
    orders, kills, violations = map(int, re.findall(r"(\d+) [a-z]+", run.stdout.splitlines()[-1]))
    assert orders >= 20
    assert kills >= 4
    assert violations == 0


@pytest.mark.parametrize("point", WORKER_POINTS + WEB_POINTS)
def test_product_has_each_crash_point(point):
    sources = [
        path.read_text()
        for app in ("billing", "carriers", "numbers/purchase")
        for path in (ROOT / app).glob("*.py")
    ]
    named = re.findall(r"crash_here\((.*)\)", "\n".join(sources))

    # billing.payments makes some up, of the act that follows.
    made_up = {f"before_{act}" for act in ("authorise", "capture", "void")}
    assert any(f'"{point}"' in name for name in named) or point in made_up


def test_plan_follows_from_its_seed():
    assert make_plan(3, orders=300, kills=40) == make_plan(3, orders=300, kills=40)
    assert make_plan(3, orders=300, kills=40) != make_plan(4, orders=300, kills=40)


@pytest.mark.parametrize("kills", [4, 40])
def test_plan_holds_as_many_kills_as_asked_for(kills):
    plan = make_plan(3, orders=300, kills=kills)

    sudden = [trouble for trouble in plan.troubles if trouble.is_kill]
    assert len(sudden) + len(plan.worker_points) + len(plan.web_points) == kills


def test_chaos_leaves_to_staff_what_the_product_does():
    assert MOST_SILENCES == operations.MAX_SILENCES
