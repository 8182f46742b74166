"""What patterns mean, and what is said about those that mean nothing."""

import pytest

from stock.masks import fixed_parts, place
from stock.patterns import TOLL_FREE_CODES, BadPattern, read_beginning, read_pattern


def read(typed, country="US", number_type="geographic"):
    return read_pattern(typed, country=country, number_type=number_type)


@pytest.mark.parametrize(
    ("typed", "country", "number_type", "masks", "reading"),
    [
        ("877-555-XXXX", "US", "toll_free", ["1877555XXXX"], "877 555-xxxx"),
        ("888-XXX-1000", "US", "toll_free", ["1888XXX1000"], "888 xxx-1000"),
        ("(501) 555.12/XX", "US", "geographic", ["150155512XX"], "501 555-12xx"),
        ("501 OUR-FOOD", "US", "geographic", ["15016873663"], "501 687-3663"),
        ("501-our-fo0d", "US", "geographic", ["15016873603"], "501 687-3603"),
        ("*FOOD*", "US", "geographic", ["1*3663*"], "…3663…"),
        ("*1000", "US", "geographic", ["1*1000"], "ends in 1000"),
        ("501-5*", "US", "geographic", ["15015*"], "begins with 501 5"),
        ("FOOD*", "CA", "geographic", ["13663*"], "begins with 366 3"),
        ("+1 877 555 XXXX", "US", "toll_free", ["1877555XXXX"], "+1 877 555-xxxx"),
        ("1-877-555-XXXX", "US", "toll_free", ["1877555XXXX"], "877 555-xxxx"),
        ("1-877*", "US", "toll_free", ["1877*"], "begins with 877"),
        ("+65*", "SG", "geographic", ["65*"], "begins with +65"),
        ("65*", "SG", "mobile", ["65*"], "begins with +65"),
        ("1*", "US", "geographic", ["1*"], "begins with +1"),
        ("656*", "SG", "geographic", ["65656*"], "begins with +65 656"),
        ("+65 6*", "SG", "geographic", ["656*"], "begins with +65 6"),
        ("6123 XXXX", "SG", "geographic", ["656123XXXX"], "+65 6123xxxx"),
        ("65 6123 XXXX", "SG", "geographic", ["656123XXXX"], "+65 6123xxxx"),
        ("65 12 34XX", "SG", "geographic", ["65651234XX"], "+65 651234xx"),
        ("020 7946 XXXX", "GB", "geographic", ["44207946XXXX"], "+44 207946xxxx"),
        ("20 7946 XXXX", "GB", "geographic", ["44207946XXXX"], "+44 207946xxxx"),
        ("44 20 7946 XXXX", "GB", "geographic", ["44207946XXXX"], "+44 207946xxxx"),
        ("0044 20 7946 XXXX", "GB", "geographic", ["44207946XXXX"], "+44 207946xxxx"),
        ("06 12345678", "IT", "geographic", ["390612345678"], "+39 0612345678"),
        ("0800*", "DE", "toll_free", ["49800*"], "begins with +49 800"),
        ("800*", "RU", "toll_free", ["7800*"], "begins with +7 800"),
        ("8 800*", "RU", "toll_free", ["7800*"], "begins with +7 800"),
        ("8 800 555 XX XX", "RU", "toll_free", ["7800555XXXX"], "+7 800555xxxx"),
        ("8 495*", "RU", "geographic", ["7495*"], "begins with +7 495"),
        ("0044*", "GB", "geographic", ["44*"], "begins with +44"),
        ("*8XX*", "US", "geographic", ["1*8XX*"], "…8xx…"),
        ("8XX-555-XXXX", "US", "geographic", ["18XX555XXXX"], "8xx 555-xxxx"),
        ("\uff18\uff17\uff17*", "US", "toll_free", ["1877*"], "begins with 877"),
    ],
)
def test_reads_a_pattern_as_people_mean_it(typed, country, number_type, masks, reading):
    pattern = read(typed, country, number_type)

    assert list(pattern.masks) == masks
    assert pattern.reading == reading


@pytest.mark.parametrize(
    ("typed", "country", "digits"),
    [
        ("030", "DE", "30"),
        ("+49 30", "DE", "30"),
        ("0049\N{EN DASH}30", "DE", "30"),
        ("1501", "US", "501"),
        ("1", "US", ""),
        ("800", "RU", "800"),
        ("8 495", "RU", "495"),
    ],
)
def test_reads_how_numbers_of_any_type_begin(typed, country, digits):
    assert read_beginning(typed, country=country) == digits


