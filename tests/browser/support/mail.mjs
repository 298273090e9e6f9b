// A mail server that takes whatever comes, and shows it: as much of SMTP as the server speaks to it.
import { createServer } from "node:net";
import { until } from "./wait.mjs";

/** @returns {Promise<{ port: number, letters: string[], close: () => void, letter: (to: string) => Promise<string> }>} */
export async function startMail() {
  /** @type {string[]} */
  const letters = [];
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket);
    socket.unref();
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8");
    let rest = "";
    let letter = null;
    const say = (line) => socket.write(`${line}\r\n`);
    say("220 mail of the test");
    socket.on("data", (piece) => {
      rest += piece;
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (letter !== null) {
          if (line === ".") {
            letters.push(letter.join("\n"));
            letter = null;
            say("250 taken");
          } else letter.push(line);
        } else if (/^DATA/i.test(line)) {
          letter = [];
          say("354 go on");
        } else if (/^QUIT/i.test(line)) {
          say("221 good-bye");
          socket.end();
        } else say("250 well");
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  // Nobody waits for mail that does not come.
  server.unref();
  return {
    port: /** @type {import("node:net").AddressInfo} */ (server.address()).port,
    letters,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
    /** The letter to an address, once it has come, as it was written. */
    letter: (to) => until(`a letter to ${to}`, () => letters.map(readable).find((one) => one.includes(to))),
  };
}

/** What quoted-printable or base64 stands for. */
function readable(letter) {
  const body = letter.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const encoded = /base64[^]*?\n\n([A-Za-z0-9+/=\n]+)/.exec(letter)?.[1];
  return encoded === undefined ? body : `${body}\n${Buffer.from(encoded, "base64").toString("utf8")}`;
}
