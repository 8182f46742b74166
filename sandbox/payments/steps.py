"""What happens by itself after a while."""

from sandbox.payments import charging, checkout, refunds
from sandbox.payments.books import Books

STEPS = {
    "expire_authorisation": charging.expire_authorisation,
    "expire_session": checkout.expire_session,
    "fail_refund": refunds.fail_refund,
}


def take_due(books: Books, *, at: int) -> None:
    for record_id, step in books.execute(
        "DELETE FROM steps WHERE due_at <= ? RETURNING record_id, step", at
    ):
        STEPS[step](books, record_id, at=at)
