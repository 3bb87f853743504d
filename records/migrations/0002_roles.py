from django.db import migrations

from accounts.roles import grants


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0001_initial'),
        ('accounts', '0001_initial'),
    ]

    operations = [
        grants('records', 'change', {'operator': ['view']}),
    ]
