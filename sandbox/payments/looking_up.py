"""Finding one record by its id, as every call does."""

from sandbox.payments.books import Books, Record
from sandbox.payments.refusals import NoSuchObject


def get(books: Books, kind: str, record_id: str, *, param: str = "id") -> Record:
    """Return the record. Raises NoSuchObject, as Stripe does for an id of another kind too."""
    record = books.find(record_id)
    if record is None or record["object"] != kind:
        raise NoSuchObject(kind, record_id, param=param)
    return record
