# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of ``connection`` for plugins of the controller: each says which variable it is read from."""

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
      - Without it, the endpoint of O(auth_file) is used when its credential is, else V(https://api.electricimp.com/v5).
    type: str
    env:
      - name: IMPCENTRAL_ENDPOINT
  access_token:
    description:
      - An access token. It cannot be renewed, and it is bound to the address that signed in.
    type: str
    env:
      - name: IMPCENTRAL_ACCESS_TOKEN
  login_key:
    description:
      - A login key, the credential made for automation.
    type: str
    env:
      - name: IMPCENTRAL_LOGIN_KEY
  refresh_token:
    description:
      - A refresh token of an earlier sign-in with a password.
    type: str
    env:
      - name: IMPCENTRAL_REFRESH_TOKEN
  username:
    description:
      - User name or e-mail address of the account. Needs O(password).
    type: str
    env:
      - name: IMPCENTRAL_USERNAME
  password:
    description:
      - Password of the account. Every sign-in with it leaves one of the account's five refresh tokens behind.
    type: str
    env:
      - name: IMPCENTRAL_PASSWORD
  otp:
    description:
      - One-time password, for an account that asks for a second factor.
    type: str
    env:
      - name: IMPCENTRAL_OTP
  auth_file:
    description:
      - Path of a credential file of the official command line tool (C(.impt.auth)). It is read, never written.
      - Without it no file is read.
    type: path
    env:
      - name: IMPCENTRAL_AUTH_FILE
  validate_certs:
    description:
      - Whether the service's certificate is checked.
    type: str
    env:
      - name: IMPCENTRAL_VALIDATE_CERTS
    default: "true"
  ca_path:
    description:
      - File with certificates of the authorities to trust, in PEM format.
    type: path
    env:
      - name: IMPCENTRAL_CA_PATH
  allow_http:
    description:
      - Whether plain HTTP is allowed to another host than this one. To this one it always is.
    type: str
    env:
      - name: IMPCENTRAL_ALLOW_HTTP
    default: "false"
  timeout:
    description:
      - Seconds to wait for an answer, for each request.
    type: str
    env:
      - name: IMPCENTRAL_TIMEOUT
    default: "30"
  retries:
    description:
      - How often a request is repeated after a fault that may pass.
    type: str
    env:
      - name: IMPCENTRAL_RETRIES
    default: "5"
  max_wait:
    description:
      - Seconds to wait in all, before repeating a request.
    type: str
    env:
      - name: IMPCENTRAL_MAX_WAIT
    default: "60"
  read_only:
    description:
      - Refuse every request that writes, except signing in. For audits and rehearsals.
    type: str
    env:
      - name: IMPCENTRAL_READ_ONLY
    default: "false"
"""
