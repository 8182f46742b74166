"""What the settings make of an environment that says little."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("key", "secrets"), [("sk_test_sandbox", "['whsec_sandbox']"), ("sk_live_ours", "[]")]
)
def test_only_the_sandbox_signs_with_the_secret_that_everybody_knows(key, secrets):
    said = {"SECRET_KEY": "x" * 50, "DATABASE_URL": "postgresql://app@127.0.0.1:1/none"}
    inherited = {"PATH": os.environ["PATH"]}

    read = subprocess.run(
        [sys.executable, "-c", "from config import settings as s; print(s.STRIPE_WEBHOOK_SECRETS)"],
        check=True,
        capture_output=True,
        text=True,
        env=inherited | said | {"STRIPE_SECRET_KEY": key},
    )

    assert read.stdout.strip() == secrets
