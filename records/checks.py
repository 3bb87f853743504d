"""`manage.py check`: mappings that could not work are errors."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register

from outbox.conf import destination_names
from records.mapping import Mapping
from records.ownership import LOCAL, REMOTE
from records.registry import RecordType, record_types


@register("records")
def check_mappings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for record_type in record_types():
        for mapping in record_type.mappings:
            found += _check_mapping(record_type, mapping)
        found += _check_owners(record_type)
    return found


def _check_mapping(record_type: RecordType, mapping: Mapping[Any]) -> Iterator[CheckMessage]:
    where = type(mapping).__name__
    fields = {field.name for field in record_type.model.data_fields()}
    names = [place.name for place in mapping.places]
    for name in names:
        if name not in fields:
            yield Error(
                f"{where} maps {name!r}, but {record_type.model.__name__} has no such field.",
                hint=f"Its fields: {', '.join(sorted(fields))}.",
                id="records.E001",
            )
    keys = [(place.name, place.field.owner) for place in mapping.places if place.field.key]
    if keys != [(record_type.key_field, LOCAL)]:
        yield Error(
            f"{where} must map {record_type.key_field!r}, and only it, with key=True; "
            "a remote cannot decide it.",
            id="records.E002",
        )
    for name, count in Counter(names).items():
        if count > 1:
            yield Error(f"{where} maps {name!r} {count} times.", id="records.E003")
    written = [(place.group, place.field.remote) for place in mapping.places]
    written += [("", group) for group in {place.group for place in mapping.places} if group]
    for (group, remote), count in Counter(written).items():
        if count > 1:
            shown = f"{group}.{remote}" if group else remote
            yield Error(f"{where} writes {shown!r} {count} times.", id="records.E004")
    if mapping.destination not in destination_names():
        yield Error(
            f"{where} goes to {mapping.destination!r}, which settings.DESTINATIONS does not have.",
            id="records.E005",
        )
    if mapping.record is not record_type.model:
        yield Error(
            f"{where} is for {mapping.record.__name__}, but is registered with {record_type.name}.",
            id="records.E006",
        )


def _check_owners(record_type: RecordType) -> Iterator[CheckMessage]:
    owners = defaultdict(list)
    for mapping in record_type.mappings:
        for place in mapping.places:
            if place.field.owner == REMOTE:
                owners[place.name].append(mapping.destination)
    for name, claimed_by in owners.items():
        if len(claimed_by) > 1:
            yield Error(
                f"{record_type.name}.{name} has more than one owner: {', '.join(claimed_by)}.",
                id="records.E007",
            )
    for destination, count in Counter(
        mapping.destination for mapping in record_type.mappings
    ).items():
        if count > 1:
            yield Error(
                f"{record_type.name} has {count} mappings to {destination!r}; it takes one.",
                id="records.E008",
            )
