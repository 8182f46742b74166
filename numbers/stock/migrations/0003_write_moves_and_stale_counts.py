from django.db import migrations

# A move into or out of a cart is recorded by the cart line.
WRITE_MOVES = """
create function public.stock_stocknumber_write_move() returns trigger language plpgsql as $$
declare
    said jsonb := coalesce(nullif(current_setting('numberyard.actor', true), ''), '{}')::jsonb;
begin
    insert into public.stock_stockmove (digits, from_state, from_reason, to_state, to_reason,
        remark, at, actor_kind, actor_reference, actor_name)
    values (new.digits, old.state, old.reason, new.state, new.reason,
        coalesce(said->>'remark', ''), new.state_changed_at,
        coalesce(said->>'kind', 'system'),
        coalesce(said->>'reference', '00000000-0000-0000-0000-000000000000')::uuid,
        coalesce(said->>'name', 'Numberyard'));
    return null;
end $$;
create trigger stock_stocknumber_moves after update of state, reason on public.stock_stocknumber
    for each row
    when ((old.state, old.reason) is distinct from (new.state, new.reason)
          and old.reason <> 'cart' and new.reason <> 'cart')
    execute function public.stock_stocknumber_write_move();
"""
FORGET_MOVES = """
drop trigger stock_stocknumber_moves on public.stock_stocknumber;
drop function public.stock_stocknumber_write_move();
"""
# The exchange a number is counted under: all but its last four digits, and after a code of +1 that
# has no exchanges all but the last seven.
NAME_PREFIX = """
create function public.stock_prefix(digits text, nxx text) returns text
    language sql immutable strict parallel safe as
$$ select left(digits, case when nxx = '' and digits like '1%' then -7 else -4 end) $$;
"""
FORGET_PREFIX = "drop function public.stock_prefix(text, text);"
# Rows are only added here, because a counter would make all buyers of an exchange queue up.
MARK_STALE = """
create function public.stock_stocknumber_mark_stale() returns trigger language plpgsql as $$ begin
    insert into public.stock_stalecount (prefix) values (public.stock_prefix(new.digits, new.nxx));
    return null;
end $$;
create function public.stock_stocknumber_mark_many_stale() returns trigger language plpgsql as $$
begin
    insert into public.stock_stalecount (prefix)
    select distinct public.stock_prefix(changed.digits, changed.nxx) from changed
    where changed.state = 'available';
    return null;
end $$;
create trigger stock_stocknumber_stale
    after update of state, has_sms, region, city, rate_center, number_type
    on public.stock_stocknumber for each row
    when ((old.state = 'available') <> (new.state = 'available')
          or new.state = 'available'
          and (old.has_sms, old.region, old.city, old.rate_center, old.number_type)
              is distinct from
              (new.has_sms, new.region, new.city, new.rate_center, new.number_type))
    execute function public.stock_stocknumber_mark_stale();
create trigger stock_stocknumber_stale_added after insert on public.stock_stocknumber
    referencing new table as changed for each statement
    execute function public.stock_stocknumber_mark_many_stale();
create trigger stock_stocknumber_stale_removed after delete on public.stock_stocknumber
    referencing old table as changed for each statement
    execute function public.stock_stocknumber_mark_many_stale();
"""
KEEP_STALE = """
drop trigger stock_stocknumber_stale on public.stock_stocknumber;
drop trigger stock_stocknumber_stale_added on public.stock_stocknumber;
drop trigger stock_stocknumber_stale_removed on public.stock_stocknumber;
drop function public.stock_stocknumber_mark_stale();
drop function public.stock_stocknumber_mark_many_stale();
"""
# Room on each page for the next version of a row whose indexed columns stay the same.
LEAVE_ROOM = "alter table public.stock_stocknumber set (fillfactor = 85);"
FILL_UP = "alter table public.stock_stocknumber reset (fillfactor);"


class Migration(migrations.Migration):
    dependencies = [("stock", "0002_guard_transitions")]

    operations = [
        migrations.RunSQL(WRITE_MOVES, FORGET_MOVES),
        migrations.RunSQL(NAME_PREFIX, FORGET_PREFIX),
        migrations.RunSQL(MARK_STALE, KEEP_STALE),
        migrations.RunSQL(LEAVE_ROOM, FILL_UP),
    ]
