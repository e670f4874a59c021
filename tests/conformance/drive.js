// Copyright (c) 2026 Electric Imp Collection Contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
const Api = require("imp-central-api");
const DG = Api.DeviceGroups || require("imp-central-api/lib/DeviceGroups");
const assert = require("assert");
const [, , endpoint, email, password, unbond] = process.argv;
const api = new Api(endpoint);
const fails = async (p, n) => {
  try {
    await p;
  } catch (e) {
    if (n) assert(String(e.message).includes(n), e.message);
    return e;
  }
  throw new Error("should fail " + n);
};
(async () => {
  const l = await api.auth.login(email, password);
  await api.auth.refreshAccessToken(l.refresh_token);
  await fails(api.auth.login(email, password + "123"), "Invalid Credentials");
  const rt = await api.auth.getRefreshTokens();
  assert(rt.data.length > 0);
  await api.auth.deleteRefreshToken(rt.data[0].id);
  const me = (await api.accounts.get("me")).data;
  assert.equal((await api.accounts.get(me.id)).data.id, me.id);
  await fails(api.accounts.get("wrong-id"));
  const k = (await api.accounts.createLoginKey(password, { description: "d" })).data;
  assert.equal((await api.accounts.listLoginKeys(1, 1)).data.length, 1);
  await api.accounts.getLoginKey(k.id);
  assert.equal(
    (await api.accounts.updateLoginKey(k.id, password, { description: "e" })).data.attributes.description,
    "e",
  );
  await api.auth.getAccessToken(k.id);
  await fails(api.auth.getAccessToken("wrong"));
  await api.accounts.deleteLoginKey(k.id, password);
  await fails(api.accounts.deleteLoginKey(k.id, password));
  await api.auth.login(email, password);
  const p = (await api.products.create({ name: "P" })).data;
  await fails(api.products.create({ name: "P" }), "Duplicate Resource: Products must have unique names.");
  assert.equal(
    (
      await api.products
        .list({ [Api.Products ? Api.Products.FILTER_OWNER_ID : "owner.id"]: me.id }, 1, 1)
        .catch(() => api.products.list(null, 1, 1))
    ).data.length,
    1,
  );
  await api.products.update(p.id, { name: "Q", description: "d" });
  await fails(api.products.update(me.id, { name: "x" }));
  await fails(api.products.get(me.id));
  const g = (
    await api.deviceGroups.create(p.id, DG.TYPE_DEVELOPMENT, { name: "g", env_vars: { a: 1, b: "x", c: 2.5 } })
  ).data;
  assert.deepEqual(g.attributes.env_vars, { a: 1, b: "x", c: 2.5 });
  await fails(
    api.deviceGroups.create(p.id, DG.TYPE_DEVELOPMENT, { name: "g" }),
    "Devicegroups must have unique names.",
  );
  await api.deviceGroups.list({ [DG.FILTER_PRODUCT_ID]: p.id, [DG.FILTER_TYPE]: DG.TYPE_DEVELOPMENT });
  await api.deviceGroups.update(g.id, DG.TYPE_DEVELOPMENT, { name: "h", env_vars: {} });
  await fails(api.deviceGroups.get(p.id));
  const ids = (await api.devices.list()).data.map((d) => d.id);
  await api.deviceGroups.addDevices(g.id, ...ids);
  const infos = (await api.devices.list()).data;
  assert(infos.every((d) => d.relationships.devicegroup.id === g.id));
  await api.deviceGroups.restartDevices(g.id);
  await api.deviceGroups.conditionalRestartDevices(g.id);
  await api.deviceGroups.removeDevices(g.id, null, ...infos.map((d) => d.attributes.mac_address));
  await api.deviceGroups.addDevices(g.id, ...infos.map((d) => d.attributes.mac_address));
  await api.deviceGroups.removeDevices(g.id, null, ...infos.map((d) => d.attributes.agent_id));
  await api.deviceGroups.addDevices(g.id, ...ids);
  const D = require("imp-central-api/lib/Devices");
  assert.equal(
    (
      await api.devices.list({
        [D.FILTER_OWNER_ID]: me.id,
        [D.FILTER_PRODUCT_ID]: p.id,
        [D.FILTER_DEVICE_GROUP_ID]: g.id,
        [D.FILTER_DEVICE_GROUP_OWNER_ID]: me.id,
        [D.FILTER_DEVICE_GROUP_TYPE]: DG.TYPE_DEVELOPMENT,
      })
    ).data.length,
    ids.length,
  );
  for (const a of [ids[0], infos[0].attributes.mac_address, infos[0].attributes.agent_id]) {
    const n = (await api.devices.get(a)).data.attributes.name;
    await api.devices.update(a, { name: "t" });
    await api.devices.update(a, { name: n });
    await api.devices.restart(a);
    await api.devices.conditionalRestart(a);
    await api.devices.getLogs(a);
  }
  assert.equal((await api.devices.getLogs(ids[0], 1, 1)).data.length, 1);
  await fails(api.devices.get("wrong_id"));
  const code = { device_code: 'server.log("Hello D");', agent_code: 'server.log("Hello A");', flagged: true };
  const d1 = (await api.deployments.create(g.id, DG.TYPE_DEVELOPMENT, code)).data;
  const De = require("imp-central-api/lib/Deployments");
  assert(
    (await api.deployments.list({ [De.FILTER_PRODUCT_ID]: p.id, [De.FILTER_DEVICE_GROUP_ID]: g.id })).data.length > 0,
  );
  assert.deepEqual(
    (await api.deployments.update(d1.id, { description: "x", flagged: false, tags: ["test", "test2"] })).data.attributes
      .tags,
    ["test", "test2"],
  );
  const d2 = (await api.deployments.create(g.id, DG.TYPE_DEVELOPMENT, { device_code: "", agent_code: "" })).data;
  await api.deviceGroups.updateMinSupportedDeployment(g.id, d2.id);
  await api.deployments.delete(d1.id);
  await fails(api.deployments.delete(d1.id));
  await fails(api.deployments.delete(d2.id));
  const W = require("imp-central-api/lib/Webhooks");
  const w = (
    await api.webhooks.create(g.id, DG.TYPE_DEVELOPMENT, {
      url: "http://www.electricimp.test.com",
      event: "deployment",
      content_type: "application/json",
    })
  ).data;
  await api.webhooks.list({ "devicegroup.id": g.id }).catch(() => 0);
  await api.webhooks.update(w.id, { url: "http://x.y", content_type: "application/x-www-form-urlencoded" });
  await fails(api.webhooks.update(w.id, { url: "invalidurl" }), "Invalid URL: The provided URL is invalid.");
  await api.webhooks.delete(w.id);
  await fails(api.webhooks.delete(w.id));
  // production
  const t = {};
  for (const [k2, ty] of Object.entries({
    prod: DG.TYPE_PRODUCTION,
    dut: DG.TYPE_DUT,
    pprod: DG.TYPE_PRE_PRODUCTION,
    pdut: DG.TYPE_PRE_DUT,
  }))
    t[k2] = (await api.deviceGroups.create(p.id, ty, { name: k2 })).data;
  t.ff = (
    await api.deviceGroups.create(
      p.id,
      DG.TYPE_FACTORY_FIXTURE,
      { name: "ff" },
      { type: DG.TYPE_PRODUCTION, id: t.prod.id },
      { type: DG.TYPE_DUT, id: t.dut.id },
    )
  ).data;
  assert.equal(t.ff.relationships.dut_target.id, t.dut.id);
  t.pff = (
    await api.deviceGroups.create(
      p.id,
      DG.TYPE_PRE_FACTORY_FIXTURE,
      { name: "pff" },
      { type: DG.TYPE_PRE_PRODUCTION, id: t.pprod.id },
      { type: DG.TYPE_PRE_DUT, id: t.pdut.id },
    )
  ).data;
  assert.equal(
    (await api.deviceGroups.update(t.prod.id, DG.TYPE_PRODUCTION, { load_code_after_blessing: false })).data.attributes
      .load_code_after_blessing,
    false,
  );
  await api.deviceGroups.update(
    t.ff.id,
    DG.TYPE_FACTORY_FIXTURE,
    { name: "f2" },
    { type: DG.TYPE_PRODUCTION, id: t.prod.id },
    { type: DG.TYPE_DUT, id: t.dut.id },
  );
  for (const n of ["ff", "prod", "pff", "pprod", "dut", "pdut"]) await api.deviceGroups.delete(t[n].id);
  // streams
  const seen = [];
  const s = await api.logStreams.create(
    (m) => seen.push(m),
    (st) => seen.push(st),
    (e) => seen.push("E" + JSON.stringify(e)),
    "text",
  );
  const s2 = await api.logStreams.create(
    (m) => seen.push(m),
    (st) => seen.push(st),
    (e) => seen.push("E"),
    "json",
  );
  await api.logStreams.addDevice(s.data.id, ids[0]);
  await api.logStreams.addDevice(s2.data.id, infos[0].attributes.mac_address);
  await api.deployments
    .create(g.id, DG.TYPE_DEVELOPMENT, code)
    .then((d) => api.deployments.update(d.data.id, { flagged: false }));
  await api.devices.restart(ids[0]);
  await new Promise((r) => setTimeout(r, 3500));
  await api.logStreams.removeDevice(s.data.id, ids[0]);
  await new Promise((r) => setTimeout(r, 200));
  await api.logStreams.close(s.data.id);
  await api.logStreams.close(s2.data.id);
  console.log(seen.join("\n"));
  await api.deviceGroups.removeDevices(g.id, null, ...ids);
  await api.deviceGroups.delete(g.id);
  await fails(api.deviceGroups.delete(g.id));
  await api.products.delete(p.id);
  await fails(api.products.delete(p.id));
  await api.devices.delete(ids[0]);
  console.log("all calls answered as expected");
})().catch((e) => {
  console.error("FAILED", e);
  process.exit(1);
});
