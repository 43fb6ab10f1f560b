// SPDX-License-Identifier: GPL-3.0-or-later
// A stand-in for Flamenco's manager: node flamenco.js JOB_TYPE_FILE SETTINGS_AS_JSON prints the job type and the tasks.

const fs = require("fs");
const vm = require("vm");

function frameChunker(frames, size) {
    const numbers = new Set();
    for (const part of frames.replaceAll("..", "-").split(",")) {
        const [first, last] = part.split("-").map(Number);
        for (let frame = first; frame <= (last ?? first); frame++) numbers.add(frame);
    }
    const sorted = [...numbers].sort((a, b) => a - b);
    const chunks = [];
    for (let at = 0; at < sorted.length; at += size) chunks.push(merged(sorted.slice(at, at + size)));
    return chunks;
}

function merged(frames) {
    const runs = [];
    for (const frame of frames) {
        const run = runs.at(-1);
        if (run && run.at(-1) === frame - 1) run.push(frame);
        else runs.push([frame]);
    }
    return runs.flatMap((run) => run.length < 3 ? run : [`${run[0]}-${run.at(-1)}`]).join(",");
}

class Task {
    constructor(name, type) {
        Object.assign(this, { name, type, commands: [], dependencies: [] });
    }
    addCommand(command) { this.commands.push(command); }
    addDependency(task) { this.dependencies.push(task.name); }
}

const tasks = [];
const world = {
    author: { Task: (...words) => new Task(...words), Command: (name, parameters) => ({ name, parameters }) },
    path: require("path").posix,
    frameChunker,
    shellSplit: (words) => words.split(" ").filter(Boolean),
    print: () => {},
};
world.path.stem = (name) => world.path.parse(name).name;

vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8") + `
this.jobType = JOB_TYPE;
this.compile = compileJob;`, world);

const settings = {};
for (const setting of world.jobType.settings) settings[setting.key] = setting.default;
Object.assign(settings, JSON.parse(process.argv[3]));
// As the manager does it: what is added to a task afterwards is lost.
world.compile({ settings, addTask: (task) => tasks.push(JSON.parse(JSON.stringify(task))) });
console.log(JSON.stringify({ type: world.jobType, tasks }));
