"""Logging in and out, one's password, one's API tokens."""

from accounts.views.passwords import (
    AskForReset,
    ChangePassword,
    ChooseNewPassword,
    NewPasswordChosen,
    ResetAsked,
)
from accounts.views.sessions import LogIn, LogOut
from accounts.views.tokens import revoke_token, tokens

__all__ = [
    "AskForReset",
    "ChangePassword",
    "ChooseNewPassword",
    "LogIn",
    "LogOut",
    "NewPasswordChosen",
    "ResetAsked",
    "revoke_token",
    "tokens",
]
