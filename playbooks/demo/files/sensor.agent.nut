// Copyright (c) 2026 Electric Imp Collection Contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs in the cloud: keeps the last temperature and shows it to whoever asks for the agent's URL.
last <- null;

device.on("temperature", function(celsius) {
    last = { "celsius": celsius, "at": time() };
});

http.onrequest(function(request, response) {
    if (last == null) {
        response.send(503, "no reading yet");
        return;
    }
    response.header("Content-Type", "application/json");
    response.send(200, http.jsonencode(last));
});

server.log("agent: started");
