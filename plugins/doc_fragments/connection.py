# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that say where the service is and who signs in."""

    DOCUMENTATION = r"""
notes:
  - "Each of these options can be set in the environment as well, by a variable that begins with E(IMPCENTRAL_): see
    the table in the documentation of this collection. An empty variable counts as unset."
  - "Credentials are taken from the first source that holds a complete one: the task's options, else the environment,
    else O(auth_file). Sources are never mixed. Within one source an access token comes first, then a login key, a
    refresh token, and at last user name and password."
  - "In one run the tasks that are carried out on the controller share one sign-in."
requirements:
  - requests
options:
  endpoint:
    description:
      - Base URL of the API, up to and including the version, for a private impCloud or an emulator.
      - If not set, the environment variable E(IMPCENTRAL_ENDPOINT) is used.
      - Without it, the endpoint of O(auth_file) is used when its credential is, else V(https://api.electricimp.com/v5).
    type: str
  access_token:
    description:
      - An access token. It cannot be renewed, and it is bound to the address that signed in.
      - If not set, the environment variable E(IMPCENTRAL_ACCESS_TOKEN) is used.
    type: str
  login_key:
    description:
      - A login key, the credential made for automation.
      - If not set, the environment variable E(IMPCENTRAL_LOGIN_KEY) is used.
    type: str
  refresh_token:
    description:
      - A refresh token of an earlier sign-in with a password.
      - If not set, the environment variable E(IMPCENTRAL_REFRESH_TOKEN) is used.
    type: str
  username:
    description:
      - User name or e-mail address of the account. Needs O(password).
      - If not set, the environment variable E(IMPCENTRAL_USERNAME) is used.
    type: str
  password:
    description:
      - Password of the account. Every sign-in with it leaves one of the account's five refresh tokens behind.
      - If not set, the environment variable E(IMPCENTRAL_PASSWORD) is used.
    type: str
  otp:
    description:
      - One-time password, for an account that asks for a second factor.
      - If not set, the environment variable E(IMPCENTRAL_OTP) is used.
    type: str
  auth_file:
    description:
      - Path of a credential file of the official command line tool (C(.impt.auth)). It is read, never written.
      - If not set, the environment variable E(IMPCENTRAL_AUTH_FILE) is used. Without either no file is read.
    type: path
  validate_certs:
    description:
      - Whether the service's certificate is checked.
      - If not set, the environment variable E(IMPCENTRAL_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with certificates of the authorities to trust, in PEM format.
      - If not set, the environment variable E(IMPCENTRAL_CA_PATH) is used.
    type: path
  allow_http:
    description:
      - Whether plain HTTP is allowed to another host than this one. To this one it always is.
      - If not set, the environment variable E(IMPCENTRAL_ALLOW_HTTP) is used.
    type: bool
    default: false
  timeout:
    description:
      - Seconds to wait for an answer, for each request.
      - If not set, the environment variable E(IMPCENTRAL_TIMEOUT) is used.
    type: float
    default: 30.0
  retries:
    description:
      - How often a request is repeated after a fault that may pass.
      - If not set, the environment variable E(IMPCENTRAL_RETRIES) is used.
    type: int
    default: 5
  max_wait:
    description:
      - Seconds to wait in all, before repeating a request.
      - If not set, the environment variable E(IMPCENTRAL_MAX_WAIT) is used.
    type: float
    default: 60.0
  read_only:
    description:
      - Refuse every request that writes, except signing in. For audits and rehearsals.
      - If not set, the environment variable E(IMPCENTRAL_READ_ONLY) is used.
    type: bool
    default: false
"""
