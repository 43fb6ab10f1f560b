// SPDX-License-Identifier: GPL-3.0-or-later
// Flamenco job type: render an animation, repaint its frames with Maniera, join them into a movie.
//
// Frames are repainted in chunks at the same time: every frame depends on the shot's frozen state and on the warm-up
// frames before it alone, so that no chunk waits for another one. The state is measured once, by the task before them.

const JOB_TYPE = {
    label: "Maniera Sequence",
    description: "Render an animation, repaint its frames in a manner, and join them into a movie",
    settings: [
        {
            key: "frames", type: "string", required: true,
            eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
            evalInfo: { showLinkButton: true, description: "Scene frame range" },
            description: "Frames to repaint, such as '1-120' or '3, 5-10'",
        },
        {
            key: "chunk_size", type: "int32", default: 24, propargs: { min: 1 }, visible: "submission",
            description: "Frames that one task repaints; each task repaints its warm-up frames, too",
        },
        {
            key: "render_first", label: "Render First", type: "bool", default: true, visible: "submission",
            description: "Render the frames before they are repainted; off where they are rendered already",
        },
        {
            key: "render_chunk_size", type: "int32", default: 1, propargs: { min: 1 }, visible: "submission",
            description: "Frames that one task renders",
        },
        {
            key: "make_movie", label: "Make Movie", type: "bool", default: true, visible: "submission",
            description: "Join the repainted frames into a movie beside them; they must be PNG files",
        },
        {
            key: "bundle", type: "string", subtype: "dir_path", required: true, visible: "submission",
            eval: "C.scene.maniera.shot.bundle",
            evalInfo: { showLinkButton: true, description: "The folder of the last export" },
            description: "Folder that Export Farm Job has written, where all workers can read it",
        },

        // What Maniera's panel says.
        {
            key: "style", type: "string", required: true, visible: "web",
            eval: "str(next(Path(C.scene.maniera.shot.bundle).glob('style.*'), ''))",
            description: "Style file or picture in the bundle",
        },
        {
            key: "rendered_frames", type: "string", required: true, visible: "web",
            eval: "C.scene.maniera.shot.named.rendered", description: "Rendered frames, # for the digits of their numbers",
        },
        {
            key: "repainted_frames", type: "string", required: true, visible: "web",
            eval: "C.scene.maniera.shot.named.painted", description: "Repainted frames",
        },
        {
            key: "vectors", type: "string", visible: "web",
            eval: "C.scene.maniera.shot.named.vectors", description: "Frames that hold the passes, where others do",
        },
        {
            key: "flags", type: "string", visible: "web",
            eval: "C.scene.maniera.flags", description: "How frames are repainted, as flags of the command line",
        },

        // Evaluated by Flamenco.
        { key: "blendfile", type: "string", required: true, visible: "web", description: "File to render" },
        { key: "fps", type: "float", eval: "C.scene.render.fps / C.scene.render.fps_base", visible: "hidden" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const renders = settings.render_first ? renderTasks(settings) : [];
    const start = repaintTask("measure-shot", settings, firstFrame(settings.frames));
    renders.forEach((render) => start.addDependency(render));

    const repaints = frameChunker(settings.frames, settings.chunk_size)
        .map((chunk) => repaintTask(`repaint-${chunk}`, settings, chunk));
    repaints.forEach((repaint) => repaint.addDependency(start));

    const verification = repaintTask("verify", settings, settings.frames, ["--verify"]);
    repaints.forEach((repaint) => verification.addDependency(repaint));

    const movies = settings.make_movie ? [movieTask(settings)] : [];
    movies.forEach((movie) => movie.addDependency(verification));

    [...renders, start, ...repaints, verification, ...movies].forEach((task) => job.addTask(task));
}

function renderTasks(settings) {
    const output = withoutSuffix(settings.rendered_frames);
    return frameChunker(settings.frames, settings.render_chunk_size).map((chunk) => {
        const task = author.Task(`render-${chunk}`, "blender");
        task.addCommand(author.Command("blender-render", {
            exe: "{blender}",
            exeArgs: "{blenderArgs}",
            argsBefore: [],
            blendfile: settings.blendfile,
            args: ["--render-output", output, "--render-frame", chunk.replaceAll("-", "..")],
        }));
        return task;
    });
}

// Finished frames are verified and skipped, so that a task that failed goes on where it stopped.
function repaintTask(name, settings, frames, more = []) {
    const task = author.Task(name, "blender");
    const vectors = settings.vectors ? ["--vectors", settings.vectors] : [];
    task.addCommand(author.Command("exec", {
        exe: "{blender}",
        args: [
            "--command", "maniera", "sequence",
            "--input", settings.rendered_frames,
            "--output", settings.repainted_frames,
            "--frames", frames,
            "--shot", settings.frames,
            "--style", settings.style,
            "--view", path.join(settings.bundle, "view.json"),
            "--manifest", path.join(settings.bundle, "manifest.json"),
            ...vectors,
            "--skip-existing",
            ...shellSplit(settings.flags || ""),
            ...more,
        ],
    }));
    return task;
}

function movieTask(settings) {
    const suffix = settings.repainted_frames.slice(withoutSuffix(settings.repainted_frames).length);
    if (suffix !== ".png") {
        throw `A movie is made of PNG files, but the repainted frames are "${suffix}": turn Make Movie off.`;
    }
    const folder = path.dirname(settings.repainted_frames);
    const task = author.Task("movie", "ffmpeg");
    task.addCommand(author.Command("frames-to-video", {
        exe: "ffmpeg",
        fps: settings.fps,
        inputGlob: path.join(folder, path.basename(settings.repainted_frames).replace(/#+/, "*")),
        outputFile: path.join(folder, `${path.stem(settings.blendfile)}.mp4`),
        args: [
            "-c:v", "h264", "-crf", "18",
            "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", // the encoder takes even sides only
            "-pix_fmt", "yuv420p", "-r", settings.fps, "-y",
        ],
    }));
    return task;
}

function firstFrame(frames) {
    return frameChunker(frames, 1)[0];
}

function withoutSuffix(name) {
    return name.slice(0, name.lastIndexOf("."));
}
