from django.db import migrations

from accounts.roles import grants


class Migration(migrations.Migration):
    """Here rather than in the outbox, which knows no roles."""

    dependencies = [
        ('accounts', '0002_tokens'),
        ('outbox', '0001_initial'),
    ]

    operations = [
        grants('outbox', model, {'operator': ['view']})
        for model in (
            'message',
            'lane',
            'attempt',
            'destinationstate',
            'wakerequest',
            'worker',
            'drain',
        )
    ]
