"use strict";

const http = require("node:http");
const { Refused } = require("./refused.js");

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

function post(path, body) {
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, process.env.PARTNER_URL), { method: "POST", agent, headers });
    request.setTimeout(30_000, () => request.destroy(new Error("the partner did not answer")));
    request.on("error", reject);
    request.on("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
    });
    request.end(text);
  });
}

async function ask(path, body) {
  const answer = await post(path, body);
  if (answer.status === 409) throw new Refused(409, "key_reused");
  if (answer.status !== 200) throw new Error(`the partner answered ${answer.status}`);
  return JSON.parse(answer.body).reference;
}

module.exports = {
  charge: (key, amount_minor) => ask("/charges", { key, amount_minor }),
  refund: (reference) => ask("/refunds", { reference }),
};
