"use strict";

const batches = require("./batches.js");
const partner = require("./partner.js");
const { statement } = require("./database.js");
const { Refused } = require("./refused.js");

const pledge = statement(
  "SELECT p.*, s.name FROM pledges AS p JOIN supporters AS s ON s.id = p.supporter_id WHERE p.id = $1",
);
const beforeCharging = statement(`
  SELECT c.status AS campaign_status, p.id AS known, p.supporter_id, p.amount_minor, s.name
  FROM campaigns AS c
  LEFT JOIN pledges AS p ON p.campaign_id = c.id AND p.key = $2
  LEFT JOIN supporters AS s ON s.id = $3
  WHERE c.id = $1`);
const withdrawn = statement(`
  WITH taken AS (
    UPDATE pledges SET status = 'withdrawn', refund_reference = $2 WHERE id = $1 AND status = 'active' RETURNING *
  ), counted AS (
    UPDATE campaigns AS c SET pledges = c.pledges - 1, raised_minor = c.raised_minor - taken.amount_minor
    FROM taken WHERE c.id = taken.campaign_id
  )
  SELECT taken.*, s.name FROM taken JOIN supporters AS s ON s.id = taken.supporter_id`);

async function show(id) {
  const [found] = await pledge(id);
  if (!found) throw new Refused(404, "not_found");
  return shown(found);
}

/** Resolves to [status, pledge]: 200 when the key is known, 201 when it is not. */
async function add(campaignId, asked) {
  const { known, name } = await look(campaignId, asked);
  if (known) return [200, known];
  const reference = await partner.charge(`${campaignId}/${asked.key}`, asked.amount_minor);
  if (reference === null) throw new Refused(402, "declined");
  const stored = await batches.add(String(campaignId), { ...asked, reference });
  return stored ? [201, shown({ ...stored, name })] : [200, (await look(campaignId, asked)).known];
}

async function look(campaignId, asked) {
  const [found] = await beforeCharging(campaignId, asked.key, asked.supporter_id);
  if (!found) throw new Refused(404, "not_found");
  if (found.known !== null) {
    const same = found.supporter_id === asked.supporter_id && found.amount_minor === asked.amount_minor;
    if (!same) throw new Refused(409, "key_reused");
    return { known: await show(found.known) };
  }
  if (found.campaign_status !== "open") throw new Refused(409, "closed");
  if (found.name === null) throw new Refused(422, "unknown_supporter");
  return { known: null, name: found.name };
}

async function withdraw(id) {
  const { status, reference } = await show(id);
  if (status !== "active") throw new Refused(409, "withdrawn");
  const [taken] = await withdrawn(id, reference === null ? null : await partner.refund(reference));
  if (!taken) throw new Refused(409, "withdrawn");
  return shown(taken);
}

function shown(row) {
  return {
    id: row.id,
    campaign_id: row.campaign_id,
    number: row.number,
    supporter: { id: row.supporter_id, name: row.name },
    amount_minor: row.amount_minor,
    status: row.status,
    reference: row.reference,
    refund_reference: row.refund_reference,
    pledged_at: row.pledged_at,
  };
}

module.exports = { show, add, withdraw };
