"""Mail to readers is looked after by administrators: exactly these permissions, added to those of 0005."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ADMINISTRATOR = [
    "view_digest",
    "view_dispatch",
    "decide_dispatch",
    "view_subscription",
    "end_subscription",
    "view_suppression",
    "add_suppression",
    "delete_suppression",
    "lift_complaint",
]


def add_permissions(apps, schema_editor):
    config = apps.get_app_config("commitments")
    # Django makes permissions only for apps that say they have models; those of a migration say nothing.
    module = getattr(config, "models_module", None)
    config.models_module = module or True
    create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    config.models_module = module
    found = _found(apps)
    missing = set(ADMINISTRATOR) - set(found.values_list("codename", flat=True))
    assert not missing, missing
    apps.get_model("auth", "Group").objects.get(name="administrator").permissions.add(*found)


def take_permissions(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name="administrator"):
        group.permissions.remove(*_found(apps))


def _found(apps):
    Permission = apps.get_model("auth", "Permission")
    return Permission.objects.filter(content_type__app_label="commitments", codename__in=ADMINISTRATOR)


class Migration(migrations.Migration):

    dependencies = [("commitments", "0008_decisions")]

    operations = [migrations.RunPython(add_permissions, take_permissions)]
