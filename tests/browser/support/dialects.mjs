// One peer for each of the other dialects: no more than it takes to make an account, to hear texts and to say one.
import { connect } from "node:net";
import { createHash } from "node:crypto";
import { WebSocket } from "ws";
import { limited, until } from "./wait.mjs";

const SECRET = "a long secret";
const SHA = createHash("sha256").update(SECRET).digest("hex");

/**
 * @typedef {object} Peer
 * @property {string} find what a browser finds this person by
 * @property {string} nick what a browser calls this person
 * @property {(text: string) => Promise<unknown>} heard waits until the text was said by somebody else
 * @property {(text: string, to: string) => Promise<unknown>} say says a text to whoever has the handle, who has said something before
 * @property {() => void} close
 */

/** @type {Record<string, (server: import("./server.mjs").Server) => Promise<Peer>>} */
export const PEERS = {
  technotrack: async (server) => {
    const line = await stream(server.address("technotrack"));
    await line.next((one) => one.action === "welcome");
    line.send({ action: "register", data: { login: "tina", pass: SECRET, nick: "Tina" } });
    await line.next((one) => one.action === "auth" && one.data.status === 0);
    return {
      find: "tina",
      nick: "Tina",
      heard: (text) => line.next((one) => one.action === "ev_message" && one.data.body === text),
      say: async (text, to) => {
        line.send({ action: "message", data: { uid: to, body: text } });
        await line.next((one) => one.action === "message" && one.data.status === 0);
      },
      close: line.close,
    };
  },

  minioicq: async (server) => {
    const line = await socket(server.address("minioicq"));
    line.send({ action: "auth.register", user_name: "Mia", password: SECRET });
    const { user_id: number } = await line.next((one) => one.action === "auth.register.success");
    line.send({ action: "auth.login", user_id: number, password: SECRET });
    await line.next((one) => one.action === "auth.login.success");
    let chat;
    return {
      find: String(number),
      nick: "Mia",
      heard: async (text) => {
        // The client that speaks JSON sends and gets its contents as base64.
        const said = await line.next((one) => one.action === "message.push" && one.messages.some((each) => each.content === base64(text)));
        chat = said.messages[0].chat_id;
      },
      say: async (text) => {
        line.send({ action: "message.send", message: { chat_id: chat, type: "text/plain", content: base64(text), time: "2001-01-01T00:00:00" } });
      },
      close: line.close,
    };
  },

  ourchat: async (server) => {
    const line = await socket(server.address("ourchat"));
    line.send({ code: 4, email: "otto@example.org", password: SHA, name: "otto" });
    await line.next((one) => one.code === 5 && one.status === 0);
    let session;
    return {
      find: "otto@example.org",
      nick: "otto",
      heard: async (text) => {
        const said = await line.next((one) => one.code === 0 && one.msg?.some((part) => part.text === text));
        session = said.sender.session_id;
      },
      say: async (text) => line.send({ code: 0, time: 1, sender: { session_id: session }, msg: [{ type: 0, text }] }),
      close: line.close,
    };
  },

  "mode-token": async (server) => {
    const line = await socket(server.address("mode-token"));
    line.send({ mode: "register", username: "moe", password: SECRET, email: "moe@example.org" });
    const { token } = await line.next((one) => one.mode === "register" && one.status === "200");
    line.send({ mode: "subscribe", token });
    await line.next((one) => one.mode === "subscribe" && one.status === "200");
    return {
      find: "moe",
      nick: "moe",
      heard: (text) => line.next((one) => one.mode === "newMessage" && one.messages.some((each) => each.content === text)),
      say: async (text) => {
        line.send({ mode: "getChats", token });
        const { chats } = await line.next((one) => one.mode === "getChats");
        line.send({ mode: "sendMessage", token, chat_id: chats[0].chat_id, content_type: "text", content: text });
        await line.next((one) => one.mode === "sendMessage" && one.status === "200");
      },
      close: line.close,
    };
  },

  "type-payload": async (server) => {
    const line = await stream(server.address("type-payload"));
    const send = (type, payload) => line.send({ type, timestamp: 1630000000, payload });
    send("REGISTER_REQUEST", { username: "pia", passwordHash: SHA });
    await line.next((one) => one.type === "REGISTER_RESPONSE" && one.payload.success);
    send("LOGIN_REQUEST", { username: "pia", passwordHash: SHA });
    await line.next((one) => one.type === "LOGIN_RESPONSE" && one.payload.success);
    return {
      find: "pia",
      nick: "pia",
      heard: (text) => line.next((one) => one.type === "TEXT_MESSAGE" && one.payload.content === text),
      say: async (text, to) => send("TEXT_MESSAGE", { sender: "pia", receiver: to, content: text }),
      close: line.close,
    };
  },
};

