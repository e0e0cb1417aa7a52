"use strict";
// Loaded into jsii's Node process by lazy_bindings.py. Each rule finds a file, and in it what is loaded too early:
// the root of the AWS bindings requires 1,600 files by lines `exports.name = require("./name");`, which become getters
// that require their file when asked; cdktf requires a library that packs archives, for an asset that is a folder.
const Module = require("node:module");

const RULES = [
  [
    /[\\/]provider-aws[\\/](?:.*[\\/])?lib[\\/]index\.js$/,
    /^exports\.(\w+) = require\((["'][^"']+["'])\);$/gm,
    'Object.defineProperty(exports, "$1", { enumerable: true, get: () => require($2) });',
  ],
  [
    /[\\/]cdktf[\\/](?:.*[\\/])?lib[\\/]private[\\/]fs\.js$/,
    /^const archiver = require\("archiver"\);$/m,
    'const archiver = (...given) => require("archiver")(...given);',
  ],
];

const compile = Module.prototype._compile;
Module.prototype._compile = function (source, filename, ...rest) {
  const rule = RULES.find(([file]) => file.test(filename));
  return compile.call(this, rule ? source.replace(rule[1], rule[2]) : source, filename, ...rest);
};
