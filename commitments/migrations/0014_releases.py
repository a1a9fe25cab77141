from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0013_differences'),
    ]

    operations = [
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('published_at', models.DateTimeField(db_index=True, editable=False)),
                ('version', models.CharField(max_length=32, unique=True)),
                ('as_of', models.DateField(help_text='The day whose record it holds.')),
                ('sha256', models.CharField(help_text='of datapackage.zip', max_length=64)),
                ('size', models.PositiveBigIntegerField(help_text='of datapackage.zip, in bytes')),
                ('files', models.JSONField(help_text='Every file: name, size in bytes, sha256.')),
                ('changes', models.JSONField(help_text='What became public since the release before: what → how much.')),
                ('log_size', models.PositiveIntegerField(help_text='How many entries the public log had.')),
                ('log_root', models.CharField(help_text='RFC 6962 tree hash over them.', max_length=64)),
            ],
            options={
                'ordering': ['-as_of', '-published_at'],
            },
        ),
    ]
