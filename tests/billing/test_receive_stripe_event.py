import json
import time

import pytest
import stripe
from django.conf import settings

from tests.conftest import SiteClient
from work.models import SecurityEvent, WebhookEvent, WebhookState

pytestmark = pytest.mark.django_db

EVENT = {
    "id": "evt_1",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "data": {"object": {"id": "pi_1"}},
}


@pytest.fixture
def platform(db):
    return SiteClient(settings.PLATFORM_HOST)


def sign(body, secret="whsec_sandbox", age_seconds=0):
    sent_at = int(time.time()) - age_seconds
    return stripe.WebhookSignature.generate_signature_header(body, secret, sent_at)


def send(client, event=EVENT, **signing):
    body = json.dumps(event)
    return send_signed(client, body, sign(body, **signing))


def send_signed(client, body, signature):
    return client.post(
        "/webhooks/stripe/",
        body,
        content_type="application/json",
        headers={"stripe-signature": signature},
    )


def refused(answer, words):
    assert words in answer.text
    assert not WebhookEvent.objects.exists()
    assert SecurityEvent.objects.get().kind == "stripe webhook refused"
    return answer.status_code == 400


def test_a_signed_event_is_kept_as_it_came(platform):
    answer = send(platform)

    assert answer.status_code == 200
    kept = WebhookEvent.objects.get()
    assert (kept.provider, kept.event_id, kept.state) == ("stripe", "evt_1", WebhookState.RECEIVED)
    assert json.loads(kept.body) == EVENT


def test_an_event_that_comes_again_is_kept_once(platform):
    send(platform)

    assert send(platform).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_an_event_we_do_not_act_upon_is_kept_as_done(platform):
    send(platform, EVENT | {"type": "charge.succeeded"})

    assert WebhookEvent.objects.get().state == WebhookState.DONE


def test_a_forged_signature_is_refused(platform):
    assert refused(send(platform, secret="whsec_forged"), "signature does not hold")


def test_a_missing_signature_is_refused(platform):
    assert refused(send_signed(platform, json.dumps(EVENT), ""), "signature does not hold")


def test_an_expired_signature_is_refused(platform):
    assert refused(send(platform, age_seconds=301), "outside the tolerance zone")


def test_a_changed_body_is_refused(platform):
    signature = sign(json.dumps(EVENT))

    answer = send_signed(platform, json.dumps(EVENT | {"id": "evt_2"}), signature)

    assert refused(answer, "signature does not hold")


def test_an_event_of_the_other_mode_is_refused(platform):
    assert refused(send(platform, EVENT | {"livemode": True}), "live and test do not mix")


@pytest.mark.parametrize("body", ["[]", "{}", "null", "not json", '{"id": 7, "livemode": false}'])
def test_a_body_that_is_no_event_is_refused(platform, body):
    assert refused(send_signed(platform, body, sign(body)), "event")


def test_both_secrets_hold_while_one_replaces_the_other(platform, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_sandbox"]

    assert send(platform, secret="whsec_sandbox").status_code == 200
    assert send(platform, EVENT | {"id": "evt_2"}, secret="whsec_new").status_code == 200


def test_nothing_is_received_on_a_tenants_host(stranger):
    assert send(stranger).status_code == 404


def test_only_posts_are_received(platform):
    assert platform.get("/webhooks/stripe/").status_code == 405
