from uploads.models.part import UploadPart
from uploads.models.row import UploadRow
from uploads.models.upload import State, Upload, UploadQuerySet

__all__ = ["State", "Upload", "UploadPart", "UploadQuerySet", "UploadRow"]
