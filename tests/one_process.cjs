"use strict";
// What jsii starts Node with, for tests: one process instead of two. jsii's own start has a second process that runs
// the program, and copies each of the hundred thousand messages between it and Python, which takes a third of Node's
// CPU. The program reads and writes them at descriptor 3; here they are at standard input and output.
const fs = require("node:fs");

const { readSync, writeSync } = fs;
fs.readSync = (descriptor, ...rest) => readSync(descriptor === 3 ? 0 : descriptor, ...rest);
fs.writeSync = (descriptor, ...rest) => writeSync(descriptor === 3 ? 1 : descriptor, ...rest);
// What the engine prints must not get between the messages.
process.stdout.write = process.stderr.write.bind(process.stderr);
require(process.env.JSII_PROGRAM);
