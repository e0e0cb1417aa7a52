"use strict";
// Loaded into jsii's Node process by lazy_bindings.py: the root of the AWS bindings requires 1,600 files at once, each
// by a line `exports.name = require("./name");`. Here such a line becomes a getter that requires its file when asked.
const Module = require("node:module");

const ROOT = /[\\/]provider-aws[\\/](?:.*[\\/])?lib[\\/]index\.js$/;
const EAGER_EXPORT = /^exports\.(\w+) = require\((["'][^"']+["'])\);$/gm;
const LAZY_EXPORT = 'Object.defineProperty(exports, "$1", { enumerable: true, get: () => require($2) });';

const compile = Module.prototype._compile;
Module.prototype._compile = function (source, filename, ...rest) {
  const changed = ROOT.test(filename) ? source.replace(EAGER_EXPORT, LAZY_EXPORT) : source;
  return compile.call(this, changed, filename, ...rest);
};
