import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

// A mail server of our own for the tests on the whole house: POP3 (RFC 1939) as far as gateway-email reads a mailbox by it,
// and SMTP (RFC 5321) that takes every letter. Any user name signs in with any password.

/** One mailbox. */
export class Mailbox {
  /** What lies in it, oldest first; each letter with CRLF at its lines' ends. */
  readonly letters: string[] = [];
  /** What was sent from it. */
  readonly sent: string[] = [];
  readonly address = "support@example.org";
  #pop3: Server;
  #smtp: Server;

  private constructor() {
    this.#pop3 = createServer((socket) => this.#read(socket));
    this.#smtp = createServer((socket) => this.#take(socket));
  }

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    for (const server of [mailbox.#pop3, mailbox.#smtp]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return mailbox;
  }

  get pop3Port(): string {
    return String((this.#pop3.address() as AddressInfo).port);
  }

  get smtpPort(): string {
    return String((this.#smtp.address() as AddressInfo).port);
  }

  async stop(): Promise<void> {
    for (const server of [this.#pop3, this.#smtp]) {
      server.close();
      await once(server, "close");
    }
  }

  #read(socket: Socket): void {
    const say = (text: string): boolean => socket.write(`${text}\r\n`);
    const letters = [...this.letters];
    const name = (_: string, at: number): string => `${at + 1} letter-${at + 1}`;
    const whole = (text: string): void => void say(`+OK\r\n${text.replaceAll(/^\./gmu, "..")}\r\n.`);
    say("+OK ready");
    lines(socket, (line) => {
      const [command = "", number = "0"] = line.split(" ");
      const letter = letters[Number(number) - 1] ?? "";
      const answers: Record<string, () => unknown> = {
        UIDL: () => say(["+OK", ...letters.map(name), "."].join("\r\n")),
        LIST: () => say(`+OK ${number} ${letter.length}`),
        RETR: () => whole(letter),
        TOP: () => whole(letter.split("\r\n\r\n")[0] ?? ""),
        QUIT: () => socket.end("+OK\r\n"),
      };
      (answers[command.toUpperCase()] ?? (() => say("+OK")))();
    });
  }

  #take(socket: Socket): void {
    const say = (text: string): boolean => socket.write(`${text}\r\n`);
    let letter: string[] | undefined;
    say("220 localhost ready");
    lines(socket, (line) => {
      if (letter && line === ".") {
        this.sent.push(letter.join("\r\n"));
        letter = undefined;
        return say("250 taken");
      }
      if (letter) return letter.push(line);
      const command = line.split(" ")[0]?.toUpperCase();
      if (command === "DATA") letter = [];
      if (command === "QUIT") return socket.end("221 bye\r\n");
      const answer = { EHLO: "250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN", AUTH: "235 signed in", DATA: "354 go on" }[command ?? ""];
      return say(answer ?? "250 ok");
    });
  }
}

function lines(socket: Socket, hear: (line: string) => unknown): void {
  // Whoever breaks off is done.
  socket.on("error", () => socket.destroy());
  createInterface({ input: socket, crlfDelay: Infinity }).on("line", hear);
}
