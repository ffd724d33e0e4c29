"use strict";

const { statement } = require("./database.js");

const MOST = 50;

// One lock of the campaign's row, one commit, however many pledges are waiting.
const store = statement(`
  WITH given AS (
    SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[])
      WITH ORDINALITY AS g (supporter_id, amount_minor, key, reference, place)
  ), counted AS (
    UPDATE campaigns
    SET last_number = last_number + (SELECT count(*) FROM given), pledges = pledges + (SELECT count(*) FROM given),
        raised_minor = raised_minor + (SELECT sum(amount_minor) FROM given)
    WHERE id = $1
    RETURNING last_number - (SELECT count(*) FROM given) AS before
  )
  INSERT INTO pledges (campaign_id, number, supporter_id, amount_minor, key, reference)
  SELECT $1, counted.before + place, supporter_id, amount_minor, key, reference FROM given, counted ORDER BY place
  RETURNING *`);

/** Campaign → pledges that wait to be stored, while some are being stored. */
const waiting = new Map();

/** Resolves to the stored row, null when the key is taken. */
function add(campaignId, pledge) {
  return new Promise((resolve, reject) => {
    const queue = waiting.get(campaignId);
    const one = { ...pledge, resolve, reject };
    if (queue) {
      queue.push(one);
    } else {
      waiting.set(campaignId, [one]);
      drain(campaignId);
    }
  });
}

async function drain(campaignId) {
  for (;;) {
    const batch = take(waiting.get(campaignId));
    if (batch.length === 0) break;
    await write(campaignId, batch);
  }
  waiting.delete(campaignId);
}

/** The next pledges, no key twice. */
function take(queue) {
  const keys = new Set();
  const batch = [];
  while (queue.length > 0 && batch.length < MOST && !keys.has(queue[0].key)) {
    keys.add(queue[0].key);
    batch.push(queue.shift());
  }
  return batch;
}

async function write(campaignId, batch) {
  const column = (name) => batch.map((one) => one[name]);
  try {
    const rows = await store(campaignId, ...["supporter_id", "amount_minor", "key", "reference"].map(column));
    const byKey = new Map(rows.map((row) => [row.key, row]));
    for (const one of batch) one.resolve(byKey.get(one.key));
  } catch (error) {
    const taken = error.code === "23505";
    if (taken && batch.length > 1) {
      for (const one of batch) await write(campaignId, [one]);
    } else {
      for (const one of batch) taken ? one.resolve(null) : one.reject(error);
    }
  }
}

module.exports = { add };
