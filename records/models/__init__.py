from records.models.change import Change, Kind
from records.models.record import Record, RecordQuerySet

__all__ = ["Change", "Kind", "Record", "RecordQuerySet"]
