"use strict";

const http = require("node:http");
const campaigns = require("./campaigns.js");
const pledges = require("./pledges.js");
const { pool } = require("./database.js");
const { Refused } = require("./refused.js");

const LARGEST = 2n ** 63n - 1n;
const MOST_BYTES = 64 * 1024;

const routes = [
  ["GET", /^\/ready$/, async () => [200, (await pool.query("SELECT 1")) && { ready: true }]],
  ["GET", /^\/v1\/campaigns\/([^/]+)$/, async ([id]) => [200, await campaigns.show(whole(id))]],
  ["GET", /^\/v1\/campaigns\/([^/]+)\/pledges$/, async ([id], query) => [200, await list(id, query)]],
  ["POST", /^\/v1\/campaigns\/([^/]+)\/pledges$/, async ([id], _, body) => pledges.add(whole(id), newPledge(body))],
  ["GET", /^\/v1\/pledges\/([^/]+)$/, async ([id]) => [200, await pledges.show(whole(id))]],
  ["POST", /^\/v1\/pledges\/([^/]+)\/withdraw$/, async ([id]) => [200, await pledges.withdraw(whole(id))]],
];

function list(id, query) {
  const limit = query.has("limit") ? whole(query.get("limit"), 100n) : 20n;
  const before = query.has("before") ? whole(query.get("before")) : null;
  return campaigns.page(whole(id), Number(limit), before);
}

function whole(text, most = LARGEST) {
  if (!/^\d{1,19}$/.test(text)) throw invalid();
  const number = BigInt(text);
  if (number < 1n || number > most) throw invalid();
  return number;
}

function newPledge(text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalid();
  }
  const { supporter_id, amount_minor, key } = body ?? {};
  const good =
    Number.isInteger(supporter_id) && supporter_id >= 1 && Number.isInteger(amount_minor) && amount_minor >= 1 &&
    amount_minor <= 10_000_000 && typeof key === "string" && /^[A-Za-z0-9_-]{8,64}$/.test(key);
  if (!good) throw invalid();
  // No account has an id that a double cannot hold; whoever sends one gets `unknown_supporter`.
  return { supporter_id: Number.isSafeInteger(supporter_id) ? supporter_id : Number.MAX_SAFE_INTEGER, amount_minor, key };
}

const invalid = () => new Refused(422, "invalid_request");

async function read(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw invalid();
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

async function answer(request) {
  const url = new URL(request.url, "http://localhost");
  for (const [method, pattern, act] of routes) {
    const found = request.method === method && pattern.exec(url.pathname);
    if (found) return act(found.slice(1), url.searchParams, await read(request));
  }
  throw new Refused(404, "not_found");
}

const server = http.createServer(async (request, response) => {
  let status, body;
  try {
    [status, body] = await answer(request);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    [status, body] = error instanceof Refused ? [error.status, { error: error.message }] : [500, { error: "internal" }];
  }
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
});

server.listen(Number(process.env.PORT), "127.0.0.1");
