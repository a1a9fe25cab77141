import commitments.models.base
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0012_search'),
    ]

    operations = [
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=24, unique=True)),
                ('position', models.PositiveSmallIntegerField(help_text='Place in the document, from 1.')),
                ('kind', models.CharField(choices=[('term', 'term'), ('strength', 'strength'), ('scope', 'scope'), ('actor', 'actor'), ('relation', 'relation'), ('omission', 'omission'), ('addition', 'addition'), ('broken', 'broken')], max_length=16)),
                ('note', commitments.models.base.TextMap(blank=True, default=dict, help_text='What each rendition says and what differs, in one sentence.')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='commitments.document')),
                ('section', models.ForeignKey(blank=True, help_text='Where it occurs first; empty where that is the document itself.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='commitments.section')),
            ],
            options={
                'ordering': ['document', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.PositiveIntegerField()),
                ('end', models.PositiveIntegerField()),
                ('exact', models.TextField()),
                ('difference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wordings', to='commitments.difference')),
                ('rendition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='commitments.rendition')),
            ],
            options={
                'ordering': ['rendition', 'start'],
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.UniqueConstraint(fields=('document', 'position'), name='difference_position_once_per_document'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['term', 'strength', 'scope', 'actor', 'relation', 'omission', 'addition', 'broken'])), name='difference_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='wording_end_after_start'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(fields=('difference', 'rendition', 'start'), name='wording_place_once'),
        ),
    ]
