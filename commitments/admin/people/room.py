"""People and their roles. What may be done is judged in `commitments.people`. Nobody is deleted here."""

from datetime import timedelta
from typing import Any, cast

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401  # imported to be taken out of the desk below
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from commitments import people
from commitments.admin.base import Desk, now

Link = tuple[User, str]

# Django's and allauth's own rooms would give permissions one by one, set passwords and show secrets.
for foreign in (User, Group, EmailAddress, Authenticator):
    admin.site.unregister(foreign)


def _who(request: HttpRequest) -> User:
    return cast(User, request.user)


def _roles(*, required: bool) -> "forms.ModelMultipleChoiceField[Group]":
    return forms.ModelMultipleChoiceField(
        Group.objects.filter(name__in=people.ROLES).order_by("name"),
        label="Roles",
        required=required,
        widget=forms.CheckboxSelectMultiple,
    )


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A new account: an address and its roles."""

    email = forms.EmailField(label="E-mail address", max_length=people.LONGEST_ADDRESS)
    groups = _roles(required=True)

    class Meta:
        model = User
        fields = ["email", "groups"]

    def clean_email(self) -> str:
        """Refuse an address that has an account."""
        try:
            address = people.clean_address(self.cleaned_data["email"])
        except people.PeopleError as error:
            raise forms.ValidationError(str(error)) from error
        if User.objects.filter(email__iexact=address).exists() or people.by_login(address):
            raise forms.ValidationError(
                "This address has an account. Choose it in the list and make a new link there."
            )
        return address


class OwnForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own account: the name."""

    by: User

    class Meta:
        model = User
        fields = ["first_name"]
        labels = {"first_name": "Name"}


class PersonForm(OwnForm):
    """The account of somebody else: name and roles."""

    groups = _roles(required=False)

    class Meta(OwnForm.Meta):
        fields = ["first_name", "groups"]

    def clean_groups(self) -> QuerySet[Group]:
        """Refuse what the rules about people refuse."""
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        if "groups" in self.changed_data:
            try:
                people.check_can_set_roles(self.instance, groups, by=self.by)
            except people.PeopleError as error:
                raise forms.ValidationError(str(error)) from error
        return groups


@admin.register(User)
class PersonAdmin(Desk):
    """People: invited here or at the server, let in by a link, deactivated."""

    list_display = ("address", "name", "roles", "second_factor", "active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("-is_active", "username")
    actions = ("new_link", "let_in_again", "deactivate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Bring what the list shows."""
        totp = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        everybody: QuerySet[User] = super().get_queryset(request)
        return everybody.annotate(has_totp=Exists(totp)).prefetch_related("groups")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to ask about passwords: answers would give their hashes away, sign by sign."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="address", ordering="username")
    def address(self, person: User) -> str:
        """Return what the person signs in with."""
        return person.email or person.username

    @admin.display(description="name")
    def name(self, person: User) -> str:
        """Return the name that stands beside what the person writes."""
        return person.get_full_name()

    @admin.display(description="roles")
    def roles(self, person: User) -> str:
        """Return the roles in one line."""
        names = sorted(group.name for group in person.groups.all())
        return ", ".join([*names, *(["superuser"] if person.is_superuser else [])])

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, person: User) -> bool:
        """Return whether an app is set up."""
        return bool(getattr(person, "has_totp", False))

    @admin.display(description="may sign in", boolean=True, ordering="is_active")
    def active(self, person: User) -> bool:
        """Return whether the account is open."""
        return person.is_active

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Leave superusers to superusers: whoever could change one could become one."""
        above = isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        """Show what is asked when inviting, and the rest once the account is there; nobody changes their own roles."""
        if obj is None:
            return ["email", "groups"]
        roles = "roles" if obj.pk == request.user.pk else "groups"
        return ["address", "first_name", roles, "second_factor", "active", "date_joined", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        """Leave name and roles to be changed."""
        return [name for name in self.get_fields(request, obj) if name not in ("email", "first_name", "groups")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Call the list what it is."""
        return super().changelist_view(request, {"title": "People", **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Invite: one button, and what follows is the link."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {"title": "Invite somebody", **one, **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form for inviting, or for changing as this person."""
        own = obj is not None and obj.pk == request.user.pk
        form = super().get_form(
            request, obj, change, form=(OwnForm if own else PersonForm) if change else InviteForm, **kwargs
        )
        form.by = _who(request)  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Change the name, or invite."""
        if change:
            obj.save(update_fields=["first_name"])
            return
        roles = [group.name for group in form.cleaned_data["groups"]]
        invited = people.invite(obj.email, roles, at=now(), by=_who(request))
        obj.pk, obj.username, obj.link = invited.person.pk, invited.person.username, invited.link

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Set the roles by the action that judges and notes it."""
        if change and "groups" in form.changed_data:
            roles = [group.name for group in form.cleaned_data["groups"]]
            people.set_roles(form.instance, roles, by=_who(request), at=now())

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the link, once."""
        return self._shown(request, [(obj, obj.link)])

    @admin.action(description="Make a new link for signing in", permissions=["change"])
    def new_link(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        """End password and sessions of these people, and show their links."""
        return self._renewed(request, chosen, restore=False)

    @admin.action(description="Let in again, with a new link", permissions=["change"])
    def let_in_again(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        """Activate these people, and show their links."""
        return self._renewed(request, chosen, restore=True)

    @admin.action(description="Deactivate", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Shut these accounts."""
        for person in chosen:
            try:
                people.deactivate(person, by=_who(request), at=now())
            except people.PeopleError as refusal:
                messages.error(request, str(refusal))
            else:
                self.log_change(request, person, "Deactivated.")
                messages.success(request, f"{person} is deactivated. What they wrote stands.")

    def _renewed(self, request: HttpRequest, chosen: QuerySet[User], *, restore: bool) -> HttpResponse | None:
        links: list[Link] = []
        for person in chosen:
            try:
                links.append((person, people.renew(person, at=now(), by=_who(request), restore=restore)))
            except people.PeopleError as refusal:
                messages.error(request, str(refusal))
            else:
                self.log_change(request, person, "New link.")
        return self._shown(request, links) if links else None

    def _shown(self, request: HttpRequest, links: list[Link]) -> HttpResponse:
        until = now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        context = {**self.admin_site.each_context(request), "title": "Links", "links": links, "until": until}
        context["opts"] = self.opts
        return TemplateResponse(request, "admin/links.html", context, headers={"Cache-Control": "no-store"})
