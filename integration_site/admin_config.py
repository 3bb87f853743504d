from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's admin with our site, which logs nobody in itself."""

    default_site = "integration_site.admin_site.Administration"
