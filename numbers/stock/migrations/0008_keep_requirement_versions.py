from django.db import migrations

# Whoever agreed to a version must find it as it was. `kind` is written after this trigger ran.
KEEP = """
create function stock_requirement_refuse_change() returns trigger language plpgsql as $$ begin
    if tg_op = 'UPDATE' and old.superseded_at is null and new.superseded_at is not null
        and to_jsonb(new) - 'superseded_at' - 'kind' = to_jsonb(old) - 'superseded_at' - 'kind'
    then
        return new;
    end if;
    raise exception 'a version of % is never changed, only superseded', tg_table_name
        using errcode = 'restrict_violation';
end $$;
create trigger stock_requirement_keep before update or delete on stock_requirement for each row
    execute function stock_requirement_refuse_change();
create trigger stock_requirement_never_emptied before truncate on stock_requirement
    for each statement execute function stock_requirement_refuse_change();
do $$ begin
    if exists (select from pg_roles where rolname = 'app') then
        revoke delete, truncate on stock_requirement from app;
    end if;
end $$;
"""
LET_GO = """
drop trigger stock_requirement_keep on stock_requirement;
drop trigger stock_requirement_never_emptied on stock_requirement;
drop function stock_requirement_refuse_change();
do $$ begin
    if exists (select from pg_roles where rolname = 'app') then
        grant delete on stock_requirement to app;
    end if;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0007_bound_requirements")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
