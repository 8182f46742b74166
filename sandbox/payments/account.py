"""The one account of this sandbox, and what is around its books while the process runs."""

from sandbox.payments.books import Books
from sandbox.payments.faults import Faults
from sandbox.payments.idempotency import KeysInUse


class Account:
    def __init__(self, path: str) -> None:
        self.books = Books(path)
        self.faults = Faults()
        self.keys_in_use = KeysInUse()
