# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of plugins that are no modules, validated as a module's are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import CONNECTION_SPEC
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError


def connection_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all connection options as a module would get them: an empty variable of the environment is unset.

    :param given: what the user wrote, the environment left out: the choice of credentials must tell them apart.
    :raises InvalidDataError: an option has a value of the wrong type.
    """
    return checked(CONNECTION_SPEC, {name: value for name, value in given.items() if name in CONNECTION_SPEC})


def checked(spec: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options of an argument spec as a module would get them; null ones count as not given.

    :raises InvalidDataError: an option has a value of the wrong type, or none of its choices.
    """
    result = ArgumentSpecValidator(spec).validate({name: value for name, value in given.items() if value is not None})
    if result.error_messages:
        raise InvalidDataError("; ".join(result.error_messages))
    return dict(result.validated_parameters)
