"""What every resource shares: read-only, filtered, paged; refuses what it does not know, and answers for any day."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from commitments.api.answering import Answering
from commitments.clock import UnknownDayError, asked_day, today
from commitments.conditional import Validator
from commitments.exports.validators import of_edition
from commitments.problems import ONE, misasked
from commitments.record.sources import EvidenceFilter
from commitments.record.values import many

DAY = OpenApiParameter("as_of", OpenApiTypes.DATE, description="As of the end of this day (UTC), not after today.")
#: Decorates a resource whose answers change with the day.
AS_OF = extend_schema(parameters=[DAY])


def refuse_misasked(request: Request, known: Iterable[str] = (), many: Collection[str] = ()) -> None:
    """Raise ValidationError naming every parameter that is not known here, or repeated though not one of `many`."""
    data = request.query_params.copy()
    # It chooses the form of any answer, and is no part of the question.
    forms = data.setlistdefault("format")
    data.pop("format")
    problems = misasked(data, known, many) | ({"format": [ONE]} if len(forms) > 1 else {})
    if problems:
        raise ValidationError(problems)


class FilterBackend(DjangoFilterBackend):
    """django-filter's, which tells those filters the day that ask what was so on it."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        """Return what the filters are made with."""
        made: dict[str, Any] = super().get_filterset_kwargs(request, queryset, view)
        return made | ({"on": view.on} if issubclass(view.filterset_class, EvidenceFilter) else {})


class Listed(Answering, mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """A list that answers for any day up to today."""

    filter_backends: Any = (FilterBackend,)
    filterset_class: Any = None
    _asked: date | None = None

    @property
    def on(self) -> date:
        """The day for which it answers; of the description of the API, today."""
        return self._asked or today()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse unknown parameters, and a day that is none or has not come yet, before anything is read."""
        super().initial(request, *args, **kwargs)
        refuse_misasked(request, self.known(), many(self.filterset_class) if self.filterset_class else ())
        try:
            self._asked = asked_day(request.query_params.get("as_of"))
        except UnknownDayError as problem:
            raise ValidationError({"as_of": [str(problem)]}) from problem

    def validator(self, request: Request) -> Validator:
        """Return by what the answer of the day is known again."""
        return of_edition(request, on=self.on)

    def known(self) -> set[str]:
        """Return the parameters that are known here."""
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        return {"as_of", *({"page", "page_size", *filters} if self.action == "list" else ())}


class Resource(mixins.RetrieveModelMixin, Listed):
    """A list whose members have an address of their own; with `capitals` it may be written in small letters too."""

    capitals = False

    def get_object(self) -> Any:
        """Return the member of the address."""
        if self.capitals:
            name = self.lookup_url_kwarg or self.lookup_field
            self.kwargs[name] = self.kwargs[name].upper()
        return super().get_object()
