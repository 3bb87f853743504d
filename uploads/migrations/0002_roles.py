from django.db import migrations

from accounts.roles import grants


class Migration(migrations.Migration):

    dependencies = [
        ('uploads', '0001_initial'),
        ('accounts', '0001_initial'),
    ]

    operations = [
        grants('uploads', 'upload', {'uploader': ['view'], 'operator': ['view']}),
    ]
