from django.db import migrations

from lifecycle.guarding import guard_append_only

# Unqualified names throughout: each tenant's schema has its own tables and functions, and is
# renamed when the tenant comes.

# Savepoints do not matter: this is the number of the outermost transaction.
SIGN_TRANSACTION = """
create function billing_ledgertransaction_sign() returns trigger language plpgsql as $$ begin
    new.creating_xid := pg_current_xact_id()::text::bigint;
    return new;
end $$;
create trigger billing_ledgertransaction_signed before insert on billing_ledgertransaction
    for each row execute function billing_ledgertransaction_sign();
"""
UNSIGN_TRANSACTION = """
drop trigger billing_ledgertransaction_signed on billing_ledgertransaction;
drop function billing_ledgertransaction_sign();
"""
REFUSE_LATE_ENTRIES = """
create function billing_ledgerentry_refuse_late() returns trigger language plpgsql as $$ begin
    if not exists (
        select from billing_ledgertransaction
        where id = new.transaction_id
            and creating_xid = pg_current_xact_id()::text::bigint
    ) then
        raise exception 'entries of a ledger transaction are written together with it'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger billing_ledgerentry_in_time before insert on billing_ledgerentry
    for each row execute function billing_ledgerentry_refuse_late();
"""
ALLOW_LATE_ENTRIES = """
drop trigger billing_ledgerentry_in_time on billing_ledgerentry;
drop function billing_ledgerentry_refuse_late();
"""
MOVE_BALANCE = """
create function billing_ledgerentry_move_balance() returns trigger language plpgsql as $$ begin
    update billing_ledgeraccount set balance = balance + new.amount where id = new.account_id;
    return null;
end $$;
create trigger billing_ledgerentry_moves_balance after insert on billing_ledgerentry
    for each row execute function billing_ledgerentry_move_balance();

create function billing_ledgeraccount_refuse_balance() returns trigger language plpgsql as $$ begin
    raise exception 'a balance is moved by ledger entries alone'
        using errcode = 'restrict_violation';
end $$;
create trigger billing_ledgeraccount_starts_empty before insert on billing_ledgeraccount
    for each row when (new.balance <> 0)
    execute function billing_ledgeraccount_refuse_balance();
create trigger billing_ledgeraccount_balance_follows before update on billing_ledgeraccount
    for each row when (
        pg_trigger_depth() = 0
        or (new.id, new.pocket, new.currency) is distinct from (old.id, old.pocket, old.currency)
    )
    execute function billing_ledgeraccount_refuse_balance();
create trigger billing_ledgeraccount_stays before delete on billing_ledgeraccount
    for each row execute function billing_ledgeraccount_refuse_balance();
"""
LEAVE_BALANCE = """
drop trigger billing_ledgeraccount_stays on billing_ledgeraccount;
drop trigger billing_ledgeraccount_balance_follows on billing_ledgeraccount;
drop trigger billing_ledgeraccount_starts_empty on billing_ledgeraccount;
drop function billing_ledgeraccount_refuse_balance();
drop trigger billing_ledgerentry_moves_balance on billing_ledgerentry;
drop function billing_ledgerentry_move_balance();
"""
# On both tables: a transaction without entries has nothing else that could fire for it. The schema
# is spelled out, because by the time of the commit another one may be selected.
SUM_TO_ZERO = """
create function billing_ledger_check_sum() returns trigger language plpgsql as $$
declare
    written bigint;
    entries bigint;
    unbalanced bigint;
begin
    if tg_table_name = 'billing_ledgertransaction' then
        written := new.id;
    else
        written := new.transaction_id;
    end if;
    execute format(
        'select coalesce(sum(posted), 0), count(*) filter (where total <> 0) from (
            select count(*) posted, sum(e.amount) total
            from %1$I.billing_ledgerentry e
            join %1$I.billing_ledgeraccount a on a.id = e.account_id
            where e.transaction_id = $1 group by a.currency) by_currency',
        tg_table_schema
    ) into entries, unbalanced using written;
    if entries < 2 then
        raise exception 'ledger transaction % has fewer than two entries', written
            using errcode = 'check_violation';
    end if;
    if unbalanced > 0 then
        raise exception 'ledger transaction % does not sum to zero', written
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger billing_ledgertransaction_sums_to_zero
    after insert on billing_ledgertransaction deferrable initially deferred
    for each row execute function billing_ledger_check_sum();
create constraint trigger billing_ledgerentry_sums_to_zero
    after insert on billing_ledgerentry deferrable initially deferred
    for each row execute function billing_ledger_check_sum();
"""
SUM_TO_ANYTHING = """
drop trigger billing_ledgerentry_sums_to_zero on billing_ledgerentry;
drop trigger billing_ledgertransaction_sums_to_zero on billing_ledgertransaction;
drop function billing_ledger_check_sum();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_ledger_payments_and_periods")]

    operations = [
        migrations.RunSQL(SIGN_TRANSACTION, UNSIGN_TRANSACTION),
        migrations.RunSQL(REFUSE_LATE_ENTRIES, ALLOW_LATE_ENTRIES),
        migrations.RunSQL(MOVE_BALANCE, LEAVE_BALANCE),
        migrations.RunSQL(SUM_TO_ZERO, SUM_TO_ANYTHING),
        guard_append_only("billing_ledgertransaction"),
        guard_append_only("billing_ledgerentry"),
    ]
