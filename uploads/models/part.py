"""The bytes of a file, in parts: any worker on any host reads them from the database."""

from django.db import models

from uploads.models.upload import Upload

PART_SIZE = 1024 * 1024


class UploadPart(models.Model):
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    data = models.BinaryField()  # PART_SIZE bytes; the last part has fewer

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="one_part_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.upload}, part {self.number}"
