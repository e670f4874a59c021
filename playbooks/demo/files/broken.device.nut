// Copyright (c) 2026 Electric Imp Collection Contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs on the imp: reads a thermistor and sends the temperature to the agent.
// The interval is a variable of the device group, in seconds.
const SUPPLY = 3.3;

interval <- ("interval" in __VARS) ? __VARS.interval : 300;
thermistor <- hardware.pin9;
thermistor.configure(ANALOG_IN);

function read() {
    local volts = thermistor.read() / 65535.0 * SUPPLY;
    return (volts - 0.5) * 100.0;
}

function report() {
    imp.wakeup(interval, report);
    agent.send("temperature", read());
}

server.log("sensor: started");
report();

// What a rollout is for: this line fails as soon as the device runs it.
throw "no such sensor";
