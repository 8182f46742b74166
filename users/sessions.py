"""Sessions that are worth something in one schema alone."""

from django.contrib.sessions.backends import db
from django.db import connection


class SessionStore(db.SessionStore):
    """Sign what a session holds for the schema it was made in.

    A row that reaches another schema (a cloned or restored tenant) is read there as an empty one.
    """

    @property
    def key_salt(self) -> str:
        return f"{super().key_salt}:{connection.schema_name}"  # type: ignore[attr-defined]
