"""Which language a reader gets: the address's; a bare address leads to the reader's own."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

#: Addresses that have no language.
MACHINES = (
    *("/api/", "/account/", "/admin/", "/feeds/", "/files/", "/mail/", "/outbox/", "/unsubscribe/", "/static/"),
    *("/cite/", "/export/", "/releases/", "/robots.txt", "/sitemap"),
    *("/calendar.ics", "/embed/"),
    *("/healthz", "/metrics", "/readyz"),
)


class PageLocaleMiddleware(LocaleMiddleware):
    """Django's, but a machine that asks for what is not there is told so, and not sent to a page about it.

    The desk speaks English, as its door does: its own words come in no other language, and half a page would not help.
    So does the API: what a program is answered does not depend on the language of the machine that it runs on.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language."""
        super().process_request(request)
        if request.path_info.startswith(("/admin/", "/api/")):
            translation.activate("en")
            request.LANGUAGE_CODE = "en"

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave the answers to machines alone."""
        if request.path_info.startswith(MACHINES):
            return response
        return super().process_response(request, response)
