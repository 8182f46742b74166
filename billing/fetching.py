"""Fetching the events that never reached us, such as a refund that failed while we were down."""

import json
import logging
from datetime import datetime, timedelta

from celery import shared_task

from billing import stripe_client, webhooks
from billing.stripe_client import NotSent, OutcomeUnknown
from lifecycle.clock import database_time

logger = logging.getLogger(__name__)

# Longer than any outage of ours; Stripe itself gives a webhook up after three days.
LOOKED_BACK = timedelta(days=4)


def fetch_missed_events(*, at: datetime) -> None:
    """Put what Stripe has told lately into the inbox, where most of it has been already."""
    try:
        for event in stripe_client.list_events(webhooks.LISTED, since=at - LOOKED_BACK):
            webhooks.keep(event, json.dumps(event), at=at)
    except (NotSent, OutcomeUnknown) as error:
        logger.warning("events not fetched", extra={"why": str(error)})


@shared_task
def fetch_missed_events_task() -> None:
    fetch_missed_events(at=database_time())
