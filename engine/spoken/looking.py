"""Looks at the tokens around an index: what roles they play, and whether a comma comes between."""

from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens


def at(tokens: Tokens, index: int) -> Token | None:
    """Return the token at an index, None beyond the end."""
    return tokens[index] if 0 <= index < len(tokens) else None


def role(tokens: Tokens, index: int, wanted: Role) -> int | None:
    """Return the value of a role of the token at an index, None without token or role."""
    return tokens[index].roles.get(wanted) if 0 <= index < len(tokens) else None


def follows(tokens: Tokens, index: int, wanted: Role) -> int | None:
    """The same, but only for a token that no comma divides from the one before it."""
    return tokens[index].roles.get(wanted) if 0 < index < len(tokens) and tokens[index].close else None


def follows_close(tokens: Tokens, index: int) -> bool:
    """Whether there is a further token, and no comma before it."""
    return 0 < index < len(tokens) and tokens[index].close


def over(tokens: Tokens, index: int, *roles: Role) -> int:
    """Step over tokens that play one of the roles, as far as no comma comes between."""
    while 0 < index < len(tokens) and tokens[index].close and any(tokens[index].has(kind) for kind in roles):
        index += 1
    return index
