from django.db import migrations

# Whoever removes the last line, by whichever way. The pick is locked before it is looked at, so
# that of two who remove its last two lines at once one finds none left.
GO_ALONG = """
create function purchase_cartline_forget_pick() returns trigger language plpgsql as $$ begin
    perform from purchase_cartpick where id = old.pick_id for update;
    delete from purchase_cartpick where id = old.pick_id
        and not exists (select from purchase_cartline where pick_id = old.pick_id);
    return null;
end $$;
create trigger purchase_cartline_last_of_pick after delete or update of pick_id
    on purchase_cartline for each row when (old.pick_id is not null)
    execute function purchase_cartline_forget_pick();
"""
STAY = """
drop trigger purchase_cartline_last_of_pick on purchase_cartline;
drop function purchase_cartline_forget_pick();
"""


class Migration(migrations.Migration):
    dependencies = [("purchase", "0008_add_cart_picks")]

    operations = [migrations.RunSQL(GO_ALONG, STAY)]
