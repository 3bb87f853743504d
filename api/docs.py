"""The docs pages: the API by examples that run, the kinds of problem, and the reference."""

from typing import Any

from django.views.generic import TemplateView

from api.problem_kinds import problem_kinds


class Docs(TemplateView):
    template_name = "api/docs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        base = self.request.build_absolute_uri("/api/v1")
        return super().get_context_data(base=base, **kwargs)


class Problems(TemplateView):
    template_name = "api/problems.html"
    extra_context = {"kinds": problem_kinds()}


class Reference(TemplateView):
    template_name = "api/reference.html"
