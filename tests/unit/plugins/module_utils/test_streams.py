# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import LogEntry, StateChange
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError, NotFoundError
from tests.unit.plugins.module_utils.fake_service import (
    Reply,
    error_reply,
)


class TestLogStreams:
    STREAM = (
        b"event: state_change\ndata: %s\n\nevent: state_change\ndata: %s\n\n: keep-alive\n\n"
        b"event: message\ndata: %s\n\nevent: message\ndata: %s\n\n"
    )
    TEXT = (b"opened", b"d-1 subscribed", b"d-1 t1 development server.log a  b", b"odd")
    JSON = (
        b'{"state": "opened"}',
        b'{"state": "subscribed", "device_id": "d-1"}',
        b'{"device_id": "d-1", "ts": "t1", "log_type": "development", "type": "server.log", "msg": "a  b"}',
        b"odd",
    )

    @pytest.mark.parametrize(("format", "lines"), [("text", TEXT), ("json", JSON)])
    def test_entries_of_both_formats(self, service, client, format, lines):
        service.on("POST", "/logstream", Reply(200, {"data": {"id": "stream-1", "attributes": {"url": "https://x"}}}))
        service.on("GET", "/logstream/stream-1", Reply(200, self.STREAM % lines))
        service.on("PUT", "/logstream/stream-1/d-1", Reply(204))
        service.on("DELETE", "/logstream/stream-1/d-1", Reply(204))
        with client.log_streams.create(format) as stream:
            events = list(stream.events())
            stream.add_device("d-1")
            stream.remove_device("d-1")
        assert events == [
            StateChange("opened", None),
            StateChange("subscribed", "d-1"),
            LogEntry("d-1", "t1", "development", "server.log", "a  b"),
            LogEntry(None, None, None, None, "odd"),
        ]
        (opened,) = service.asked("GET", "/logstream/stream-1")
        assert opened.query == {"format": format}
        assert opened.headers["Authorization"] == "Bearer access-1"
        assert (
            len(service.asked("PUT", "/logstream/stream-1/d-1"))
            == len(service.asked("DELETE", "/logstream/stream-1/d-1"))
            == 1
        )

    def test_the_id_of_a_stream_is_not_shown(self, service, client):
        service.on("POST", "/logstream", Reply(200, {"data": {"id": "stream-1"}}))
        service.on("GET", "/logstream/stream-1", error_reply(404, "No stream-1"))
        with pytest.raises(NotFoundError) as caught:
            list(client.log_streams.create().events())
        assert "stream-1" not in f"{caught.value} {caught.value.path} {caught.value.body}"

    def test_an_unknown_format(self, client):
        with pytest.raises(InvalidDataError, match="json or text"):
            client.log_streams.create("xml")

    def test_reading_may_stop_in_the_middle(self, service, client):
        service.on("POST", "/logstream", Reply(200, {"data": {"id": "stream-1"}}))
        service.on("GET", "/logstream/stream-1", Reply(200, self.STREAM % self.TEXT))
        stream = client.log_streams.create("text")
        assert next(stream.events()) == StateChange("opened", None)
        stream.close()
        stream.close()
