"""What the models promise, once more in the database, for whoever writes past them."""

from collections.abc import Iterable, Mapping

from django.db.migrations import RunSQL

# Each function lies beside its table, because a tenant's schema uses nothing from the public one.
REFUSE_TRANSITIONS = """
create function {table}_refuse_transition() returns trigger language plpgsql as $$ begin
    raise exception '% % may not move from % to %', tg_table_name, new.id, old.state, new.state
        using errcode = 'check_violation';
end $$;
create trigger {table}_transitions before update of state on {table} for each row
    when (old.state <> new.state and (old.state || '>' || new.state) <> all ('{{{steps}}}'::text[]))
    execute function {table}_refuse_transition();
"""
ALLOW_TRANSITIONS = """
drop trigger {table}_transitions on {table};
drop function {table}_refuse_transition();
"""
REFUSE_CHANGES = """
create function {table}_refuse_change() returns trigger language plpgsql as $$ begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger {table}_append_only before update or delete on {table} for each row
    execute function {table}_refuse_change();
create trigger {table}_never_emptied before truncate on {table} for each statement
    execute function {table}_refuse_change();
do $$ begin
    if exists (select from pg_roles where rolname = 'app') then
        revoke update, delete, truncate on {table} from app;
    end if;
end $$;
"""
ALLOW_CHANGES = """
drop trigger {table}_append_only on {table};
drop trigger {table}_never_emptied on {table};
drop function {table}_refuse_change();
"""


def guard_transitions(table: str, transitions: Mapping[str, Iterable[str]]) -> RunSQL:
    """Return the migration step that lets `table` move only along `transitions`.

    Spell the table out in the migration: the one in the model will change, its history not.
    """
    steps = ",".join(f"{source}>{to}" for source, targets in transitions.items() for to in targets)
    return RunSQL(
        REFUSE_TRANSITIONS.format(table=table, steps=steps),
        ALLOW_TRANSITIONS.format(table=table),
    )


def guard_append_only(table: str) -> RunSQL:
    """Return the migration step after which rows of `table` are only ever added.

    The login `app` loses the right, and a trigger refuses everybody else.
    """
    return RunSQL(REFUSE_CHANGES.format(table=table), ALLOW_CHANGES.format(table=table))