def test_8xx_before_a_toll_free_number_is_every_code_in_use():
    pattern = read("8XX-OUR-FOOD", "US", "toll_free")

    assert pattern.masks == tuple(f"1{code}6873663" for code in TOLL_FREE_CODES)
    assert (pattern.typed, pattern.reading) == ("8XX-OUR-FOOD", "8xx 687-3663")


@pytest.mark.parametrize("typed", ["8XX*", "+1 8XX 5*", "1-8XX-555-XXXX"])
def test_8xx_is_every_code_however_much_follows(typed):
    assert len(read(typed, "US", "toll_free").masks) == len(TOLL_FREE_CODES)


@pytest.mark.parametrize(
    ("typed", "country", "number_type", "words"),
    [
        (
            "877-555-XX",
            "US",
            "toll_free",
            "“877-555-XX” has 8 places, numbers of the United States have 10: add XX, or * at the "
            "end.",
        ),
        ("877-555-XXXX-1", "US", "toll_free", "has 11 places, numbers of the United States have "),
        ("877-555-XXXX-1", "US", "toll_free", "leave out 1 place."),
        ("OUR-FOOD", "US", "toll_free", "put 8XX, for any toll-free code, before it"),
        ("6123 XX", "SG", "geographic", "geographic numbers of Singapore have 8: add XX"),
        ("123", "DE", "geographic", "geographic numbers of Germany have 5 to 15: add XX"),
        ("*123456789012", "US", "geographic", "at most 10 digits, and the pattern names 12"),
        ("501-555-12345*", "US", "geographic", "at most 10 digits"),
        ("501*1234", "US", "geographic", "Inside a pattern write X for each digit"),
        ("***", "US", "geographic", "“***” fits every number."),
        ("XXX-XXX-XXXX", "US", "geographic", "fits every number"),
        ("<script>", "US", "geographic", "“<” cannot be part of a pattern."),
        ("501-555-#234", "US", "geographic", "“#” cannot be part of a pattern."),
        ("\u0665\u0660\u0661*", "US", "geographic", "cannot be part of a pattern"),
        ("501+555*", "US", "geographic", "A plus can only be the first character"),
        ("*+1501", "US", "geographic", "A plus can only be the first character"),
        ("", "US", "geographic", "Type the digits or letters"),
        ("- -", "US", "geographic", "Type the digits or letters"),
        ("+", "US", "geographic", "Type the digits or letters"),
        ("+65*", "US", "geographic", "Behind the plus comes +1"),
        ("+X501*", "US", "geographic", "Behind the plus comes +1"),
        ("+1", "US", "geographic", "add XXXXXXXXXX"),
        ("123-456-7890", "US", "geographic", "can be no number of the United States"),
        ("501-155-1234", "US", "geographic", "Was the letter O meant?"),
    ],
)
def test_says_exactly_what_is_wrong(typed, country, number_type, words):
    with pytest.raises(BadPattern) as refusal:
        read(typed, country, number_type)

    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("typed", "is_doubtful"),
    [("*TAXI*", True), ("*FAX*", True), ("8XX-OUR-FOOD", False), ("501-555-XXXX", False)],
)
def test_notices_an_x_that_may_be_meant_as_a_letter(typed, is_doubtful):
    assert read(typed, "US", "toll_free").has_letter_x is is_doubtful


def test_a_mask_is_placed_wherever_it_may_be():
    assert place("1*36*", lengths=[5]) == ["136", "1X36", "1XX36"]
    assert place("49*36", lengths=[5, 7]) == ["49X36", "49XXX36"]
    assert place("1877*", lengths=[11]) == ["1877"]
    assert place("18XX36", lengths=[6]) == ["18XX36"]


@pytest.mark.parametrize(
    ("mask", "digits", "parts"),
    [
        ("1888XXX1000", "18885551000", [(0, 4), (7, 11)]),
        ("1*3663*", "15013663663", [(0, 1), (4, 8)]),
        ("1*1000", "15551001000", [(0, 1), (7, 11)]),
        ("65*", "6561234567", [(0, 2)]),
    ],
)
def test_tells_which_digits_a_mask_names(mask, digits, parts):
    assert fixed_parts(mask, digits) == parts
