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
# Rows are only added here, because a counter would make all buyers of an exchange queue up.
MARK_STALE = """
create function public.stock_stocknumber_mark_stale() returns trigger language plpgsql as $$ begin
    insert into public.stock_stalecount (country, region, npa, nxx, city)
    values (new.country, new.region, new.npa, new.nxx, new.city);
    return null;
end $$;
create trigger stock_stocknumber_stale after update of state on public.stock_stocknumber
    for each row when ((old.state = 'available') <> (new.state = 'available'))
    execute function public.stock_stocknumber_mark_stale();
"""
KEEP_STALE = """
drop trigger stock_stocknumber_stale on public.stock_stocknumber;
drop function public.stock_stocknumber_mark_stale();
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0002_guard_transitions")]

    operations = [
        migrations.RunSQL(WRITE_MOVES, FORGET_MOVES),
        migrations.RunSQL(MARK_STALE, KEEP_STALE),
    ]
