"use strict";

const pg = require("pg");

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// Microseconds and the zone stay: 2024-01-01 00:02:00.5+00 becomes 2024-01-01T00:02:00.5+00:00.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => `${text.replace(" ", "T")}:00`);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8, idleTimeoutMillis: 0 });
pool.on("error", (error) => console.error("an idle connection ended:", error.message));

let named = 0;

/** A prepared statement as a function of its values that resolves to rows. */
function statement(text) {
  const name = `s${++named}`;
  return async (...values) => (await pool.query({ name, text, values })).rows;
}

module.exports = { pool, statement };
