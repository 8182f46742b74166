from django.db import migrations, models

# How easily a number is kept in mind, and what makes it so: all about the last seven digits, but
# for an exchange that repeats its area code. The other columns name what earned the points.
JUDGE = """
create function public.stock_memorability(
    digits text,
    out score smallint,
    -- The longest run of one digit, and of digits that go up or down by one; of 3 or more.
    out run text,
    out steps text,
    -- The last digits if they repeat or mirror themselves, or are round.
    out ending text,
    -- How many different digits there are.
    out variety smallint,
    out is_doubled boolean
) language plpgsql immutable strict parallel safe as $$
declare
    tail text := right(digits, 7);
    four text := right(digits, 4);
    this int;
    before int := 0;
    step int;
    last_step int := 0;
    same int := 0;
    going int := 0;
    most_same int := 0;
    same_until int;
    most_going int := 0;
    going_until int;
    points int := 0;
begin
    variety := 0;
    for place in 1..7 loop
        this := ascii(substr(tail, place, 1));
        if strpos(tail, chr(this)) = place then
            variety := variety + 1;
        end if;
        step := this - before;
        same := case when step = 0 then same + 1 else 1 end;
        going := case when abs(step) <> 1 then 1 when step = last_step then going + 1 else 2 end;
        if same >= most_same then
            most_same := same;
            same_until := place;
        end if;
        if going >= most_going then
            most_going := going;
            going_until := place;
        end if;
        before := this;
        last_step := step;
    end loop;
    if most_same > 2 then
        run := substr(tail, same_until - most_same + 1, most_same);
        points := points + (array[15, 40, 55, 75, 90])[most_same - 2]
            + case when same_until = 7 then 5 else 0 end;
    end if;
    if most_going > 2 then
        steps := substr(tail, going_until - most_going + 1, most_going);
        points := points + (array[8, 30, 45, 60, 75])[most_going - 2]
            + case when going_until = 7 then 5 else 0 end;
    end if;
    if most_same < 3 or same_until < 7 then
        if right(digits, 3) = left(right(digits, 6), 3) then
            ending := right(digits, 6);
            points := points + 35;
        elsif left(four, 2) = right(four, 2) then
            ending := four;
            points := points + 25;
        elsif left(four, 1) = substr(four, 2, 1) and substr(four, 3, 1) = right(four, 1) then
            ending := four;
            points := points + 20;
        elsif four = reverse(four) then
            ending := four;
            points := points + 15;
        elsif right(four, 2) = '00' then
            ending := '00';
            points := points + 12;
        end if;
    end if;
    points := points + case variety when 1 then 30 when 2 then 30 when 3 then 12 else 0 end;
    is_doubled := digits like '1__________' and substr(digits, 2, 3) = substr(digits, 5, 3);
    if is_doubled then
        points := points + 10;
    end if;
    score := least(points, 100);
end $$;
"""
JUDGE_NO_MORE = "drop function public.stock_memorability(text);"
# By a trigger, and not generated: the trigger that guards the state would have a generated column
# computed anew by every UPDATE, and a sale would take half as long again.
SCORE = """
create function public.stock_stocknumber_score() returns trigger language plpgsql as $$ begin
    new.memorability := (public.stock_memorability(new.digits)).score;
    return new;
end $$;
create trigger stock_stocknumber_score before insert or update of digits, memorability
    on public.stock_stocknumber for each row execute function public.stock_stocknumber_score();
"""
SCORE_NO_MORE = """
drop trigger stock_stocknumber_score on public.stock_stocknumber;
drop function public.stock_stocknumber_score();
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0014_mark_coverage_stale")]

    operations = [
        migrations.AddField(
            model_name="stocknumber",
            name="memorability",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(JUDGE, JUDGE_NO_MORE),
        migrations.RunSQL(SCORE, SCORE_NO_MORE),
    ]
