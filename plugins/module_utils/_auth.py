# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session: a transport that signs in, renews its token, keeps the pace and repeats what may be repeated."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Callable, Protocol, TypeVar

from ansible_collections.electricimp.impcentral.plugins.module_utils._credentials import (
    ACCESS_TOKEN,
    LOGIN_KEY,
    NO_CREDENTIAL,
    PASSWORD,
    REFRESH_TOKEN,
    Credential,
    Token,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import mask_url
from ansible_collections.electricimp.impcentral.plugins.module_utils._retry import Backoff, Pace
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import (
    JSON_API,
    Answer,
    Chunks,
    Transport,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AuthenticationError,
    ImpCentralApiError,
    InvalidDataError,
    NotFoundError,
    OneTimePasswordError,
    PermissionDeniedError,
    RateLimitError,
    ReadOnlyError,
)

Item = TypeVar("Item")
Result = TypeVar("Result")

_FIELDS = {LOGIN_KEY: "key", REFRESH_TOKEN: "token"}
_REFUSALS = (AuthenticationError, PermissionDeniedError, NotFoundError)
_PASSWORD_WARNING = (
    "Each sign-in with a password leaves one of the account's five refresh tokens behind. "
    "For automation use a login key instead (login_key or IMPCENTRAL_LOGIN_KEY)."
)


class Slot(Protocol):
    """The place of one token in a store, held by the caller alone."""

    def get(self) -> dict[str, Any] | None:
        """Return the token that is kept."""

    def put(self, token: dict[str, Any]) -> None:
        """Keep a token."""


class Store(Protocol):
    """Keeps access tokens for others in the same run."""

    def locked(self, key: str) -> AbstractContextManager[Slot]:
        """Return a context manager that guards the token of a credential."""


class Session:
    """A transport that signs in, renews its token, keeps the service's pace and repeats what may be repeated.

    :param store: keeps the access token for other sessions of the run. :param warn: takes a sentence for the user.
    :param max_parallel: requests at once.
    """

    def __init__(
        self,
        transport: Transport,
        credential: Credential | None,
        store: Store | None = None,
        backoff: Backoff | None = None,
        pace: Pace | None = None,
        read_only: bool = False,
        warn: Callable[[str], None] | None = None,
        max_parallel: int = 8,
    ) -> None:
        self.transport = transport
        self.read_only = read_only
        self.max_parallel = max_parallel
        self._store = store
        self._backoff = backoff or Backoff()
        self._pace = pace or Pace()
        self._warn = warn or (lambda _text: None)
        self._lock = threading.RLock()
        # However deep calls of map and ahead are nested, no more requests are under way.
        self._slots = threading.Semaphore(max_parallel)
        self.refresh_token: str | None = None
        self.credential = credential
        self._token: Token | None = None
        if credential is not None:
            self.use(credential)

    def use(self, credential: Credential, token: Token | None = None) -> None:
        """Sign in with this credential from now on, beginning with ``token`` if there is one."""
        for secret in (
            credential.secret,
            credential.otp,
            credential.token and credential.token.text,
            token and token.text,
        ):
            self.transport.secrets.add(secret)
        with self._lock:
            self.credential = credential
            self._token = token or credential.token
            self.refresh_token = None

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = JSON_API,
        authorize: bool = True,
        renew: bool = True,
        shape: tuple[str, type] | None = None,
        once: bool | None = None,
    ) -> Answer:
        """Send a request with the access token and return the answer.

        :param renew: whether a 401 is met with a new token. :param once: whether the request must not take
            effect twice (default: that of a POST must not).
        :param shape: see :meth:`Transport.request`.
        :raises ReadOnlyError: the session only reads. :raises ImpCentralApiError: the service refused.
        """
        if self.read_only and method != "GET":
            raise ReadOnlyError(f"{method} {mask_url(path)} was not sent: read_only allows reading requests only.")

        def send(token: Token | None) -> Answer:
            bearer = {"Authorization": f"Bearer {token.text}"} if token else {}
            return self._send(
                method,
                path,
                once=once,
                params=params,
                body=body,
                headers={**bearer, **(headers or {})},
                content_type=content_type,
                shape=shape,
            )

        return self._authorized(send, renew) if authorize else send(None)

    def stream(self, path: str, params: Mapping[str, str]) -> Chunks:
        """Open an event stream with the access token; see :meth:`Transport.stream`."""
        self._pace.wait_turn()
        opened: Chunks = self._authorized(
            lambda token: self.transport.stream(path, params=params, headers={"Authorization": f"Bearer {token.text}"})
        )
        return opened

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return ``function`` of every item, in their order, with several at work at once.

        After an error no further item is begun; the first error is raised when those at work have ended.
        """
        items = list(items)
        if len(items) < 2 or self.max_parallel < 2:
            return [function(item) for item in items]
        failed = threading.Event()

        def run(item: Item) -> Result | None:
            if failed.is_set():
                return None
            try:
                return function(item)
            except BaseException:
                failed.set()
                raise

        with ThreadPoolExecutor(min(self.max_parallel, len(items))) as pool:
            try:
                futures = [pool.submit(run, item) for item in items]
                return [future.result() for future in futures]  # type: ignore[misc]
            finally:
                failed.set()

    @contextmanager
    def ahead(self) -> Iterator[Callable[..., Future[Any]]]:
        """Yield a function that begins a call at once and returns its future; what is not begun at the end never is."""
        pool = ThreadPoolExecutor(self.max_parallel)
        try:
            yield pool.submit
        finally:
            pool.shutdown(cancel_futures=True)

    def sign_in(self, force: bool = False) -> dict[str, Any]:
        """Return the access token and when it expires, as a store keeps them. :param force: get a new one in any case.

        :raises InvalidDataError: there are no credentials. :raises AuthenticationError: they were refused.
        :raises OneTimePasswordError: ``otp`` is needed.
        """
        return self._current(force=force).as_dict()

    def exchange(self, kind: str, secret: str, source: str = "") -> Token:
        """Return an access token for a login key or a refresh token (contract 2.1.3). :param source: for messages.

        :raises AuthenticationError: it is wrong, deleted, or no longer valid.
        """
        source = source or kind
        self.transport.secrets.add(secret)
        try:
            # Unlike other POSTs, this may take effect twice.
            return self._ask_token("/auth/token", {_FIELDS[kind]: secret}, once=False)
        except OneTimePasswordError as error:
            raise error.reworded(
                f"the {source} needs a one-time password, which cannot be given with it ({error})."
            ) from None
        except _REFUSALS as error:
            raise error.reworded(
                f"the {source} was refused: it is wrong, deleted, or no longer valid ({error}).", AuthenticationError
            ) from None

    def password_sign_in(self, username: str, password: str, otp: str | None = None, source: str = "") -> Token:
        """Return an access token for a user name and password (contract 2.1.1).

        :raises AuthenticationError: they, or ``otp``, were refused.
        :raises OneTimePasswordError: the account asks for ``otp``, and there is none.
        """
        self.transport.secrets.add(password)
        try:
            token = self._ask_token("/auth", {"id": username, "password": password})
        except OneTimePasswordError as error:
            if not otp or not error.login_token:
                raise error.reworded("the account asks for a one-time password (two-factor sign-in).") from None
            token = self.second_step(otp, error.login_token)
        except _REFUSALS as error:
            said = f"{source or 'user name and password'}: the service refused them ({error})"
            if isinstance(error, NotFoundError):
                said += f"; there may be no API at the endpoint {self.transport.endpoint}"
            raise error.reworded(f"{said}.", AuthenticationError) from None
        self._warn(_PASSWORD_WARNING)
        return token

    def second_step(self, otp: str, login_token: str) -> Token:
        """Return an access token for a one-time password and the login token of the first step (contract 2.1.2).

        :raises AuthenticationError: the one-time password was refused.
        """
        for secret in (otp, login_token):
            self.transport.secrets.add(secret)
        try:
            return self._ask_token("/auth", {"login_token": login_token}, {"X-Electricimp-OTP-Token": otp})
        except (*_REFUSALS, OneTimePasswordError) as error:
            raise error.reworded(
                f"the one-time password was refused ({error}): each is good once and for a short time, give a fresh one.",
                AuthenticationError,
            ) from None

    def _ask_token(
        self, path: str, body: Mapping[str, str], headers: Mapping[str, str] | None = None, once: bool = True
    ) -> Token:
        answer = self._send(
            "POST",
            path,
            once=once,
            body=body,
            headers=headers,
            content_type="application/json",
            shape=("access_token", str),
        )
        token = Token.of(answer.document)
        self.transport.secrets.add(token.text)
        # The answer of a password sign-in alone holds one; it renews without another sign-in.
        self.refresh_token = answer.document.get("refresh_token") or self.refresh_token
        self.transport.secrets.add(self.refresh_token)
        return token

    def _authorized(self, send: Callable[[Token], Any], renew: bool = True) -> Any:
        token = self._current()
        try:
            return send(token)
        except AuthenticationError as error:
            if not renew:
                raise
            if self._credential().kind == ACCESS_TOKEN:
                raise error.reworded(
                    f"the {self._credential().source} was refused ({error}): it is wrong, expired, or bound to another "
                    "address, and it cannot be renewed."
                ) from None
        token = self._current(refused=token)
        try:
            return send(token)
        except AuthenticationError as error:
            raise error.reworded(f"the service refused an access token that it has just given ({error}).") from None

    def _current(self, refused: Token | None = None, force: bool = False) -> Token:
        """Return a token that can be used, other than ``refused``; one thread signs in while the others wait."""
        with self._lock:
            token = self._token
            if force or token is None or not token.fresh or token == refused:
                token = self._token = self._obtain(refused, force)
            return token

    def _obtain(self, refused: Token | None, force: bool) -> Token:
        credential = self._credential()
        if credential.kind == ACCESS_TOKEN:
            return Token(credential.secret)
        if self._store is None:
            return self._sign_in(credential)
        with self._store.locked(credential.fingerprint(self.transport.endpoint)) as slot:
            kept = Token.kept(slot.get())
            if kept and kept.fresh and not force and not (refused and kept.text == refused.text):
                self.transport.secrets.add(kept.text)
                return kept
            token = self._sign_in(credential)
            slot.put(token.as_dict())
            return token

    def _sign_in(self, credential: Credential) -> Token:
        if credential.kind != PASSWORD:
            return self.exchange(credential.kind, credential.secret, credential.source)
        if self.refresh_token:
            try:
                return self.exchange(REFRESH_TOKEN, self.refresh_token)
            except AuthenticationError:
                self.refresh_token = None
        return self.password_sign_in(credential.username, credential.secret, credential.otp, credential.source)

    def _credential(self) -> Credential:
        if self.credential is None:
            raise InvalidDataError(NO_CREDENTIAL)
        return self.credential

    def _send(self, method: str, path: str, once: bool | None = None, **options: Any) -> Answer:
        attempt, waited = 0, 0.0
        while True:
            attempt += 1
            self._pace.wait_turn()
            try:
                with self._slots:
                    answer = self.transport.request(method, path, **options)
            except ImpCentralApiError as error:
                wait = self._backoff.wait(method, error, attempt, waited, once)
                if wait is None:
                    raise
                if isinstance(error, RateLimitError):
                    self._pace.hold(wait)
                time.sleep(wait)
                waited += wait
            else:
                self._pace.observe(answer.headers)
                return answer
