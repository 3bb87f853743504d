"""What the API's description (OpenAPI) says of every operation, whatever it serves."""

from collections.abc import Collection
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from api.problem_kinds import ProblemKind, problem_kinds
from api.problems import MEDIA_TYPE
from api.request_id import HEADER


class FieldErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(
        required=False, help_text="Where in the body: a JSON Pointer (RFC 6901)."
    )
    parameter = serializers.CharField(required=False, help_text="Which parameter of the query.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. Further members are told with each kind of problem."""

    type = serializers.CharField(help_text="Leads to the section of the docs page.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]
    request_id = serializers.CharField()


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "knox.auth.TokenAuthentication"
    match_subclasses = True
    priority = 1  # before the one that drf-spectacular brings, which knows no subclasses
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from the page of your account.",
        }


REQUEST_ID_GIVEN = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Your own name for the request; it stands in the record's history and in our log.",
)
REQUEST_ID = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, response=True, description="The name of the request."
)


def problem_responses(statuses: Collection[int]) -> dict[Any, OpenApiResponse]:
    """One per status, with an example of each kind of problem that has it."""
    return {
        (status, MEDIA_TYPE): _problem_response(
            [kind for kind in problem_kinds() if kind.status == status]
        )
        for status in statuses
    }


def _problem_response(kinds: list[ProblemKind]) -> OpenApiResponse:
    return OpenApiResponse(
        ProblemSerializer,
        description=" Or: ".join(f"{kind.title}." for kind in kinds),
        examples=[OpenApiExample(kind.name, value=_example(kind)) for kind in kinds],
    )


def _example(kind: ProblemKind) -> dict[str, Any]:
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.meaning,
        "request_id": "5f0c1f3a9d7e4c0f8a51b3a9c2d4e6f8",
    }
