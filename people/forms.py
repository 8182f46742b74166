"""What an admin fills in about people."""

from django import forms

from people.models import MemberRole


class InviteForm(forms.Form):
    name = forms.CharField(max_length=150)
    email = forms.EmailField(label="E-mail", max_length=254)
    role = forms.ChoiceField(
        choices=MemberRole,
        initial=MemberRole.MEMBER,
        help_text="Members see and set up numbers. Admins also pay, and run this page.",
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=MemberRole)
