"use strict";

class Refused extends Error {
  constructor(status, error) {
    super(error);
    this.status = status;
  }
}

module.exports = { Refused };
