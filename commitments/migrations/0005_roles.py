"""The four roles as groups with exact permissions. Being in none lets nobody into the desk's rooms."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

RECORD = ["actor", "coding", "document", "indicator", "passage", "pledge", "right", "section", "target", "theme"]
PUBLIC = ["citation", "datapoint", "ledgerentry", "reply", "statusupdate"]
DRAFTS = ["codingdraft", "draft", "pointdraft", "replydraft", "statusdraft"]
DESK = ["adjudication", "assignment", "attachment", "blindcoding", "conflict", "evidence", "readerreport", "searchlog"]

VIEWER = [f"view_{model}" for model in [*RECORD, *PUBLIC, *DRAFTS, *DESK]]
CURATOR = [
    *VIEWER,
    *[f"{do}_{model}" for do in ("add", "change") for model in [*DRAFTS, "attachment", "evidence", "searchlog"]],
    "delete_attachment",
    "add_assignment",
    "add_blindcoding",
    "add_conflict",
    "add_review",
    "change_readerreport",
]
REVIEWER = [*CURATOR, "approve_draft", "assign_pledge", "settle_blindcoding"]
ADMINISTRATOR = [*VIEWER, "assign_pledge", "view_audit", "add_user", "change_user", "view_user", "view_group"]

ROLES = {"viewer": VIEWER, "curator": CURATOR, "reviewer": REVIEWER, "administrator": ADMINISTRATOR}


def make_roles(apps, schema_editor):
    for label in ("auth", "commitments"):
        config = apps.get_app_config(label)
        # Django makes permissions only for apps that say they have models; those of a migration say nothing.
        module = getattr(config, "models_module", None)
        config.models_module = module or True
        create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        config.models_module = module
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        found = Permission.objects.filter(content_type__app_label__in=["auth", "commitments"], codename__in=names)
        missing = set(names) - set(found.values_list("codename", flat=True))
        assert not missing, missing
        group.permissions.set(found)


def drop_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("commitments", "0004_desk"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, drop_roles)]
