"""The first page: what there is for whoever signed in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from config.web.access import CurrentUser
from config.web.pages import render

router = APIRouter()


@router.get("/")
def home(request: Request, user: CurrentUser) -> Response:
    """Show the sections, and what the roles allow."""
    return render(request, "home.html")
