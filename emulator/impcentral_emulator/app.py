# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: the API below ``/v5``, the administration below ``/_admin``."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from . import admin, seeding
from .documents import BASE
from .errors import ApiError, for_status
from .gateway import Drop, Endpoint, Gateway
from .resources import accounts, auth, deployments, devicegroups, devices, logstreams, memberships, products, webhooks
from .responses import MEDIA_TYPE, error_answer
from .state import Emulator

_RESOURCES = (auth, accounts, products, memberships, devicegroups, deployments, devices, webhooks, logstreams)


def _refused(_request: Request, error: Exception) -> Response:
    """Answer in the API's form; an unknown path and an unknown method are alike."""
    if isinstance(error, HTTPException):
        error = for_status(404 if error.status_code == 405 else error.status_code)
    elif not isinstance(error, ApiError):
        traceback.print_exception(error, file=sys.stderr)
        error = for_status(500)
    answer = error_answer(error)
    return Response(answer.body, answer.status, media_type=MEDIA_TYPE)


_HANDLERS = {ApiError: _refused, HTTPException: _refused, Exception: _refused}


def _api(emulator: Emulator) -> Starlette:
    routes: list[Any] = [
        Route(path, Endpoint(emulator, handler, is_open=True), methods=[method])
        for method, path, handler in auth.OPEN_ROUTES
    ]
    routes += [
        Route(path, Endpoint(emulator, handler), methods=[method])
        for module in _RESOURCES
        for method, path, handler in module.ROUTES
    ]
    app = Starlette(routes=[Mount(BASE, routes=[*routes, *logstreams.routes(emulator)])], exception_handlers=_HANDLERS)
    app.router.redirect_slashes = False
    return app


class _Application:
    """Tells the administration from the API; every other path belongs to the API, which does not know it."""

    def __init__(self, administration: Any, api: Any) -> None:
        self._administration = administration
        self._api = api

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_api = scope["type"] == "http" and not scope["path"].startswith(admin.BASE)
        await (self._api if is_api else self._administration)(scope, receive, send)


def create_app(emulator: Emulator, drop: Drop) -> Any:
    """Return the ASGI application of an emulator; ``drop`` cuts the connection of a request."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        seeding.begin(emulator)
        emulator.world.start()
        yield
        emulator.world.stop()
        emulator.deliveries.stop()
        emulator.db.close()

    administration = Starlette(
        routes=[Mount(admin.BASE, routes=admin.routes(emulator))], exception_handlers=_HANDLERS, lifespan=lifespan
    )
    return _Application(admin.LoopbackOnly(administration), Gateway(emulator, _api(emulator), drop))
