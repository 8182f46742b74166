"""What the content security policy and the house style ask of every template and module."""

import re

import pytest
from lucide.templatetags.lucide import lucide

from tests.shell.contrast import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "static/js").glob("*.js"))
FORBIDDEN = re.compile(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:")


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_nothing_is_inline(template):
    assert not FORBIDDEN.findall(template.read_text())


@pytest.mark.parametrize("component", sorted((ROOT / "templates/cotton").iterdir()), ids=name_of)
def test_a_component_says_what_it_is(component):
    assert component.read_text().startswith("{# ")


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_is_small_and_loaded(module):
    assert len(module.read_text().splitlines()) < 60
    assert any(f"js/{module.name}" in template.read_text() for template in TEMPLATES)


@pytest.mark.parametrize("sheet", sorted((ROOT / "static/css").glob("*.css")), ids=name_of)
def test_a_style_sheet_is_loaded_and_in_layers(sheet):
    document = (ROOT / "templates/_document.html").read_text()

    assert f"css/{sheet.name}" in document
    assert "@layer" in sheet.read_text()


def icons_in(template):
    named = re.findall(
        r'<c-icon\s[^>]*?(?<!:)name="([\w-]+)"|\bicon(?:_end)?="([\w-]+)"', template.read_text()
    )
    return {icon for pair in named for icon in pair if icon}


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_its_icons_exist(template):
    assert all(lucide(icon) for icon in icons_in(template))
