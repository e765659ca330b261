/**
 * What runs in an instance's container. The container has no network of its own: OpenCode listens on its loopback interface,
 * and two sockets in mounted folders join it to the worker, one for the server and one for the model.
 */

/** Where the folders with the sockets are mounted. */
export const serverSocketFolder = "/run/drover/server";
export const modelSocketFolder = "/run/drover/model";
export const serverSocket = "opencode.sock";
export const modelSocket = "model.sock";

const serverPort = 4096;
const modelPort = 4097;
/** Connections that wait to be taken; socat's own 5 are fewer than a task opens while the machine is busy. */
const backlog = 128;
const watchEverySeconds = 5;
const missesMax = 3;

/** Where OpenCode finds the model. */
export const modelUrl = `http://127.0.0.1:${modelPort}/v1`;

/**
 * The third line is for a worker that is killed and never starts again: when nobody listens on the model's socket for a
 * while, everything in the container is ended, and the engine removes it.
 */
export const serverCommand = [
  "sh",
  "-c",
  [
    `socat UNIX-LISTEN:${serverSocketFolder}/${serverSocket},fork,mode=666,backlog=${backlog} TCP:127.0.0.1:${serverPort} 2>/dev/null &`,
    `socat TCP-LISTEN:${modelPort},bind=127.0.0.1,reuseaddr,fork,backlog=${backlog} UNIX-CONNECT:${modelSocketFolder}/${modelSocket} 2>/dev/null &`,
    `(misses=0; while sleep ${watchEverySeconds}; do` +
      ` if socat -u OPEN:/dev/null UNIX-CONNECT:${modelSocketFolder}/${modelSocket} 2>/dev/null; then misses=0;` +
      ` else misses=$((misses + 1)); [ $misses -lt ${missesMax} ] || kill -9 -1; fi; done) &`,
    `exec opencode serve --hostname 127.0.0.1 --port ${serverPort}`,
  ].join("\n"),
];
