from django.db import migrations

from accounts.roles import grants


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0003_operators'),
        ('outbox', '0003_delivery_rules'),
    ]

    operations = [grants('outbox', 'rateallowance', {'operator': ['view']})]
