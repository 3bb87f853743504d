"""Which columns hold passwords, by their names. Their cells are kept nowhere."""

import re
import unicodedata
from typing import Final

#: Anywhere in a name, whatever stands between its letters.
_PARTS: Final = (
    *("password", "passwd", "passphrase", "userpass", "pwd"),
    *("passwort", "kennwort", "motdepasse", "contrasena", "wachtwoord", "losenord", "salasana"),
)

#: As a word of its own only: they are parts of others, as of passport.
_WORDS: Final = frozenset({"pass", "pw", "secret", "senha", "parola", "haslo", "hasło", "heslo"})

_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_]+")


def is_withheld(column: str) -> bool:
    plain = _without_accents(column)
    words = [word for word in _BETWEEN_WORDS.sub(" ", plain).casefold().split() if word]
    if not _WORDS.isdisjoint(words):
        return True
    together = "".join(words)
    return any(part in together for part in _PARTS)


def _without_accents(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name)
    return "".join(char for char in apart if not unicodedata.combining(char))
