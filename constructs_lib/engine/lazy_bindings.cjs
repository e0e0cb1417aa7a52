"use strict";
// Loaded into jsii's Node process by lazy_bindings.py. The Node root of the AWS bindings requires 1,600 files in lines
// such as `exports.name = require("./name");`, in those of CDK Terrain with `__importStar(...)` around `require`. These
// lines become getters, which require their file when it is used.
const Module = require("node:module");

const ROOT = /[\\/]provider-aws[\\/](?:.*[\\/])?lib[\\/]index\.js$/;
const EXPORT = /^exports\.(\w+) = ((?:__importStar\()?require\(["'][^"']+["']\)\)?);$/gm;
const GETTER = 'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });';

const compile = Module.prototype._compile;
Module.prototype._compile = function (source, filename, ...rest) {
  return compile.call(this, ROOT.test(filename) ? source.replace(EXPORT, GETTER) : source, filename, ...rest);
};
