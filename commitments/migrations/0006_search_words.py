"""Words of searches as letters in every script: SQLite keeps JSON as text, and looks for words in that text."""

import commitments.models.evidence
from django.db import migrations, models


def write_anew(apps, schema_editor):
    """Turn escapes into letters in what is stored; PostgreSQL keeps letters anyway."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for log in apps.get_model("commitments", "SearchLog").objects.all():
        log.save(update_fields=["places", "queries"])


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0005_roles'),
    ]

    operations = [
        migrations.AlterField(
            model_name='historicalsearchlog',
            name='places',
            field=models.JSONField(default=list, encoder=commitments.models.evidence.AsWritten, help_text='Where: catalogues, sites, search engines.'),
        ),
        migrations.AlterField(
            model_name='historicalsearchlog',
            name='queries',
            field=models.JSONField(default=list, encoder=commitments.models.evidence.AsWritten),
        ),
        migrations.AlterField(
            model_name='searchlog',
            name='places',
            field=models.JSONField(default=list, encoder=commitments.models.evidence.AsWritten, help_text='Where: catalogues, sites, search engines.'),
        ),
        migrations.AlterField(
            model_name='searchlog',
            name='queries',
            field=models.JSONField(default=list, encoder=commitments.models.evidence.AsWritten),
        ),
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
