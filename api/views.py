"""The base of the API's views, and those that know no record type."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from api.query import require_known


class ApiView(APIView):
    """Keeps answers out of caches, refuses unknown parameters, answers OPTIONS shortly."""

    known_parameters: ClassVar[Collection[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_known(request.query_params, self.parameters())

    def parameters(self) -> Collection[str]:
        """The query parameters that this request may have."""
        return self.known_parameters

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)  # with Allow, as every answer


class Index(ApiView):
    """The collections there are: name → address."""

    permission_classes = (IsAuthenticated,)
    #: Name → the name of its route.
    collections: Mapping[str, str] = {}

    @extend_schema(
        operation_id="index",
        summary="The collections",
        tags=["index"],
        responses={
            200: {
                "type": "object",
                "additionalProperties": {"type": "string", "format": "uri"},
            }
        },
    )
    def get(self, request: Request) -> Response:
        """Where the records are, by type."""
        return Response(
            {name: reverse(route, request=request) for name, route in self.collections.items()}
        )


class Description(ApiView, SpectacularJSONAPIView):
    """The API's description, OpenAPI 3.1."""


@extend_schema(exclude=True)
class Nowhere(ApiView):
    """Any address under the API that is none, whatever is asked of it."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}  # nothing is allowed here

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