/** A WebSocket of koine's own protocol, for what takes too long by hand. @param {import("./server.mjs").Server} server */
export async function native(server) {
  const { host, port } = server.address("http");
  const asked = new Map();
  const line = await socket({ host, port, path: "/ws/native" }, (frame) => {
    const one = asked.get(frame.id);
    asked.delete(frame.id);
    if (frame.error) one?.reject(new Error(`${one.name} was refused: ${JSON.stringify(frame.error)}`));
    else one?.resolve(frame.ok);
  });
  let number = 0;
  return {
    /** Asks, and gives the answer; many may be asked at once. */
    ask: (name, fields) => {
      const id = ++number;
      const answer = new Promise((resolve, reject) => asked.set(id, { name, resolve, reject }));
      line.send({ id, do: name, ...fields });
      return limited(`the answer to ${name}`, answer);
    },
    close: line.close,
  };
}

/** What was received and nobody has asked for yet, with the way to ask. */
function inbox() {
  let unread = [];
  let ended = false;
  return {
    put: (one) => unread.push(one),
    end: () => (ended = true),
    /** The next frame that fits; those before it are dropped. */
    next: async (fits) => {
      const frames = () => `; it was said: ${JSON.stringify(unread).slice(0, 2000)}`;
      const at = await until("a frame", () => {
        const found = unread.findIndex(fits);
        if (found < 0 && ended) throw new Error(`the connection ended${frames()}`);
        return found + 1;
      }).catch((cause) => {
        throw new Error(`${cause.message}${frames()}`);
      });
      const found = unread[at - 1];
      unread = unread.slice(at);
      return found;
    },
  };
}

async function socket({ host, port, path = "/" }, hear) {
  const box = inbox();
  const carrier = new WebSocket(`ws://${host}:${port}${path}`);
  carrier.on("message", (data) => (hear ?? box.put)(JSON.parse(String(data))));
  carrier.on("close", box.end);
  await limited("a WebSocket", new Promise((resolve, reject) => carrier.on("open", resolve).on("error", reject)));
  return { send: (frame) => carrier.send(JSON.stringify(frame)), next: box.next, close: () => carrier.terminate() };
}

async function stream({ host, port }) {
  const box = inbox();
  const carrier = connect(port, host);
  carrier.setEncoding("utf8");
  let rest = "";
  carrier.on("data", (piece) => {
    rest += piece;
    for (let end = objectEnd(rest); end > 0; end = objectEnd(rest)) {
      box.put(JSON.parse(rest.slice(0, end)));
      rest = rest.slice(end);
    }
  });
  carrier.on("close", box.end);
  await limited("a connection", new Promise((resolve, reject) => carrier.on("connect", resolve).on("error", reject)));
  return { send: (frame) => carrier.write(JSON.stringify(frame)), next: box.next, close: () => carrier.destroy() };
}

/** Where the first JSON object of `text` ends; 0 while it is not whole. */
function objectEnd(text) {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const one = text[at];
    if (quoted) {
      if (one === "\\") at++;
      else if (one === '"') quoted = false;
    } else if (one === '"') quoted = true;
    else if (one === "{") depth++;
    else if (one === "}" && --depth === 0) return at + 1;
  }
  return 0;
}

function base64(text) {
  return Buffer.from(text).toString("base64");
}
