from django import forms
from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler


class PlaceForm(forms.Form):
    city = forms.CharField(help_text="As on the map.")
    only_sms = forms.BooleanField(required=False)


def render(markup, **values):
    return Template(CottonCompiler().process(markup)).render(Context(values))


def test_a_field_wires_its_help_and_errors_to_the_control():
    html = render('<c-field :field="form.city" />', form=PlaceForm({"city": ""}))

    assert 'aria-describedby="id_city_helptext id_city_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_city_helptext"' in html
    assert 'id="id_city_error"' in html


def test_fields_show_what_is_wrong_with_the_whole_form():
    form = PlaceForm({"city": "Conway"})
    form.add_error(None, "Sold meanwhile.")

    html = render('<c-fields :form="form" />', form=form)

    assert 'role="alert"' in html
    assert "Sold meanwhile." in html


def test_a_button_with_an_address_is_a_link():
    html = render('<c-button href="{{ url }}" variant="primary">Go</c-button>', url="/a/?b=1&c=2")

    assert 'href="/a/?b=1&amp;c=2"' in html
    assert "<button" not in html


def test_what_a_component_does_not_know_goes_on_its_element():
    html = render('<c-button hx-post="/pay/" name="pay" value="card">Pay</c-button>')

    assert 'hx-post="/pay/"' in html
    assert 'name="pay"' in html


def test_a_disabled_button_is_disabled():
    assert " disabled" in render('<c-button :disabled="closed">Pay</c-button>', closed=True)
    assert " disabled" not in render('<c-button :disabled="closed">Pay</c-button>', closed=False)


def test_text_from_people_is_escaped():
    markup = (
        '<c-copy value="{{ text }}" label="Copy {{ text }}" />'
        '<c-dot label="{{ text }}" hint="{{ text }}" id="a" />'
        '<c-page-head title="{{ text }}" /><c-tag>{{ text }}</c-tag>'
    )

    html = render(markup, text='"><b onclick=x>')

    assert "<b onclick" not in html
    assert 'data-copy="&quot;&gt;&lt;b' in html


def test_a_component_in_another_keeps_its_own_values():
    html = render('<c-empty icon="hash" title="None">Buy.<c-badge>new</c-badge></c-empty>')

    assert html.count("<svg") == 1
    assert "data-tone" not in html


def test_an_option_carries_what_is_taken():
    html = render('<c-option value="Little Rock" detail="412 numbers" />')

    assert 'data-value="Little Rock"' in html
    assert "412 numbers" in html


def test_paging_ends_are_not_links():
    html = render('<c-pager previous="" next="?after=x" text="The first 50" />')

    assert html.count("<a ") == 1
    assert 'aria-disabled="true"' in html
