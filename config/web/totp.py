"""The second factor: time-based codes of an authenticator (RFC 6238), and recovery codes for when it is lost."""

import base64
import io
import secrets

import pyotp
import segno

from config.web.site import Site
from config.web.store import Actor, User

ISSUER = "Collection voicebot"
RECOVERY_CODES = 10
_STEP_S = 30
_DRIFT_STEPS = 1
"""Clocks of telephones are off by up to half a minute (RFC 6238, 5.2)."""

_CODE_BYTES = 10


def new_secret() -> str:
    """Return a secret for an authenticator: 160 bits (RFC 4226, 4), base32."""
    return pyotp.random_base32(32)


def qr_code(secret: str, user: str) -> str:
    """Return the QR code that an authenticator reads, as an SVG element without styles or scripts."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)
    out = io.BytesIO()
    # Without a size of its own, so that the page's style scales it; white around it in the dark too, or it is not read.
    code = segno.make(uri, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, omitsize=True, border=4, svgclass="qr", lineclass=None, light="#fff")
    return out.getvalue().decode()


def new_recovery_codes() -> tuple[str, ...]:
    """Return codes of 80 bits, in groups of four letters and digits that are read out without mistakes."""
    return tuple(_grouped(base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()) for _ in range(RECOVERY_CODES))


def matching_step(secret: str, code: str, now_s: float) -> int | None:
    """Return the time step that a code of six digits belongs to, or None where it is none of the present ones."""
    digits = code.strip().replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    totp, step = pyotp.TOTP(secret), int(now_s) // _STEP_S
    for near in range(step - _DRIFT_STEPS, step + _DRIFT_STEPS + 1):
        if secrets.compare_digest(totp.generate_otp(near), digits):
            return near
    return None


class CodeCheck:
    """Takes each code once."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def takes(self, user: User, code: str, by: Actor) -> bool:
        """Return whether it is a code of the user's authenticator or a recovery code, and use it up."""
        site = self._site
        account = site.users.account(user.name)
        if account is None or account.totp_secret is None:
            return False
        secret = site.keys.unseal(account.totp_secret, owner(user)).decode()
        now = site.clock.now()
        step = matching_step(secret, code, now.timestamp())
        if step is not None:
            return site.users.spend_step(user, step)
        return site.users.spend_recovery(user, site.keys.code_hash(plain_code(code)), now, by)


def plain_code(code: str) -> str:
    """Return a recovery code without the groups."""
    return "".join(character for character in code.upper() if character.isalnum())


def owner(user: User) -> str:
    """Return what a user's sealed secret is bound to."""
    return f"totp of user {user.user_id}"


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
