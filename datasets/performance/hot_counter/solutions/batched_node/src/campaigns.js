"use strict";

const { statement } = require("./database.js");
const { Refused } = require("./refused.js");

const LATEST = 5;
const BEYOND = 2n ** 63n - 1n;
const ENTRY = `
  SELECT p.id, p.number, s.name AS supporter, p.amount_minor, p.status, p.pledged_at
  FROM pledges AS p JOIN supporters AS s ON s.id = p.supporter_id`;

const campaign = statement("SELECT * FROM campaigns WHERE id = $1");
const latest = statement(`${ENTRY} WHERE p.campaign_id = $1 AND p.status = 'active' ORDER BY p.number DESC LIMIT $2`);
const entries = statement(`${ENTRY} WHERE p.campaign_id = $1 AND p.number < $2 ORDER BY p.number DESC LIMIT $3`);

async function find(id) {
  const [found] = await campaign(id);
  if (!found) throw new Refused(404, "not_found");
  return found;
}

async function show(id) {
  const [found, shown] = await Promise.all([find(id), latest(id, LATEST)]);
  const { title, status, goal_minor, pledges, raised_minor } = found;
  const reached = raised_minor >= goal_minor;
  return { id: found.id, title, status, goal_minor, pledges, raised_minor, reached, latest: shown };
}

async function page(id, limit, before) {
  const [found, rows] = await Promise.all([find(id), entries(id, before ?? BEYOND, limit + 1)]);
  const shown = rows.slice(0, limit);
  return { campaign_id: found.id, pledges: shown, next_before: rows.length > limit ? shown.at(-1).number : null };
}

module.exports = { show, page };
