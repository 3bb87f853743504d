from django.db import migrations

from accounts.roles import grants


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_upload_right'),
        ('accounts', '0001_initial'),
    ]

    operations = [
        grants(
            'customers',
            'customer',
            {
                'viewer': ['view'],
                'editor': ['view', 'add', 'change', 'delete'],
                'uploader': ['view', 'upload'],
                'operator': ['view'],
            },
        ),
    ]
