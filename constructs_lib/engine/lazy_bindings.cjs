"use strict";
// Loaded into jsii's Node process by lazy_bindings.py. Each rule below finds a file, and in it what is loaded too early:
// the root of the AWS bindings requires 1,600 files by lines `exports.name = require("./name");`, which become getters
// that require their file when asked; cdktf requires a library that packs archives, for an asset that is a folder; and it
// notes where in Node each token was made, which helps nobody who wrote Python.
const fs = require("node:fs");
const Module = require("node:module");

// What Node has compiled once, it keeps; Node 20 cannot.
Module.enableCompileCache?.();

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
  [
    /[\\/]cdktf[\\/](?:.*[\\/])?lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/,
    /Error\.stackTraceLimit = Number\.MAX_SAFE_INTEGER;/,
    "Error.stackTraceLimit = 0;",
  ],
];

const compile = Module.prototype._compile;
Module.prototype._compile = function (source, filename, ...rest) {
  const rule = RULES.find(([file]) => file.test(filename));
  // jsii links its packages into a folder that is new each time; the compiled code is kept by the file's own path.
  const own = fs.existsSync(filename) ? fs.realpathSync(filename) : filename;
  return compile.call(this, rule ? source.replace(rule[1], rule[2]) : source, own, ...rest);
};
