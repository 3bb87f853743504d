from django.db import migrations

from accounts.roles import make_groups


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        # Groups and rights in their final form: for all migrations that grant some, by way of this.
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        make_groups(['viewer', 'editor', 'uploader', 'operator']),
    ]
