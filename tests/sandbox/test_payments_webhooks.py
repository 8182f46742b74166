"""Events carried to the product: signed, repeated, and sometimes badly."""

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}


def test_event_is_signed_and_sent_to_the_platform_host(sends_to, inbox):
    customer = sends_to().sdk.customers.create({"email": "ada@acme.example"})

    event, host, path = inbox.events.get(timeout=5)

    assert (event.type, event.data.object.id) == ("customer.created", customer.id)
    assert (host, path) == ("numberyard.localhost", "/webhooks/stripe/")


def test_event_is_repeated_until_it_is_taken(sends_to, inbox):
    inbox.answers = [500, 503]
    sends_to().sdk.customers.create({})

    assert inbox.next_type() == "customer.created"
    assert inbox.answers == []


def test_event_survives_a_kill(sends_to, inbox):
    inbox.answers = [500] * 2
    payments = sends_to()
    payments.sdk.customers.create({})
    payments.kill()

    payments.start()

    assert inbox.next_type() == "customer.created"


def test_card_order_tells_its_whole_story(sends_to, inbox):
    sdk = sends_to().sdk
    held = sdk.payment_intents.create({**CHARGE, "capture_method": "manual"})
    sdk.payment_intents.capture(held.id)
    sdk.refunds.create({"payment_intent": held.id, "amount": 100})

    assert {inbox.next_type() for _ in range(7)} == {
        "charge.captured",
        "charge.refunded",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.created",
        "payment_intent.succeeded",
        "refund.created",
    }


def test_event_may_come_twice(sends_to, inbox):
    payments = sends_to()
    payments.post("/sandbox/faults", rate=1, kinds=["duplicate_webhooks"], count=1)

    payments.sdk.customers.create({})

    (first, *_), (second, *_) = (inbox.events.get(timeout=5) for _ in range(2))
    assert first.id == second.id


def test_event_may_be_overtaken(sends_to, inbox):
    payments = sends_to()
    payments.post("/sandbox/faults", rate=1, kinds=["reorder_webhooks"], count=1)

    customer = payments.sdk.customers.create({})
    payments.sdk.customers.update(customer.id, {"name": "Acme"})

    assert [inbox.next_type(), inbox.next_type()] == ["customer.updated", "customer.created"]


def test_event_may_never_come_and_is_still_listed(sends_to, inbox):
    payments = sends_to()
    payments.post("/sandbox/faults", rate=1, kinds=["drop_webhooks"], count=1)

    payments.sdk.customers.create({})

    assert inbox.is_quiet_for(1.5)
    assert [event.type for event in payments.sdk.events.list().data] == ["customer.created"]
