// Copyright (c) 2026 Electric Imp Collection Contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Lends the npm client to another process. Standard input: a call in each line, {"object", "method", "args"};
// standard output: its answer in a line, {"result"} or {"error": {"name", "message", "status", "body"}}.
// The argument is the endpoint. The object "driver" holds what the client itself cannot tell.

"use strict";

const readline = require("readline");
const ImpCentralApi = require("imp-central-api");

const OVERDUE = 20000; // milliseconds

const api = new ImpCentralApi(process.argv[2]);
const objects = ["auth", "accounts", "products", "deviceGroups", "devices", "deployments", "webhooks", "logStreams"];
const streams = new Map(); // id -> what arrived, in order, as [kind, text]

const driver = {
  // All public methods and setters of the client, as "object.method".
  offered: () => objects.flatMap((name) => ownMembers(api[name]).map((member) => `${name}.${member}`)),

  // What a log stream brought until now.
  received: (id) => streams.get(id),
};

function ownMembers(object) {
  const members = Object.getOwnPropertyNames(Object.getPrototypeOf(object));
  return members.filter((name) => name !== "constructor" && !name.startsWith("_"));
}

async function openStream(format) {
  const arrived = [];
  const keep = (kind) => (text) => arrived.push([kind, String(text)]);
  const created = await api.logStreams.create(keep("message"), keep("state"), keep("error"), format);
  streams.set(created.data.id, arrived);
  return created;
}

async function call({ object, method, args }) {
  if (object === "driver") return driver[method](...args);
  if (object === "logStreams" && method === "create") return openStream(...args);
  const target = api[object];
  const { value, set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(target), method);
  return (value || set).apply(target, args);
}

// The client itself waits for ever.
function overdue() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer in time")), OVERDUE).unref());
}

async function answer(request) {
  try {
    return { result: (await Promise.race([call(request), overdue()])) ?? null };
  } catch (error) {
    const { message, statusCode = null, body = null } = error;
    return { error: { name: error.constructor.name, message, status: statusCode, body } };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
  }
  process.exit(0); // open streams would keep it alive
}

main();
