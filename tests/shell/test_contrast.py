import pytest

from tests.shell.contrast import contrast, read_tokens

TOKENS = read_tokens()
GROUNDS = ["background", "card", "popover", "sidebar", "muted", "accent", "primary-soft"]
TEXT = [(text, ground) for text in ("foreground", "muted-foreground") for ground in GROUNDS] + [
    ("link", "background"),
    ("link", "card"),
    ("link", "popover"),
    ("link", "primary-soft"),
    ("muted-foreground", "sidebar-accent"),
    ("primary-foreground", "primary"),
    ("primary-foreground", "primary-hover"),
    ("destructive-foreground", "destructive"),
    ("destructive-foreground", "destructive-hover"),
    *((f"{tone}-fg", f"{tone}-bg") for tone in ("ok", "warn", "bad", "info")),
    *((f"{tone}-fg", "card") for tone in ("ok", "warn", "bad", "info")),
    *((f"{tone}-fg", "primary-soft") for tone in ("ok", "warn", "bad", "info")),
]
EDGES = [
    ("input", "card"),
    ("input", "background"),
    ("ring", "background"),
    ("ring", "card"),
    ("ring", "sidebar"),
    ("primary", "card"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(theme, text, ground):
    assert contrast(TOKENS[theme][text], TOKENS[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_can_be_seen(theme, edge, ground):
    assert contrast(TOKENS[theme][edge], TOKENS[theme][ground]) >= 3


def test_black_on_white_is_21_to_1():
    assert contrast(0.0, 1.0) == pytest.approx(21)
