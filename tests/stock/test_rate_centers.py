import pytest
from django.core.management import CommandError, call_command

from stock.loading import load_plan
from stock.models import Exchange, StockNumber
from stock.numbering_plan import PlanRow, read_plan
from stock.rate_centers import NotRateCenters, RefusedLine, import_rate_centers
from tests.stock.factories import make_number

HEADING = "npa,nxx,rate_center,lata,state"


@pytest.fixture
def plan(tenant):
    rows = [
        ("1501202", "501", "202", "Little Rock", "LITTLEROCK"),
        ("1501205", "501", "205", "Conway", "CONWAY"),
    ]
    load_plan(
        PlanRow(prefix, "US", "AR", npa, nxx, city, center, "", "geographic")
        for prefix, npa, nxx, city, center in rows
    )


def run_import(*lines):
    return import_rate_centers([f"{line}\n" for line in (HEADING, *lines)])


def test_corrects_the_exchange_and_the_numbers_in_it(plan):
    make_number(digits="15012020100", nxx="202")
    make_number(digits="15012050100", nxx="205", rate_center="CONWAY")

    report = run_import("501,202,LTLROCKNLR,528,AR")

    exchange = Exchange.objects.get(prefix="1501202")
    assert (exchange.rate_center, exchange.lata) == ("LTLROCKNLR", "528")
    centers = StockNumber.objects.order_by("digits").values_list("rate_center", flat=True)
    assert list(centers) == ["LTLROCKNLR", "CONWAY"]
    assert (report.accepted, report.exchanges, report.numbers) == (1, 1, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("501,2x2,A,,AR", "“2x2” is no exchange (NXX)"),
        ("5011,202,A,,AR", "“5011” is no area code (NPA)"),
        ("501,202,,,AR", "“” is no rate center: 1 to 40 letters, digits and spaces"),
        ("501,202,A,12,AR", "“12” is no LATA: 3 to 5 digits"),
        ("501,202", "has 2 fields instead of 5"),
        ("501,202,A,,AR,more", "has 6 fields instead of 5"),
        ("999,999,A,,", "the numbering plan has no exchange 999-999"),
        ("501,202,A,,TX", "501-202 is in AR, not in TX"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_changes_nothing(plan, line, reason):
    report = run_import("501,205,NEW,,AR", line)

    assert report.refused == [RefusedLine(3, reason)]
    centers = Exchange.objects.order_by("prefix").values_list("rate_center", flat=True)
    assert list(centers) == ["LITTLEROCK", "NEW"]


def test_of_two_lines_that_contradict_each_other_the_first_counts(plan):
    report = run_import("501,202,FIRST,,AR", "501,202,SECOND,,AR", "501,202,FIRST,,AR")

    assert report.refused == [RefusedLine(3, "line 2 says something else about 501-202")]
    assert Exchange.objects.get(prefix="1501202").rate_center == "FIRST"


@pytest.mark.parametrize("heading", ["", "nxx,npa,rate_center,lata,state", "\x00"])
def test_another_file_is_refused_as_a_whole(plan, heading):
    with pytest.raises(NotRateCenters, match="npa,nxx,rate_center"):
        import_rate_centers([heading, "501,202,A,,AR"])


def test_the_command_says_what_became_of_each_line(plan, tmp_path, capsys):
    file = tmp_path / "centers.csv"
    file.write_text(f"{HEADING}\n501,202,NEW,,AR\n999,999,A,,\n")

    with pytest.raises(CommandError, match="Some lines were refused"):
        call_command("import_rate_centers", str(file))

    said = capsys.readouterr()
    assert said.err == "line 3: the numbering plan has no exchange 999-999\n"
    assert said.out.startswith("1 lines accepted, 1 refused; 1 exchanges")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'a,"b'])
def test_a_file_that_is_no_csv_is_refused(plan, tmp_path, content):
    file = tmp_path / "centers.csv"
    file.write_bytes(content)

    with pytest.raises(CommandError, match=r"centers\.csv"):
        call_command("import_rate_centers", str(file))


def test_the_whole_plan_loads_and_loads_again(tenant):
    rows = list(read_plan())

    assert load_plan(rows) == len(rows) == Exchange.objects.count()
    assert load_plan(rows) == 0


def test_loading_the_plan_again_keeps_imported_rate_centers(plan):
    run_import("501,202,IMPORTED,528,AR")

    load_plan(read_plan())

    exchange = Exchange.objects.get(prefix="1501202")
    assert (exchange.rate_center, exchange.lata) == ("IMPORTED", "528")
