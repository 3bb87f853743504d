"""The REST API of all record types: which type it is comes with the viewset."""

from records.api.serializers import RecordSerializer
from records.api.urls import record_api_urls
from records.api.viewset import RecordViewSet

__all__ = ["RecordSerializer", "RecordViewSet", "record_api_urls"]
