# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The impCentral API as Python: ``connect`` returns a client with one collection for each type of resource.

Example::

    from ansible_collections.electricimp.impcentral.plugins.module_utils.client import connect

    client = connect(login_key="...")  # or from the environment: IMPCENTRAL_LOGIN_KEY
    me = client.accounts.get("me")
    for product in client.products.list(owner_id=me["id"]):
        print(product["name"], len(client.device_groups.list(product_id=product["id"])))
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Callable

from ansible_collections.electricimp.impcentral.plugins.module_utils import _resources
from ansible_collections.electricimp.impcentral.plugins.module_utils._auth import Session, Store
from ansible_collections.electricimp.impcentral.plugins.module_utils._collection import (
    BATCH,
    Collection,
    DeviceGroups,
    Devices,
    LoginKeys,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._credentials import (
    ACCESS_TOKEN,
    LOGIN_KEY,
    PASSWORD,
    REFRESH_TOKEN,
    Credential,
    choose_credential,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._memory import Memory
from ansible_collections.electricimp.impcentral.plugins.module_utils._retry import Backoff
from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import (
    LogEntry,
    LogStream,
    LogStreams,
    StateChange,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import Transport

__all__ = ["BATCH", "DEFAULT_ENDPOINT", "Client", "Collection", "LogEntry", "LogStream", "StateChange", "connect"]

DEFAULT_ENDPOINT = "https://api.electricimp.com/v5"


def connect(
    endpoint: str | None = None,
    access_token: str | None = None,
    login_key: str | None = None,
    refresh_token: str | None = None,
    username: str | None = None,
    password: str | None = None,
    otp: str | None = None,
    auth_file: str | None = None,
    validate_certs: bool = True,
    ca_path: str | None = None,
    allow_http: bool = False,
    timeout: float = 30.0,
    retries: int = 5,
    max_wait: float = 60.0,
    read_only: bool = False,
    environ: Mapping[str, str] | None = None,
    store: Store | None = None,
    warn: Callable[[str], None] | None = None,
) -> Client:
    """Return a client. Nothing is sent before its first request.

    Credentials come from the arguments, else from the environment (``IMPCENTRAL_LOGIN_KEY`` and so on), else from
    ``auth_file``, the official command line tool's file. The endpoint comes from the argument, else from
    ``IMPCENTRAL_ENDPOINT``, else from ``auth_file`` when its credentials are used, else it is the public one.

    :param timeout: seconds to wait for an answer. :param retries: how often a request is repeated after a fault that
        may pass. :param max_wait: seconds to wait in all before repeating a request. :param store: keeps the access
        token for others. :param warn: takes sentences for the user.
    :raises InvalidDataError: arguments that contradict each other, or an endpoint that is none.

    >>> client = connect("https://api.example.com/v5", login_key="0123456789abcdef", environ={})
    >>> client.endpoint
    'https://api.example.com/v5'
    """
    environ = os.environ if environ is None else environ
    options = {
        ACCESS_TOKEN: access_token,
        LOGIN_KEY: login_key,
        REFRESH_TOKEN: refresh_token,
        "username": username,
        PASSWORD: password,
        "otp": otp,
        "auth_file": auth_file,
    }
    credential = choose_credential(options, environ, _read_file)
    transport = Transport(
        endpoint
        or environ.get("IMPCENTRAL_ENDPOINT")
        or (credential.endpoint if credential else None)
        or DEFAULT_ENDPOINT,
        validate_certs=validate_certs,
        ca_path=ca_path,
        allow_http=allow_http,
        timeout=timeout,
    )
    return Client(Session(transport, credential, store, Backoff(retries, max_wait), read_only=read_only, warn=warn))


def _read_file(name: str) -> str:
    with open(os.path.expanduser(name), encoding="utf-8") as file:
        return file.read()


class Auth:
    """Signing in by hand; a client with credentials does so by itself. Each call also decides how it goes on."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def login(self, username: str, password: str, otp: str | None = None) -> dict[str, Any]:
        """Sign in with a password and return ``access_token`` and ``expires_at``.

        :raises OneTimePasswordError: ``otp`` is needed; its ``login_token`` serves for :meth:`login_with_otp`.
        """
        return self._begin(Credential(PASSWORD, "user name and password", password, username, otp))

    def login_with_otp(self, otp: str, login_token: str) -> dict[str, Any]:
        """Go on with the one-time password that :meth:`login` asked for."""
        token = self._session.second_step(otp, login_token)
        renewing = self._session.refresh_token
        kind, secret = (REFRESH_TOKEN, renewing) if renewing else (ACCESS_TOKEN, token.text)
        self._session.use(Credential(kind, "the two-factor sign-in", secret), token)
        return token.as_dict()

    def refresh_access_token(self, refresh_token: str) -> dict[str, Any]:
        """Get an access token for a refresh token."""
        return self._begin(Credential(REFRESH_TOKEN, "refresh token", refresh_token))

    def get_access_token(self, login_key: str) -> dict[str, Any]:
        """Get an access token for a login key."""
        return self._begin(Credential(LOGIN_KEY, "login key", login_key))

    def use_access_token(self, access_token: str) -> None:
        """Use an access token that came from elsewhere."""
        self._session.use(Credential(ACCESS_TOKEN, "access token", access_token))

    def _begin(self, credential: Credential) -> dict[str, Any]:
        self._session.use(credential)
        return self._session.sign_in(force=True)


class Client:
    """The service as one account sees it. What it reads it remembers; see :class:`Collection`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._memory = Memory()
        self.auth = Auth(session)
        self.accounts = Collection(session, self._memory, _resources.ACCOUNT)
        self.products = Collection(session, self._memory, _resources.PRODUCT)
        self.device_groups = DeviceGroups(session, self._memory, _resources.DEVICE_GROUP)
        self.devices = Devices(session, self._memory, _resources.DEVICE)
        self.deployments = Collection(session, self._memory, _resources.DEPLOYMENT)
        self.webhooks = Collection(session, self._memory, _resources.WEBHOOK)
        self.login_keys = LoginKeys(session, self._memory, _resources.LOGIN_KEY)
        self.refresh_tokens = Collection(session, self._memory, _resources.REFRESH_TOKEN)
        self.log_streams = LogStreams(session)

    @property
    def endpoint(self) -> str:
        """Return the base URL of the service."""
        return self.session.transport.endpoint

    def forget(self, older_than: float | None = None) -> None:
        """Drop all that is remembered, or what was read more than so many seconds ago."""
        self._memory.forget(older_than)
