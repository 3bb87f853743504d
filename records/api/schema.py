"""What the API's description (OpenAPI) says of the operations on a record type."""

from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from api.openapi import REQUEST_ID, REQUEST_ID_GIVEN, problem_responses
from records.api.serializers import replacement, written
from records.api.sync import DeletedSerializer, RecordSyncSerializer

#: Action → its operation, what it does in a line, and the problems it may answer with, beside those
#: that every operation may.
_ACTIONS: Final[dict[str, tuple[str, str, tuple[int, ...]]]] = {
    "list_records": ("list_{many}", "List {many}", (400,)),
    "create": ("create_{one}", "Create a {one}", (400, 409, 411, 413, 415)),
    "retrieve": ("get_{one}", "Get a {one}", (400, 404, 410, 412)),
    "replace": (
        "put_{one}",
        "Create or replace a {one}",
        (400, 404, 409, 410, 411, 412, 413, 415, 428),
    ),
    "partial_update": (
        "change_{one}",
        "Change fields of a {one}",
        (400, 404, 409, 410, 411, 412, 413, 415, 428),
    ),
    "destroy": ("delete_{one}", "Delete a {one}", (400, 404, 410, 412, 428)),
    "sync": ("get_{one}_sync", "See how far the edits of a {one} have come", (400, 404)),
}
_ALWAYS: Final = (401, 403, 406, 500, 503)

_DESCRIPTIONS: Final = {
    "list_records": "Ordered by key. Follow `next` until it is null.",
    "create": "Answers once the record is saved; `sync.href` tells when it has arrived.",
    "retrieve": "The ETag stands for what the record says, not for `sync`: poll `sync.href`.",
    "replace": (
        "Fields that are not given become blank, but for those that another system keeps."
        " What exists needs `If-Match`; with `If-None-Match: *` it is only created."
    ),
    "partial_update": (
        "Needs `If-Match`. What the other system alone has changed since does not make it stale."
        " Where all values are as they were, nothing is written, and that is no error."
    ),
    "destroy": "Needs `If-Match`. Follow `sync.href`: it tells when the other systems know.",
    "sync": "For deleted records too.",
}

_HEADER: Final = OpenApiParameter.HEADER
_IF_MATCH: Final = OpenApiParameter(
    "If-Match", str, _HEADER, description="The ETag as it came, or * for whatever is there."
)
_IF_NONE_MATCH: Final = OpenApiParameter(
    "If-None-Match", str, _HEADER, description="* to create only; or, to GET, the ETag you have."
)


class RecordSchema(AutoSchema):
    view: Any  # a RecordViewSet

    def get_operation_id(self) -> str:
        return self._words(_ACTIONS[self.view.action][0])

    def get_summary(self) -> str:
        return self._words(_ACTIONS[self.view.action][1])

    def get_description(self) -> str:  # type: ignore[override]
        return str(_DESCRIPTIONS[self.view.action])

    def get_tags(self) -> list[str]:
        return [self.view.pages.namespace]

    def get_request_serializer(self) -> Any:
        base = self.view.serializer_class
        return replacement(base) if self.view.action == "replace" else base

    def get_examples(self) -> list[OpenApiExample]:
        example = dict(self.view.example)
        key = example.pop(self.view.key_field, None)
        name, value = list(example.items())[-1]
        values = {
            "create": {self.view.key_field: key, **example},
            "replace": example,
            "partial_update": {name: value},
        }
        if self.view.action not in values:
            return []
        return [OpenApiExample("body", value=values[self.view.action], request_only=True)]

    def get_response_serializers(self) -> Any:
        statuses = {*_ACTIONS[self.view.action][2], *_ALWAYS}
        return {**self._good(), **problem_responses(sorted(statuses))}

    def get_override_parameters(self) -> list[Any]:
        action = self.view.action
        parameters: list[Any] = [REQUEST_ID_GIVEN, REQUEST_ID]
        if action in ("retrieve", "replace", "partial_update", "destroy"):
            parameters.append(_IF_MATCH)
        if action in ("retrieve", "replace"):
            parameters.append(_IF_NONE_MATCH)
        if action not in ("list_records", "create"):
            parameters.append(
                OpenApiParameter(
                    "key", str, OpenApiParameter.PATH, description="The key, or the uuid."
                )
            )
        return parameters + self._filters() + self._answer_headers()

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.view.action == "list_records")

    def _good(self) -> dict[Any, Any]:
        base = self.view.serializer_class
        match self.view.action:
            case "list_records":
                return {200: base(many=True)}
            case "retrieve":
                return {200: base, 304: OpenApiResponse(description="You have it already.")}
            case "create":
                return {201: OpenApiResponse(written(base), description="Created.")}
            case "replace":
                return {
                    200: OpenApiResponse(written(base), description="Replaced."),
                    201: OpenApiResponse(written(base), description="Created."),
                }
            case "partial_update":
                return {200: OpenApiResponse(written(base), description="Changed.")}
            case "destroy":
                return {200: OpenApiResponse(DeletedSerializer, description="Deleted.")}
            case _:
                return {200: RecordSyncSerializer}

    def _filters(self) -> list[OpenApiParameter]:
        if self.view.action != "list_records":
            return []
        searched = ", ".join(self.view.pages.searched)
        return [
            OpenApiParameter(
                "q", str, description=f"Words, each of which is in one of: {searched}."
            ),
            OpenApiParameter(
                "updated_since",
                {"type": "string", "format": "date-time"},
                description="Changed at this time or later; RFC 3339, with its zone.",
            ),
        ]

    def _answer_headers(self) -> list[OpenApiParameter]:
        def header(name: str, statuses: list[int], description: str) -> OpenApiParameter:
            return OpenApiParameter(name, str, _HEADER, response=statuses, description=description)

        found = [
            header("WWW-Authenticate", [401], "Bearer"),
            header("Retry-After", [503], "Seconds."),
        ]
        match self.view.action:
            case "list_records":
                found.append(header("Link", [200], "RFC 8288, with rel next and prev."))
            case "create" | "replace":
                found.append(header("Location", [201], "The address of the record."))
        if self.view.action not in ("list_records", "sync"):
            now = "The version of the record as it is now, to send as If-Match."
            deleted = self.view.action == "destroy"
            found.append(header("ETag", [412, 428] if deleted else [200, 201, 304, 412, 428], now))
        return found

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and {**body, "required": True}  # an empty PATCH is refused too

    def _words(self, words: str) -> str:
        pages = self.view.pages
        return words.format(one=pages.record_type.name, many=pages.namespace)
