"""The one address that a message of django-newsletter names."""

from django.urls import include, path

urlpatterns = [path("newsletter/", include("newsletter.urls"))]
