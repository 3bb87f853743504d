"""The API of a record type. A subclass names its pages, its serializer and an example."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from api.paging import KeyPagination
from api.parsing import MergePatchParser, StrictJsonParser, body_of
from api.views import ApiView
from records.actions import Edit
from records.api import preconditions, writing
from records.api.finding import Target, find, missing, name_of
from records.api.listing import FILTERS, filtered
from records.api.refusals import refused
from records.api.rights import RecordRights
from records.api.schema import RecordSchema
from records.api.sync import message_ids, statuses_of
from records.api.values import values_given
from records.errors import RecordInvalid
from records.models import Record
from records.pages import RecordPages
from records.registry import RecordType

#: The transaction of a write. Its answer is made inside, so that nothing can fail once it is saved;
#: the body is read before, since a slow client must hold no lock.
whole = transaction.atomic


class RecordViewSet(ApiView, GenericViewSet[Any]):
    pages: ClassVar[RecordPages]
    #: Of the description: a record as a client sends it.
    example: ClassVar[Mapping[str, Any]]
    lookup_url_kwarg = "key"
    permission_classes = (RecordRights,)
    pagination_class = KeyPagination
    filter_backends = ()
    schema = RecordSchema()

    @property
    def record_type(self) -> RecordType:
        return self.pages.record_type

    @property
    def key_field(self) -> str:
        return self.record_type.key_field

    def list_records(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self._shown(page))

    def create(self, request: Request) -> Response:
        values = self._values()
        with whole():
            edit = writing.create(request, self.record_type, values)
            return self._written(edit, status=201)

    def retrieve(self, request: Request, key: str) -> Response:
        record = self._found(key)
        preconditions.require_seen(request, record)
        headers = {"ETag": str(preconditions.etag(record))}
        if preconditions.is_not_modified(request, record):
            return Response(status=304, headers=headers)
        return Response(self._shown([record])[0], headers=headers)

    def replace(self, request: Request, key: str) -> Response:
        values = self._values()
        with whole():
            edit, is_new = writing.replace(request, self.record_type, key, values)
            return self._written(edit, status=201 if is_new else 200)

    def partial_update(self, request: Request, key: str) -> Response:
        values = self._values()
        with whole():
            return self._written(writing.update(request, self.record_type, key, values))

    def destroy(self, request: Request, key: str) -> Response:
        with whole():
            edit = writing.delete(request, self.record_type, key)
            return Response({"key": edit.record.key, "sync": self._sync_of_edit(edit)})

    def sync(self, request: Request, key: str) -> Response:
        target = find(self.record_type, key)
        if target.record is None and target.deletion is None:
            raise missing(self.record_type, target)
        href = self._href(target.record) if target.record else None
        sync = self._syncs([target.key], {target.key: self._name_of(target)})[target.key]
        about = {"key": target.key, "deleted": target.record is None, "record": href}
        return Response(about | sync)

    def get_queryset(self) -> QuerySet[Any]:
        return filtered(self.pages, self.request.query_params)

    def get_parsers(self) -> list[BaseParser]:
        is_patch = getattr(self.request, "method", None) == "PATCH"
        return [StrictJsonParser(), MergePatchParser()] if is_patch else [StrictJsonParser()]

    def parameters(self) -> Collection[str]:
        return (*FILTERS, "limit", "cursor") if self.action == "list_records" else ()

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, RecordInvalid):
            exc = refused(exc, self._body())
        return super().handle_exception(exc)

    def _body(self) -> dict[str, Any]:
        return body_of(self.request)

    def _values(self) -> dict[str, Any]:
        return values_given(self.record_type, self._body())

    def _found(self, named: str) -> Record:
        target = find(self.record_type, named)
        if target.record is None:
            raise missing(self.record_type, target)
        return target.record

    def _shown(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        records = list(records)
        sync = self._syncs(
            [record.key for record in records], {record.key: name_of(record) for record in records}
        )
        context = {"href": self._href, "sync": sync}
        return list(self.serializer_class(records, many=True, context=context).data)  # type: ignore[misc]

    def _written(self, edit: Edit, *, status: int = 200) -> Response:
        shown = self._shown([edit.record])[0]
        shown |= {"sync": self._sync_of_edit(edit), "warnings": dict(edit.warnings)}
        headers = {"ETag": str(preconditions.etag(edit.record))}
        if status == 201:
            headers["Location"] = shown["href"]
        return Response(shown, status=status, headers=headers)

    def _sync_of_edit(self, edit: Edit) -> dict[str, Any]:
        key = edit.record.key
        sync = self._syncs([key], {key: name_of(edit.record)})[key]
        return sync | {"messages": message_ids(edit)}

    def _syncs(self, keys: Collection[str], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """`names`: key → what the address names the record by."""
        return {
            key: {
                "status": sync["status"],
                "href": self._url("sync", names[key]),
                "destinations": sync["destinations"],
            }
            for key, sync in statuses_of(self.record_type, keys).items()
        }

    def _href(self, record: Record) -> str:
        return self._url("detail", name_of(record))

    def _name_of(self, target: Target) -> str:
        if target.record is not None:
            return name_of(target.record)
        return str(target.pk) if target.pk else target.key

    def _url(self, route: str, name: str) -> str:
        url = f"api:{self.pages.namespace}-{route}"
        return str(reverse(url, kwargs={"key": name}, request=self.request))
