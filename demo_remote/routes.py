"""Which room answers a request: the data API, the control plane or the page."""

from demo_remote import api, control, page
from demo_remote.message import Refusal, Reply, Request
from demo_remote.remote import Remote


def answer(remote: Remote, request: Request) -> Reply | None:
    """The reply; None closes the connection without any."""
    try:
        match request.segments:
            case ("api", *_):
                return api.answer(remote, request)
            case ("control", *_):
                return control.answer(remote, request)
            case _:
                return page.answer(request)
    except Refusal as refusal:
        return refusal.reply()
