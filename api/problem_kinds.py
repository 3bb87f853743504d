"""The kinds of problem that the API answers with, and what each means to the one who asked.

`type` of an answer leads to the section of the docs page that is made from this list.
"""

from dataclasses import dataclass
from typing import Final

#: The docs page; a kind's section is its name.
PAGE: Final = "/api/docs/problems"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    name: str
    status: int
    title: str
    #: What happened, and what to do.
    meaning: str

    @property
    def type(self) -> str:
        return f"{PAGE}#{self.name}"


_kinds: list[ProblemKind] = []


def _kind(status: int, name: str, title: str, meaning: str) -> ProblemKind:
    kind = ProblemKind(name=name, status=status, title=title, meaning=meaning)
    _kinds.append(kind)
    return kind


MALFORMED = _kind(
    400,
    "malformed",
    "The body cannot be read",
    "Send one JSON object in UTF-8, each name once, without NaN and Infinity. detail says what is"
    " wrong, and where.",
)
INVALID = _kind(
    400,
    "invalid",
    "Values cannot be saved",
    "errors names each field by a JSON Pointer, with a code and what is wrong. Nothing was saved.",
)
BAD_QUERY = _kind(
    400,
    "bad-query",
    "The query cannot be answered",
    "errors names the parameter. Parameters that the API does not know are refused, so that a"
    " mistyped filter does not answer with everything.",
)
BAD_PRECONDITION = _kind(
    400,
    "bad-precondition",
    "If-Match or If-None-Match cannot be read",
    'Send the ETag as it came, with its quotes: If-Match: "…". Or * for whatever is there.',
)
BAD_REQUEST = _kind(
    400, "bad-request", "The request cannot be read", "It breaks the rules of HTTP."
)
NOT_AUTHENTICATED = _kind(
    401,
    "not-authenticated",
    "Who is asking?",
    "Send Authorization: Bearer and a token; tokens are made on the page of your account. A token"
    " that has expired or was revoked is refused as one that never was.",
)
NOT_ALLOWED = _kind(
    403,
    "not-allowed",
    "You may not do this",
    "missing names the rights that you lack; somebody who administers this site can give them."
    " With a session instead of a token, writes need the header X-CSRFToken too.",
)
NOT_FOUND = _kind(
    404, "not-found", "There is no such thing", "The address or the key may be mistyped."
)
METHOD_NOT_ALLOWED = _kind(
    405,
    "method-not-allowed",
    "This cannot be done here",
    "The header Allow lists what can be done at this address.",
)
NOT_ACCEPTABLE = _kind(
    406, "not-acceptable", "Only JSON is spoken here", "Accept application/json, or */*."
)
KEY_TAKEN = _kind(
    409,
    "key-taken",
    "The key is taken",
    "There is a record with this key. Change that one, or choose another key.",
)
KEY_IS_FIXED = _kind(
    409,
    "key-is-fixed",
    "A key never changes",
    "The other system knows the record by its key. Create another record, and delete this one.",
)
OWNED_ELSEWHERE = _kind(
    409,
    "owned-elsewhere",
    "Another system keeps this field",
    "errors names the field and its owner. Change it there; it comes back by itself. The value as"
    " it is may be sent along.",
)
GONE = _kind(
    410,
    "gone",
    "The record was deleted",
    "detail says when and by whom. The address with /sync behind it tells how far the delete has"
    " come at the other system.",
)
LENGTH_REQUIRED = _kind(
    411, "length-required", "Say how long the body is", "Send the header Content-Length."
)
STALE = _kind(
    412,
    "stale",
    "The record is not as you expect it",
    "Somebody changed, created or deleted it since. The header ETag is that of the record now: get"
    " it, look at it again, and repeat your edit. Nothing was saved.",
)
TOO_LARGE = _kind(
    413, "too-large", "The body is too large", "A body may have one MiB. Upload a file instead."
)
UNSUPPORTED_MEDIA_TYPE = _kind(
    415,
    "unsupported-media-type",
    "Only JSON is read here",
    "Send Content-Type: application/json (or, to PATCH, application/merge-patch+json), neither"
    " compressed nor as a form.",
)
PRECONDITION_REQUIRED = _kind(
    428,
    "precondition-required",
    "Say which version you mean",
    "What exists is changed, replaced and deleted with If-Match and its ETag, so that nobody's edit"
    " is overwritten unseen. If-Match: * means whatever is there.",
)
TOO_MANY = _kind(429, "too-many", "Too many requests", "Wait for Retry-After seconds.")
INTERNAL_ERROR = _kind(
    500,
    "internal-error",
    "Something went wrong here",
    "It is our mistake, and in our log. Tell us the request_id.",
)
UNAVAILABLE = _kind(
    503,
    "unavailable",
    "The database does not answer just now",
    "What the request was to save may or may not be saved. Repeat it after Retry-After seconds,"
    " with the same If-Match: what is saved already is not saved twice.",
)


def problem_kinds() -> tuple[ProblemKind, ...]:
    return tuple(_kinds)
